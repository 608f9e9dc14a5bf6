"""`make bench` works; how fast it is, is for it to say."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from tests.bench import answers, bearing, jobs, posts, report, ticks
from tests.bench.filling import DUE
from tests.bench.load import QUICK, Goal, Line, Row

Fresh = Callable[[str], str]


def engines(fresh: Fresh) -> dict[str, Callable[[], str]]:
    return {"SQLite": lambda: fresh("sqlite"), "PostgreSQL": lambda: fresh("postgresql")}


async def test_the_bench_measures_every_load_on_both_engines(fresh: Fresh, tmp_path: Path) -> None:
    measured = await answers.measure(engines(fresh), QUICK)
    lines = [one for one in measured if isinstance(one, Line)]
    assert len(lines) == 2 * 2 * len(QUICK.loads)
    assert len([one for one in measured if isinstance(one, Goal)]) == 2 + 2
    for line in lines:
        for samples in line.samples.values():
            assert len(samples) == QUICK.rounds
            assert all(one.rate > 0 and one.refused == 0 and one.median <= one.p99 for one in samples)
    console = Console(record=True, width=100)
    report.show(console, measured, answers.NOTES, QUICK)
    assert "A quiz answer, PostgreSQL" in console.export_text()
    report.write(tmp_path / "new" / "bench.json", measured)
    assert json.loads((tmp_path / "new" / "bench.json").read_text())["lines"][0]["learners"] == "many"


async def test_the_bench_measures_ticks_among_few_subscriptions_and_many_and_the_jobs_they_take_the_place_of(
    fresh: Fresh, tmp_path: Path
) -> None:
    measured = [*await ticks.measure(engines(fresh), QUICK), *await jobs.measure(engines(fresh), QUICK)]
    rows = [one for one in measured if isinstance(one, Row)]
    assert len(rows) == 2 * len(QUICK.subscriptions) + 2 * len(QUICK.jobs)
    assert all(value for row in rows for value in row.cells.values())
    console = Console(record=True, width=120)
    report.show(console, measured, ticks.NOTES, QUICK)
    assert f"{DUE} due: ms" in console.export_text()
    report.write(tmp_path / "bench.json", measured)
    assert json.loads((tmp_path / "bench.json").read_text())["rows"][0]["subscriptions"] == 100


@pytest.mark.slow  # it keeps to the limits, and so waits
async def test_the_bench_measures_posts_against_platforms_that_enforce_their_limits(fresh: Fresh) -> None:
    measured = await posts.measure({"SQLite": lambda: fresh("sqlite")}, QUICK)
    rows = [one for one in measured if isinstance(one, Row)]
    assert [row.cells["to"] for row in rows] == ["Discord, from SQLite", "Slack, 4 channels", "Slack, 26 channels"]
    assert all(row.cells["posts /s"] for row in rows)


async def test_the_bench_measures_what_one_process_bears(fresh: Fresh) -> None:
    (row,) = await bearing.measure({"SQLite": lambda: fresh("sqlite")}, QUICK)
    assert row.cells["put in /s"]
    assert row.cells["posts /s"]
