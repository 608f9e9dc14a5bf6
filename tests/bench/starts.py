"""From nothing to the first answer, what is held in memory then and later, and a crowd that comes at once."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from tests.bench.discord_town import DiscordTown
from tests.bench.load import Goal, Row, Size
from tests.bench.slack_town import SlackTown
from tests.bench.staged import MIXED, SALARY, TEXTS, Subject, hooked, ours, process, until
from tests.bench.volley import Shot, Volley, memory, middle

BARE = "discord.py and slack-bolt"
#: Commands at a time, when it is memory that is looked at.
_AT_ONCE = 50
#: Milliseconds in which both platforms want an answer.
_DEADLINE = 3_000.0
#: What a crowd asks for.
_CROWDS = {"/salary": (SALARY, ["salary"]), "ten kinds": (MIXED, TEXTS)}

NOTES = """
A start: from starting the process until it has answered a command on both platforms (Slack in Socket Mode); bare is one
process with both libraries that answers with a sentence. Ours serves its health and numbers over HTTP, too, and has no
database yet. Memory: what the process holds (VmRSS) when it has answered
one command on each, and after so many more of ten kinds, half of them on each platform.

A crowd: so many commands on each platform, all at the same moment, to one process; Slack over as many connections. Of
the ten kinds some are made anew for each who asks, and read or write the database.
"""


async def measure(fresh: Mapping[str, Callable[[], str]], size: Size) -> list[Row | Goal]:
    url = fresh["SQLite"]
    crowds = [goal for asked in _CROWDS for goal in await _crowd(url(), size, asked)]
    return [*await _starts(url, size), *await _memory(url(), size), *crowds]


async def _starts(url: Callable[[], str], size: Size) -> list[Row | Goal]:
    took: dict[str, list[float]] = {"ours": [], BARE: []}
    for _ in range(size.rounds):
        async with _bare() as started:
            took[BARE].append(await _first_answers(*started))
        async with ours(url(), "socket", SALARY, ["salary"]) as started:
            took["ours"].append(await _first_answers(*started))
    middles = {name: statistics.median(all_) for name, all_ in took.items()}
    rows = [Row("A start", {"who": name, "until the first answers: s": seconds}) for name, seconds in middles.items()]
    ratio = statistics.median(one / other for one, other in zip(took["ours"], took[BARE], strict=True))
    return [*rows, Goal("Start to first answers on both platforms, by that of the bare libraries", ratio, 1.3)]


async def _first_answers(one: Subject, other: Subject, began: float) -> float:
    """Seconds until there is one on each platform."""
    await asyncio.gather(one.answer(1, 1), other.answer(1, 1))
    return time.perf_counter() - began


async def _memory(database: str, size: Size) -> list[Row | Goal]:
    rows: list[Row | Goal] = []
    async with _bare() as (one, other, began):
        await _first_answers(one, other, began)
        rows.append(Row("Memory", {"who": BARE, "commands": 2, "MB": memory(one.pid)}))
    async with ours(database, "socket", MIXED, TEXTS) as (one, other, began):
        await _first_answers(one, other, began)
        held = [memory(one.pid)]
        rows.append(Row("Memory", {"who": "ours", "commands": 2, "MB": held[0]}))
        done = 0
        for many in size.mixed:
            while done < many:
                step = min(1_000, many - done)
                await asyncio.gather(*(each.answer(step // 2, _AT_ONCE) for each in (one, other)))
                done += step
            held.append(memory(one.pid))
            rows.append(Row("Memory", {"who": "ours", "commands": done, "MB": held[-1]}))
    first, last = size.mixed[0], size.mixed[-1]
    return [
        *rows,
        Goal("Memory with both platforms up, in MB", held[0], 85.0),
        Goal(f"Memory after {last:,} commands, by that after {first:,}", held[-1] / held[1], 1.05),
    ]


async def _crowd(database: str, size: Size, asked: str) -> list[Row | Goal]:
    shots: dict[str, list[Shot]] = {"Discord": [], "Slack": []}
    async with ours(database, "http", *_CROWDS[asked]) as (one, other, _):
        await asyncio.gather(one.answer(size.warm_up, 1), other.answer(size.warm_up, 1))
        for _ in range(size.rounds):
            both = await asyncio.gather(*(each.answer(size.crowd, size.crowd) for each in (one, other)))
            for name, shot in zip(shots, both, strict=True):
                shots[name].append(shot)
    found: list[Row | Goal] = []
    for name, all_ in shots.items():
        shot = middle(all_)
        cells: dict[str, str | int | float] = {
            "at once": size.crowd,
            "on": name,
            "median, ms": shot.median,
            "99 %, ms": shot.p99,
            "last, ms": shot.worst,
        }
        found.append(Row(f"A crowd on both platforms, {asked}", cells))
    worst = max(shot.worst for all_ in shots.values() for shot in all_)
    what = f"{size.crowd:,} commands at once on each platform, {asked}: the last answer, in ms"
    return [*found, Goal(what, worst, _DEADLINE)]


@asynccontextmanager
async def _bare() -> AsyncIterator[tuple[Subject, Subject, float]]:
    """As staged.ours, with the libraries alone."""
    one, other = Volley(), Volley()
    discords, slacks = DiscordTown(one, SALARY), SlackTown(other, ["salary"])
    here, there = await discords.open(), await slacks.open()
    began = time.perf_counter()
    async with process("bolt", "both", there, here) as pid:
        await until(lambda: discords.connected)
        await hooked(slacks, "socket", 0)
        yield Subject(BARE, pid, one, discords), Subject(BARE, pid, other, slacks), began
        await slacks.close()
    await discords.close()
