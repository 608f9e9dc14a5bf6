"""`make bench` asks real processes over real connections; how fast they are is for it to say."""

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from tests.bench import commands, picture, report, starts
from tests.bench.discord_town import DiscordTown
from tests.bench.load import QUICK, Goal, Row
from tests.bench.slack_town import SlackTown
from tests.bench.staged import SALARY, Subject, card, on_discord, on_slack, ours
from tests.bench.subjects.bolt import TEXT

Fresh = Callable[[str], str]
TITLE = b"What an AI engineer earns"


async def last(subject: Subject, at_once: int = 2) -> bytes:
    """The body of the last answer of some."""
    shot = await subject.answer(6, at_once)
    assert shot.cpu > 0
    assert 0 < shot.median <= shot.p99 <= shot.worst
    assert isinstance(subject.town, DiscordTown | SlackTown)
    return subject.town.last


async def test_our_whole_bot_is_asked_on_both_platforms_at_once(fresh: Fresh) -> None:
    async with ours(fresh("sqlite"), "http", SALARY, ["salary"]) as (discord, slack, _):
        assert TITLE in await last(discord)
        assert TITLE in await last(slack)
        assert discord.pid == slack.pid


async def test_the_others_say_the_same_card_or_a_sentence(tmp_path: Path) -> None:
    shown = str(await card(tmp_path))
    async with (
        on_discord("anew", "discord_py", lambda at: [at, "anew", shown]) as anew,
        on_discord("raw", "raw_discord", lambda at: [at, "card", shown]) as raw,
        on_slack("bolt", "bolt", lambda at, port: ["http", at, str(port)], "http", ["salary"]) as bolt,
        on_slack("bolt", "bolt", lambda at, _: ["socket", at], "message", ["salary"]) as hearing,
    ):
        wanted = (tmp_path / "chart-1.png").read_bytes()
        for body in (await last(anew), await last(raw)):
            assert TITLE in body
            assert b"Compare an offer" in body
            assert wanted in body
        assert await last(bolt) == TEXT.encode()
        assert TEXT.encode() in await last(hearing)


def test_goals_are_told_and_the_picture_is_drawn(tmp_path: Path) -> None:
    goals = [Goal("CPU", 1.2, 1.1), Goal("answers", 0.7, 0.5, at_least=True), Goal("peer", None, 1.0)]
    console = Console(record=True, width=100)
    report.show(console, goals, "", QUICK)
    told = [line.split() for line in console.export_text().splitlines()]
    assert ["CPU", "1.20", "≤", "1.10", "not", "yet"] in told
    assert ["answers", "0.70", "≥", "0.50", "reached"] in told
    assert ["peer", "≤", "1.00", "not", "measured"] in told
    rows = [Row("Discord", {"at once": 5, "who": who, "CPU, µs": 100}) for who in ("ours", "bare")]
    picture.draw(tmp_path / "new" / "bench.png", rows, 5)
    assert (tmp_path / "new" / "bench.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
async def test_every_command_start_and_crowd_is_measured(fresh: Fresh) -> None:
    urls = {"SQLite": lambda: fresh("sqlite")}
    measured = [*await commands.measure(urls, QUICK), *await starts.measure(urls, QUICK)]
    things = {one.thing for one in measured if isinstance(one, Row)}
    assert len(things) == 3 + 4
    assert len([one for one in measured if isinstance(one, Goal)]) == 2 + 2 * 2 + 1 + 2 + 2
