"""`make chaos`: what is said unasked, while senders are killed, stopped, cut off and refused. Writes build/chaos.json.

Killed: two hundred posts, half on Slack, half on Discord; `kill -9` at a random moment, in every third round twice.
Stopped: two replicas, one stopped for longer than its lease and then woken; Discord remembers no nonce.
Troubles: every trouble at every call that a delivery makes, one after the other.
"""

import argparse
import asyncio
import json
import random
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.storage.opening import open_store
from tests.chaos import troubles
from tests.chaos.ground import Tally, ground
from tests.chaos.rounds import Rounds, killed, stopped
from tests.chaos.sender import impatient
from tests.reports import Fresh, databases, machine, screen

OUT = Path("build") / "chaos.json"
#: Channels on each platform.
_CHANNELS = 100
_PATIENCE = impatient(1.5, 2.5)
#: Rounds after which a line is printed where no bar can be shown.
_SAY_EVERY = 20
#: Columns that the table needs; fewer would cut its headings short, and where there is no terminal rich takes 80.
_WIDE = 120

#: Told after each round, with what it came to.
Told = Callable[[Tally], None]


@dataclass(frozen=True, slots=True)
class Line:
    scenario: str
    engine: str
    rounds: int
    struck: int
    tally: Tally


def main(arguments: list[str] | None = None, out: Path = OUT) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="how often each sender is killed, or stopped")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(10**6), help="of the moments; random if not given"
    )
    given = parser.parse_args(arguments)
    console = screen()
    console.print(f"Seed {given.seed}, {given.rounds} rounds of {2 * _CHANNELS} posts")
    with databases(console, sync=False) as fresh, _bars(console) as progress:
        lines = asyncio.run(_all(fresh, given.rounds, given.seed, progress))
    console.width = max(console.width, _WIDE)
    console.print(_table(lines))
    _write(out, given.seed, lines)
    if any(line.tally.flawed for line in lines):
        sys.exit(1)


async def _all(fresh: Fresh, rounds: int, seed: int, progress: Progress) -> list[Line]:
    """The rounds side by side, as they mostly wait for leases; then the troubles, which go by the second."""
    lanes = [_killed(engine, await _made(url()), rounds, seed, progress) for engine, url in fresh.items()]
    if postgres := fresh.get("PostgreSQL"):
        lanes += [_stopped(await _made(postgres()), rounds, seed, progress, nonces=on) for on in (True, False)]
    lines = await asyncio.gather(*lanes)
    return [*lines, *[await _troubled(engine, url(), progress) for engine, url in fresh.items()]]


async def _killed(engine: str, url: str, rounds: int, seed: int, progress: Progress) -> Line:
    async with ground(url, _CHANNELS, _PATIENCE) as here:
        told = _watched(progress, f"killed, {engine}", rounds)
        return _line("killed", engine, await killed(here, rounds, _chance(seed, engine), told))


async def _stopped(url: str, rounds: int, seed: int, progress: Progress, *, nonces: bool) -> Line:
    scenario = f"stopped, {'' if nonces else 'no '}nonces"
    async with ground(url, _CHANNELS, _PATIENCE, nonces=nonces) as here:
        told = _watched(progress, scenario, rounds)
        return _line(scenario, "PostgreSQL", await stopped(here, rounds, _chance(seed, scenario), told))


async def _troubled(engine: str, url: str, progress: Progress) -> Line:
    cases, tally = troubles.cases(), Tally()
    told = _watched(progress, f"troubles, {engine}", len(cases))
    for end in await troubles.met(url, cases, lambda end: told(end.tally)):
        tally.add(end.tally)
        if not end.as_expected:
            tally.lies += not end.tally.lies
            progress.console.print(f"{end.case}: {end.row.outcome}, {end.posts} posts; expected {end.case.expected}")
    return Line("troubles", engine, len(cases), len(cases), tally)


def _chance(seed: int, lane: str) -> random.Random:
    return random.Random(f"{seed} {lane}")  # noqa: S311 # where to strike


async def _made(url: str) -> str:
    """Bring a database up to date: one at a time, as Alembic works on globals of its process."""
    async with open_store(url):
        return url


def _line(scenario: str, engine: str, result: Rounds) -> Line:
    return Line(scenario, engine, result.rounds, result.struck, result.tally)


def _watched(progress: Progress, name: str, rounds: int) -> Told:
    bar = progress.add_task(name, total=rounds)
    numbers = count(1)

    def told(tally: Tally) -> None:
        progress.advance(bar)
        number = next(numbers)
        if tally.flawed:
            progress.console.print(f"{name}: {tally}")
        elif number % _SAY_EVERY == 0 and not progress.console.is_terminal:
            progress.console.print(f"{name}: {number} of {rounds}")

    return told


def _table(lines: list[Line]) -> Table:
    table = Table("scenario", "engine", box=SIMPLE)
    for column in ("rounds", "struck", *asdict(Tally())):
        table.add_column(column, justify="right")
    for line in lines:
        counts = (line.rounds, line.struck, *asdict(line.tally).values())
        table.add_row(line.scenario, line.engine, *(f"{number:,}" for number in counts))
    return table


def _write(file: Path, seed: int, lines: list[Line]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    said = {"machine": machine(), "seed": seed, "lines": [asdict(line) for line in lines]}
    file.write_text(json.dumps(said, indent=2), "utf-8")


@contextmanager
def _bars(console: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        yield progress


if __name__ == "__main__":
    main()
