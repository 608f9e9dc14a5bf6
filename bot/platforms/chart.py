"""A `RangeChart` as a picture, as bars of text, and as sentences. Every platform shows the same three."""

import asyncio
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

from bot.core.chat import Range, RangeChart
from bot.core.words import money

_ACCENT, _MUTED, _MARK, _INK, _PAPER, _LINE = "#5b6ee1", "#c3c9ec", "#d6456b", "#22242b", "#ffffff", "#e6e8f0"
#: Pixels. Twice what a phone shows, so that it stays sharp; the height grows with the rows.
_WIDTH, _ROW, _EDGE, _DPI = 1200, 100, 196, 200


def span(one: Range, unit: str) -> str:
    """`$90,000 to $120,000`, with a plus where the range is open at the top."""
    return f"{money(one.low, unit)} to {money(one.high, unit)}{'+' if one.open_ended else ''}"


def told(chart: RangeChart) -> str:
    """The chart in words, for a screen reader, a notification and the picture's alternative text."""
    lines = [f"{one.label}: {span(one, chart.unit)}" for one in chart.ranges]
    if chart.marker is not None:
        lines.append(f"{chart.marker_label}: {money(chart.marker, chart.unit)}")
    return f"{chart.title}. {'; '.join(lines)}."


def bars(chart: RangeChart, width: int = 24) -> str:
    """Bars of text for a fixed-width font: two lines a row, narrow enough for a phone."""
    top = _top(chart)
    lines: list[str] = []
    for one in chart.ranges:
        low = round(one.low / top * width)
        high = max(round(one.high / top * width), low + 1)
        bar = "·" * low + ("█" if one.emphasis else "▒") * (high - low) + "·" * (width - high)
        figures = f"{_short(one.low)}–{_short(one.high)}{'+' if one.open_ended else ''}"
        lines += [one.label, f"{bar} {figures}"]
    if chart.marker is not None:
        at = min(round(chart.marker / top * width), width)
        lines.append(f"{' ' * at}▲ {chart.marker_label}, {_short(chart.marker)}")
    return "\n".join(lines)


#: matplotlib keeps fonts and glyphs in common, and is not made for two threads that draw at once.
_DRAWING = threading.Lock()
#: A thread for drawing alone: those that wait for the lock would take all threads of the event loop's own pool, and
#: there aiohttp looks up the proxy of each request.
_DRAWER = ThreadPoolExecutor(1, "chart")


async def draw(chart: RangeChart) -> bytes:
    """The chart as a PNG, drawn beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_DRAWER, picture, chart)


def picture(chart: RangeChart) -> bytes:
    """The chart as a PNG. Takes half a second the first time; then it is kept."""
    with _DRAWING:
        return _drawn(chart)


@lru_cache(maxsize=256)
def _drawn(chart: RangeChart) -> bytes:
    # Only here and only now: matplotlib costs more to import than all the rest of us.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image  # which matplotlib brings

    height = _EDGE + _ROW * len(chart.ranges) + (40 if chart.marker is not None else 0)
    figure: Any = Figure(figsize=(_WIDTH / _DPI, height / _DPI), dpi=_DPI, facecolor=_PAPER)
    canvas: Any = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.03, 70 / height, 0.93, 1 - 150 / height))
    _draw_rows(axes, chart)
    _draw_frame(axes, chart)
    figure.text(
        0.03, 1 - 28 / height, chart.title, color=_INK, fontsize=10.5, fontweight="bold", va="top", parse_math=False
    )
    canvas.draw()
    whole = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba()).convert("RGB")
    out = io.BytesIO()
    # It has few colours: with a palette of them it is less than half as large.
    whole.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "png")
    return out.getvalue()


def _draw_rows(axes: Any, chart: RangeChart) -> None:
    top = _top(chart)
    for at, one in enumerate(chart.ranges):
        color = _ACCENT if one.emphasis else _MUTED
        axes.barh(at, one.high - one.low, left=one.low, height=0.34, color=color, zorder=3)
        if one.open_ended:
            axes.plot(one.high + top * 0.012, at, marker=">", color=color, markersize=7, zorder=3)
        weight = "bold" if one.emphasis else "normal"
        text: dict[str, Any] = {
            "color": _INK,
            "fontsize": 8.5,
            "fontweight": weight,
            "va": "bottom",
            "parse_math": False,
        }
        axes.text(0, at - 0.31, one.label, **text)
        axes.text(top, at - 0.31, span(one, chart.unit), ha="right", **text)


def _draw_frame(axes: Any, chart: RangeChart) -> None:
    top, rows = _top(chart), len(chart.ranges)
    if chart.marker is not None:
        at = min(chart.marker, top)  # far beyond the ranges it stands at the edge; its label has the figure
        axes.axvline(at, color=_MARK, linewidth=1.6, zorder=4)
        said = f"{chart.marker_label}: {money(chart.marker, chart.unit)}"
        side = "right" if chart.marker > top / 2 else "left"
        axes.text(
            at,
            rows - 0.3,
            f" {said} ",
            color=_MARK,
            fontsize=8.5,
            fontweight="bold",
            ha=side,
            va="center",
            parse_math=False,
        )
    axes.set_xlim(0, top)
    axes.set_ylim(rows - (0.1 if chart.marker is not None else 0.5), -0.75)
    axes.set_yticks([])
    axes.xaxis.set_major_formatter(lambda value, _: _short(value))
    axes.tick_params(axis="x", colors=_INK, labelsize=7.5, length=0)
    axes.grid(axis="x", color=_LINE, linewidth=0.5, zorder=0)
    for side_ in axes.spines.values():
        side_.set_visible(False)


def _top(chart: RangeChart) -> int:
    """The scale's end: a little over the highest figure. A marker far above the ranges may stretch it to double."""
    highest = max((one.high for one in chart.ranges), default=1)
    marker = min(chart.marker or 0, highest * 2)
    return int(max(highest, marker) * 1.08) + 1


def _short(value: float) -> str:
    """`90k`, `1.2M`."""
    if value >= 1_000_000:
        return f"{value / 1_000_000:.3g}M"
    return f"{value / 1000:.3g}k" if value >= 1000 else f"{value:g}"
