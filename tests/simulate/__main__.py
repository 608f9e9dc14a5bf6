"""`make simulate`: a Monday morning with up to a million weekly digests, in simulated time.

What one process bears is measured (`make bench`); what platforms allow is theirs; who chooses what time is assumed.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.box import SIMPLE
from rich.table import Table

from bot.delivery.courier import AT_ONCE
from tests.reports import screen
from tests.simulate import town
from tests.simulate.peak import Ground, Seen, simulate
from tests.simulate.sharing import SHUT_OUT, Shared, share

SCALING = Path(__file__).parents[2] / "deploy" / "SCALING.md"
BEGIN, END = "<!-- simulated -->\n", "<!-- /simulated -->"
#: One process on PostgreSQL, by `make bench` ("What one process bears") on two processors.
PUT_IN, POSTS = 1_350.0, 219.0
#: Seconds until a platform answers a post: assumed.
ANSWER = 0.3
_HEAD = (
    "communities",
    "when",
    "platform",
    "due at once",
    "in 5 min",
    "in an hour",
    "the last after",
    "missed",
    "binds",
)
_SHARED = ("processes with one Discord token", "posts /s", "refused in 10 min", f"of {SHUT_OUT:,} that shut us out")


@dataclass(frozen=True, slots=True)
class Case:
    """So many communities with a digest each."""

    communities: int
    name: str
    habit: town.Habit
    ground: Ground


def cases(ground: Ground, most: int) -> Iterator[Case]:
    for many in (1, 10_000):
        yield Case(many, town.AT_ONCE.name, town.AT_ONCE, ground)
    for habit in town.HABITS:
        yield Case(most, habit.name, habit, ground)
    at_once = Case(most, town.AT_ONCE.name, town.AT_ONCE, ground)
    yield replace(at_once, name="… all of them on Discord", ground=replace(ground, discord_share=1.0))
    yield replace(at_once, name="… both platforms by the same processes", ground=replace(ground, apart=False))
    yield replace(at_once, name="… ten processes for Slack", ground=replace(ground, processes=10))
    raised = replace(ground, discord=10 * ground.discord, processes=10)
    yield replace(at_once, name="… and Discord's limit raised tenfold", ground=raised)


@dataclass(frozen=True, slots=True)
class Report:
    ground: Ground
    seen: Sequence[tuple[Case, str, Seen]]
    shared: Sequence[Shared]

    def rows(self) -> Iterator[tuple[str, ...]]:
        for case, platform, one in self.seen:
            parts = (f"{100 * part / one.due:.0f} %" for part in (one.on_time, one.within_hour))
            yield (
                f"{case.communities:,}", case.name, platform, f"{one.peak:,}", *parts, _time(one.longest),
                f"{one.missed:,}", one.binds,
            )  # fmt: skip

    def shared_rows(self) -> Iterator[tuple[str, ...]]:
        for one in self.shared:
            yield f"{one.processes}", f"{one.posts:.0f}", f"{one.refused:,.0f}", f"{100 * one.refused / SHUT_OUT:.0f} %"


def report(ground: Ground, most: int = 1_000_000) -> Report:
    seen = [(case, *one) for case in cases(ground, most)
            for one in simulate(case.communities, case.habit, case.ground).items()]  # fmt: skip
    return Report(ground, seen, [share(many, AT_ONCE, seconds=20) for many in (1, 2, 4)])


def usual() -> Ground:
    """Two processes for each platform, and half of the communities on each."""
    alone = share(1, AT_ONCE, seconds=20).posts
    return Ground(0.5, PUT_IN, POSTS, alone, processes=2, in_flight=AT_ONCE, answer=ANSWER, apart=True)


def markdown(made: Report) -> str:
    """The two tables, for SCALING.md."""
    tables = ((_HEAD, made.rows()), (_SHARED, made.shared_rows()))
    return "\n".join("".join(f"| {' | '.join(row)} |\n" for row in (head, ["---"] * len(head), *rows))
                     for head, rows in tables)  # fmt: skip


def written(text: str, tables: str) -> str:
    """SCALING.md with these tables in their place."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}{tables}{END}{rest.partition(END)[2]}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulate", description=__doc__)
    parser.add_argument("--communities", type=int, default=1_000_000, help="how many at most")
    parser.add_argument("--discord-share", type=float, default=0.5, help="of them on Discord, 0 to 1")
    parser.add_argument("--processes", type=int, default=2, help="for each platform")
    parser.add_argument("--posts", type=float, default=POSTS, help="that one process makes in a second")
    parser.add_argument("--put-in", type=float, default=PUT_IN, help="put into the outbox in a second")
    parser.add_argument("--answer", type=float, default=ANSWER, help="seconds until a platform answers")
    parser.add_argument("--json", action="store_true", help="print data")
    parser.add_argument("--write", action="store_true", help="write the tables into deploy/SCALING.md")
    given = parser.parse_args(arguments)
    ground = replace(
        usual(), discord_share=given.discord_share, processes=given.processes, posts=given.posts, put_in=given.put_in,
        answer=given.answer,
    )  # fmt: skip
    made = report(ground, given.communities)
    if given.json:
        rows = [
            {"communities": case.communities, "when": case.name, "ground": asdict(case.ground), "platform": name,
             **asdict(one)}
            for case, name, one in made.seen
        ]  # fmt: skip
        shared = [asdict(one) for one in made.shared]
        json.dump({"ground": asdict(ground), "rows": rows, "shared": shared}, sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    console = screen()
    console.print(_table(_HEAD, made.rows()), _table(_SHARED, made.shared_rows()))
    if given.write:
        SCALING.write_text(written(SCALING.read_text("utf-8"), markdown(made)), "utf-8")


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Table:
    table = Table(*head, box=SIMPLE)
    for row in rows:
        table.add_row(*row)
    return table


def _time(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


if __name__ == "__main__":
    main()
