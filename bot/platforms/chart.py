"""A `RangeChart` as a picture, as bars of text, and as sentences. Every platform shows the same three."""

import asyncio
import io
import re
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

from bot.core.chat import Range, RangeChart
from bot.core.markup import clip
from bot.core.words import money
from bot.platforms import shelf

_ACCENT, _MUTED, _MARK, _INK, _PAPER, _LINE = "#5b6ee1", "#c3c9ec", "#d6456b", "#22242b", "#ffffff", "#e6e8f0"
#: Pixels, twice those of a phone, so that it stays sharp. The height grows with the rows: the title's, each row's, that
#: of the marker's label, that of the figures below.
_WIDTH, _EDGE, _HEAD, _ROW, _SAID, _FOOT = 1200, 40, 84, 104, 60, 60
_BAR = 36


#: What our font can draw from left to right: Latin letters, Vietnamese ones too, Greek, Cyrillic, and the usual signs.
_DRAWN = re.compile(
    r"[ -~\xa0-\u017e\u01a0\u01a1\u01af\u01b0\u0218-\u021b\u1ea0-\u1ef9"
    r"\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce\u0400-\u045f\u0490-\u0493"
    r"\u2012-\u2016\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u20a9\u20ab\u20ac\u20b1\u20b4\u20b9\u20ba\u20bd\u2190-\u2193]*"
)


def drawable(chart: RangeChart) -> bool:
    """Whether our font has all of its letters. If not, it is bars of text: there the reader's own fonts have them."""
    return all(
        _DRAWN.fullmatch(text) for text in (chart.title, chart.marker_label, *(one.label for one in chart.ranges))
    )


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


#: A thread for drawing alone: in the event loop's own pool aiohttp looks up the proxy of each request.
_DRAWER = ThreadPoolExecutor(1, "chart")


async def draw(chart: RangeChart) -> bytes:
    """The chart as a PNG, drawn beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_DRAWER, picture, chart)


@lru_cache(maxsize=256)
def picture(chart: RangeChart) -> bytes:
    """The chart as a PNG. Once drawn, it is kept; on the disk, too, if nobody's own figure is in it: of those there are
    few, and the next process need not even load what draws."""
    return _drawn(chart) if chart.marker is not None else shelf.kept(repr(chart), lambda: _drawn(chart))


def _drawn(chart: RangeChart) -> bytes:
    from PIL import Image

    sheet = _Sheet(chart)
    sheet.grid()
    for at, one in enumerate(chart.ranges):
        sheet.bar(at, one)
    sheet.marker()
    for at, one in enumerate(chart.ranges):
        sheet.label(at, one)
    out = io.BytesIO()
    # It has few colours: with a palette of them it is less than half as large.
    sheet.image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "png")
    return out.getvalue()


class _Sheet:
    """What a chart is drawn on, from the lines behind to the words in front. Its fonts are its own, as those of
    FreeType are not made for two threads."""

    def __init__(self, chart: RangeChart) -> None:
        # Only where a chart is drawn: the console and the command line draw none.
        from font_source_sans_pro import font_files_ttf as files
        from PIL import Image, ImageDraw, ImageFont

        self._chart, self._end = chart, _top(chart)
        self._bottom = _HEAD + _ROW * len(chart.ranges) + (_SAID if chart.marker is not None else 0)
        self.image = Image.new("RGB", (_WIDTH, self._bottom + _FOOT), _PAPER)
        self._draw = ImageDraw.Draw(self.image)

        def font(name: str, size: int) -> ImageFont.FreeTypeFont:
            # Pillow's own layout is alike everywhere; the library that it prefers is not on every machine.
            return ImageFont.truetype(files[name], size, layout_engine=ImageFont.Layout.BASIC)

        self._plain = font("SourceSansPro", 28)
        self._bold = font("SourceSansProSemibold", 28)
        self._small = font("SourceSansPro", 25)
        self._large = font("SourceSansProSemibold", 35)

    def grid(self) -> None:
        self._draw.text((_EDGE, 50), self._chart.title, _INK, self._large, "ls")
        for value in _steps(self._end):
            x = self._x(value)
            self._draw.line((x, _HEAD, x, self._bottom), _LINE)
            self._draw.text((x, self._bottom + 34), _short(value), _INK, self._small, "ms")

    def bar(self, at: int, one: Range) -> None:
        color, top = _ACCENT if one.emphasis else _MUTED, _HEAD + _ROW * at + 58
        right = self._x(one.high)
        self._draw.rectangle((self._x(one.low), top, right, top + _BAR), color)
        if one.open_ended:
            point = (right + 3, top + 4), (right + 3, top + _BAR - 4), (right + 27, top + _BAR / 2)
            self._draw.polygon(point, color)

    def marker(self) -> None:
        if self._chart.marker is None:
            return
        # Far beyond the ranges it stands at the edge; its label has the figure.
        x = self._x(min(self._chart.marker, self._end))
        self._draw.line((x, _HEAD, x, self._bottom), _MARK, 5)
        said = f"{self._chart.marker_label}: {money(self._chart.marker, self._chart.unit)}"
        left, anchor = (x - 12, "rm") if self._chart.marker > self._end / 2 else (x + 12, "lm")
        self._words((left, self._bottom - _SAID / 2), said, self._bold, anchor, _MARK)

    def label(self, at: int, one: Range) -> None:
        font, line = self._bold if one.emphasis else self._plain, _HEAD + _ROW * at + 44
        figures = span(one, self._chart.unit)
        room = _WIDTH - 2 * _EDGE - font.getlength(figures) - 24
        name = one.label
        while len(name) > 1 and font.getlength(name) > room:
            name = clip(name, len(name) - 1)
        self._words((_EDGE, line), name, font, "ls")
        self._words((_WIDTH - _EDGE, line), figures, font, "rs")

    def _words(self, at: tuple[float, float], text: str, font: Any, anchor: str, color: str = _INK) -> None:
        """With paper around them, where they stand on a line."""
        self._draw.text(at, text, color, font, anchor, stroke_width=4, stroke_fill=_PAPER)

    def _x(self, value: float) -> int:
        return _EDGE + round(value / self._end * (_WIDTH - 2 * _EDGE))


def _steps(end: int) -> range:
    """A few round figures from 0, for an axis that ends there."""
    ten = 10 ** (len(str(end)) - 1)
    step = next(step for step in (ten // 10, ten // 5, ten // 4, ten // 2, ten, 2 * ten) if step * 8 > end)
    return range(0, end + 1, step)


def _top(chart: RangeChart) -> int:
    """The scale's end: a little over the highest figure. A marker far above the ranges may stretch it to double."""
    highest = max((one.high for one in chart.ranges), default=1)
    marker = min(chart.marker or 0, highest * 2)
    return int(max(highest, marker) * 1.08) + 1


def _short(value: float) -> str:
    """`90k`, `1.2M`, `1.9B`: three digits."""
    for size, sign in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if value >= 0.9995 * size:  # else 999,999 were a thousand k
            return f"{value / size:.3g}{sign}"
    return f"{value:g}"
