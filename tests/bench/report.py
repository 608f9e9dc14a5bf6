"""What was measured, as a table for people and as JSON for tools."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from tests.bench.load import Goal, Line, Row, Size
from tests.bench.subjects.looping import SPEEDS
from tests.reports import machine

#: All that is measured.
Measured = Line | Row | Goal


def show(console: Console, measured: Sequence[Measured], notes: str, size: Size) -> None:
    for thing in dict.fromkeys(one.thing for one in measured if not isinstance(one, Goal)):
        title = f"{thing}: so many a second, milliseconds; the median of {size.rounds}"
        if lines := [one for one in measured if isinstance(one, Line) and one.thing == thing]:
            console.print(_table(title, lines))
        if rows := [one for one in measured if isinstance(one, Row) and one.thing == thing]:
            console.print(_rows(rows))
    if goals := [one for one in measured if isinstance(one, Goal)]:
        console.print(_goals(goals))
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


def _rows(rows: Sequence[Row]) -> Table:
    first, *others = rows[0].cells
    table = Table(first, title=rows[0].thing, title_justify="left", box=SIMPLE)
    for heading in others:
        table.add_column(heading, justify="right", overflow="fold")
    for row in rows:
        table.add_row(*map(_said, row.cells.values()))
    return table


def _goals(goals: Sequence[Goal]) -> Table:
    table = Table("what we have set ourselves", title="Goals", title_justify="left", box=SIMPLE)
    for heading in ("is", "wanted", ""):
        table.add_column(heading, justify="right")
    for one in goals:
        wanted = f"{'≥' if one.at_least else '≤'} {_said(one.bound)}"
        verdict = "not measured" if one.found is None else "reached" if one.reached else "not yet"
        table.add_row(one.what, _said(one.found), wanted, verdict)
    return table


def _said(cell: str | int | float | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:,.2f}"


def write(file: Path, measured: Sequence[Measured]) -> None:
    """Every sample of every round, and on what machine."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [{**asdict(one), "ours / bare": one.ratio("bare")} for one in measured if isinstance(one, Line)]
    rows = [{"thing": one.thing, **one.cells} for one in measured if isinstance(one, Row)]
    goals = [{**asdict(one), "reached": one.reached} for one in measured if isinstance(one, Goal)]
    whole = {"machine": {**machine(), "with": SPEEDS}, "lines": lines, "rows": rows, "goals": goals}
    file.write_text(json.dumps(whole, indent=2), "utf-8")
