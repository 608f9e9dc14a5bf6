"""`make bench` works; how fast it is, is for it to say."""

import json
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from tests.bench import answers, report
from tests.bench.load import QUICK


async def test_the_bench_measures_every_load_on_both_engines(fresh: Callable[[str], str], tmp_path: Path) -> None:
    engines = {"SQLite": lambda: fresh("sqlite"), "PostgreSQL": lambda: fresh("postgresql")}
    lines = await answers.measure(engines, QUICK)
    assert len(lines) == len(engines) * 2 * len(QUICK.loads)
    for line in lines:
        for samples in line.samples.values():
            assert len(samples) == QUICK.rounds
            assert all(one.rate > 0 and one.refused == 0 and one.median <= one.p99 for one in samples)
    console = Console(record=True, width=100)
    report.show(console, lines, answers.NOTES, QUICK)
    assert "A quiz answer, PostgreSQL" in console.export_text()
    report.write(tmp_path / "new" / "bench.json", lines)
    assert json.loads((tmp_path / "new" / "bench.json").read_text())["lines"][0]["learners"] == "many"
