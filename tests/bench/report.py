"""What was measured, as a table for people and as JSON for tools."""

import json
import os
import platform
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from tests.bench.load import Line, Size


def show(console: Console, lines: Sequence[Line], notes: str, size: Size) -> None:
    for thing in dict.fromkeys(line.thing for line in lines):
        console.print(
            _table(
                f"{thing}: so many a second, milliseconds; the median of {size.rounds}",
                [line for line in lines if line.thing == thing],
            )
        )
    for paragraph in notes.strip().split("\n\n"):
        console.print(" ".join(paragraph.split()), "", sep="\n", highlight=False)


def _table(title: str, lines: Sequence[Line]) -> Table:
    floors = [name for name in lines[0].samples if name != "ours"]
    table = Table("learners", "at a time", title=title, title_justify="left", box=SIMPLE)
    for column in ("/s", "median", "99 %", "refused", *(f"{floor} /s" for floor in floors), "ours / bare"):
        table.add_column(column, justify="right")
    for line in lines:
        ours, bare = line.middle("ours"), [line.middle(floor) for floor in floors]
        table.add_row(
            line.learners, str(line.at_once), f"{ours.rate:,.0f}", f"{ours.median:,.1f}", f"{ours.p99:,.1f}",
            str(ours.refused), *(f"{one.rate:,.0f}" for one in bare), f"{line.ratio('bare'):.2f}",
        )  # fmt: skip
    return table


def write(file: Path, lines: Iterable[Line]) -> None:
    """Every sample of every round, and on what machine."""
    file.parent.mkdir(parents=True, exist_ok=True)
    machine = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "sqlite": sqlite3.sqlite_version,
    }
    floors = [{**asdict(line), "ours / bare": line.ratio("bare")} for line in lines]
    file.write_text(json.dumps({"machine": machine, "lines": floors}, indent=2), "utf-8")
