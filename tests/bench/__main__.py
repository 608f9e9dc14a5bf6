"""`make bench`: how fast, on this machine. Prints tables, writes build/bench.json, draws build/bench.png.

A measured thing is a module with `measure` and `NOTES`; name it in THINGS.
"""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from tests.bench import answers, bearing, commands, instructions, jobs, picture, posts, report, starts, ticks
from tests.bench.load import FULL, QUICK, Row
from tests.reports import databases, screen

THINGS = {
    "commands": commands, "starts": starts, "answers": answers, "ticks": ticks, "jobs": jobs, "posts": posts,
    "bearing": bearing,
}  # fmt: skip
#: Measured only where it is asked for.
OPTIONAL = {"instructions": instructions}
OUT = Path("build") / "bench.json"


def main(arguments: Sequence[str] | None = None, out: Path = OUT) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only show that it works")
    parser.add_argument("--only", choices=[*THINGS, *OPTIONAL], help="measure one thing alone")
    given = parser.parse_args(arguments)
    size = QUICK if given.quick else FULL
    console, measured, notes = screen(), list[report.Measured](), ""
    OUT.parent.mkdir(exist_ok=True)
    with databases(console, under=OUT.parent, sync=True) as fresh:  # on a real disk, and as PostgreSQL comes
        for thing in [{**THINGS, **OPTIONAL}[given.only]] if given.only else THINGS.values():
            measured += asyncio.run(thing.measure(fresh, size))
            notes += thing.NOTES
    report.show(console, measured, notes, size)
    if size is QUICK:
        console.print("Quick: this shows that it works; the figures mean nothing.")
    report.write(out, measured)
    picture.draw(out.with_suffix(".png"), [one for one in measured if isinstance(one, Row)], size.usual)


if __name__ == "__main__":
    main()
