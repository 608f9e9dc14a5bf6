import asyncio
import threading

import pytest
from font_source_sans_pro import font_files_ttf
from PIL import ImageFont

from bot.core.chat import Range, RangeChart, Reply
from bot.platforms import chart
from bot.platforms.discord import render as discord
from bot.platforms.slack import render as slack

CHART = RangeChart(
    "A year's pay, USD",
    (Range("Entry", 90_000, 120_000, emphasis=True), Range("Senior", 150_000, 200_000, open_ended=True)),
    "USD",
    95_000,
    "Your offer",
)


def test_a_chart_is_a_png_that_is_drawn_once() -> None:
    drawn = chart.picture(CHART)
    assert drawn.startswith(b"\x89PNG")
    assert chart.picture(CHART) is drawn
    assert len(drawn) < 100_000


async def test_charts_that_wait_to_be_drawn_hold_up_nothing_else() -> None:
    """Each request looks up its proxy in the event loop's threads, of which there are few."""
    drawing = threading.Event()
    chart._DRAWER.submit(drawing.wait)
    waiting = [asyncio.ensure_future(chart.draw(CHART)) for _ in range(100)]
    await asyncio.sleep(0)  # they have all begun
    try:
        async with asyncio.timeout(10):
            assert await asyncio.to_thread(lambda: "at once") == "at once"
        assert not any(each.done() for each in waiting)
    finally:
        drawing.set()  # else the process would never end
    assert set(await asyncio.gather(*waiting)) == {chart.picture(CHART)}


def test_a_chart_is_told_in_words() -> None:
    assert chart.told(CHART) == (
        "A year's pay, USD. Entry: $90,000 to $120,000; Senior: $150,000 to $200,000+; Your offer: $95,000."
    )


def test_bars_of_text_are_narrow_enough_for_a_phone_and_mark_the_offer() -> None:
    lines = chart.bars(CHART).splitlines()
    assert max(map(len, lines)) <= 40
    assert "90k–120k" in lines[1]
    assert "150k–200k+" in lines[3]
    bar, mark = lines[1], lines[-1]
    assert bar.index("█") <= mark.index("▲") <= bar.rindex("█")


def test_an_offer_far_beyond_every_range_still_draws() -> None:
    far = RangeChart(CHART.title, CHART.ranges, "USD", 10**12, "Your offer")
    assert chart.picture(far).startswith(b"\x89PNG")
    assert "▲" in chart.bars(far)


def test_a_chart_without_rows_does_not_fail() -> None:
    empty = RangeChart("Nothing", (), "CHF")
    assert chart.picture(empty).startswith(b"\x89PNG")
    assert chart.bars(empty) == ""


@pytest.mark.parametrize("name", ["SourceSansPro", "SourceSansProSemibold"])
def test_the_font_has_every_letter_that_is_drawn(name: str) -> None:
    font = ImageFont.truetype(font_files_ttf[name], 20, layout_engine=ImageFont.Layout.BASIC)
    missing = bytes(font.getmask("\uffff"))
    letters = [letter for letter in map(chr, range(0x10000)) if chart.drawable(RangeChart(letter, (), "EUR"))]
    assert not [letter for letter in letters if bytes(font.getmask(letter)) == missing]


@pytest.mark.parametrize(
    "title", ["Łódź, São Paulo, İstanbul", "Hà Nội", "Київ: 90 000 ₴", "Αθήνα", "“Staff”, £ € ¥ ₹ zł …"]
)
def test_what_our_font_has_is_a_picture(title: str) -> None:
    assert chart.drawable(RangeChart("Pay", (Range(title, 1, 2),), "EUR"))


@pytest.mark.parametrize("title", ["北京", "مرحبا", "हिन्दी", "🧑‍🚀", "two\nlines", "\u202eturned"])
def test_what_it_has_not_is_told_in_text(title: str) -> None:
    drawn = RangeChart("Pay", (Range(title, 1, 2),), "EUR")
    (message,) = discord.render(Reply("Pay", (drawn,)))
    assert message.attached == ()
    assert slack.charts(Reply("Pay", (drawn,))) == ()


def test_a_long_name_leaves_room_for_its_figures() -> None:
    def drawn(name: str) -> bytes:
        return chart.picture(RangeChart("Pay", (Range(name, 90_000, 120_000),), "USD"))

    assert drawn("A long name " * 20) == drawn("A long name " * 30)
    assert drawn("A long name") != drawn("A long")
    figures = RangeChart("Pay", (Range("Beside figures that fill the line", 1, 10**200),), "USD")
    assert chart.picture(figures).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("value", "said"),
    [(999, "999"), (1_000, "1k"), (99_950, "100k"), (999_999, "1M"), (1_234_000, "1.23M"), (1_900_000_000, "1.9B")],
)
def test_figures_on_an_axis_are_short(value: int, said: str) -> None:
    assert chart._short(value) == said


@pytest.mark.parametrize("end", [1, 2, 9, 97, 1_081, 15_121, 270_001, 10**13])
def test_the_axis_has_a_few_round_figures(end: int) -> None:
    steps = chart._steps(end)
    assert steps[0] == 0
    assert 2 <= len(steps) <= 10
    assert steps[-1] <= end < steps[-1] + steps.step
