"""What was measured of commands, as a picture: the CPU of one answer, ours and the others'."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.load import Row

_OURS, _OTHERS, _INK = "#5b6ee1", "#c3c9ec", "#22242b"
_DPI = 150


def draw(file: Path, rows: Sequence[Row], at_once: int) -> None:
    """A PNG, from the rows of commands.py with so many at a time: bars from the cheapest to the dearest, a panel for
    each platform."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    panels: dict[str, list[Row]] = {}
    for row in rows:
        if row.cells.get("at once") == at_once and "CPU, µs" in row.cells:
            panels.setdefault(row.thing, []).append(row)
    if not panels:
        return
    heights = [len(panel) for panel in panels.values()]
    figure: Any = Figure(figsize=(8, 0.32 * sum(heights) + 0.8 * len(heights)), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(panels), 1, squeeze=False, sharex=True, gridspec_kw={"height_ratios": heights})
    for axis, (thing, panel) in zip(axes[:, 0], panels.items(), strict=True):
        _panel(axis, f"{thing}, {at_once} at a time: CPU of one answer, µs", panel)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, format="png", metadata={"Software": None})


def _panel(axis: Any, title: str, rows: Sequence[Row]) -> None:
    shown = sorted(rows, key=lambda row: float(row.cells["CPU, µs"]), reverse=True)
    names = [str(row.cells["who"]) for row in shown]
    figures = [float(row.cells["CPU, µs"]) for row in shown]
    bars = axis.barh(names, figures, color=[_OURS if name == "ours" else _OTHERS for name in names])
    axis.bar_label(bars, labels=[f"{figure:,.0f}" for figure in figures], padding=3, fontsize=8, color=_INK)
    axis.set_title(title, loc="left", fontsize=9, color=_INK)
    axis.tick_params(labelsize=8, length=0, labelcolor=_INK)
    axis.margins(x=0.1)
    for side in axis.spines.values():
        side.set_visible(False)
