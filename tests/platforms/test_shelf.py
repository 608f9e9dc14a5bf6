"""A picture without anybody's own figure is drawn once for all processes, and only the very same one is given again."""

import sys
from pathlib import Path

import pytest

from bot.core.chat import Range, RangeChart
from bot.platforms import chart, shelf

PNG = b"\x89PNG drawn" + shelf._END


class Drawer:
    """Counts how often it draws."""

    def __init__(self) -> None:
        self.drawn = 0

    def __call__(self) -> bytes:
        self.drawn += 1
        return PNG


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    chart.picture.cache_clear()  # what other tests have drawn
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(shelf, "_SHELF", tmp_path / "__pycache__")
    return tmp_path / "__pycache__"


def test_what_was_drawn_is_not_drawn_again_and_nothing_else_is_taken_for_it(folder: Path) -> None:
    draw = Drawer()
    assert shelf.kept("a", draw) == shelf.kept("a", draw) == PNG
    assert draw.drawn == 1
    shelf.kept("b", draw)
    assert draw.drawn == 2
    assert len(list(folder.iterdir())) == 2


def test_what_was_cut_off_is_drawn_anew(folder: Path) -> None:
    draw = Drawer()
    shelf.kept("a", draw)
    (place,) = folder.iterdir()
    place.write_bytes(PNG[:-1])
    assert shelf.kept("a", draw) == PNG
    assert place.read_bytes() == PNG


def test_what_is_drawn_otherwise_now_is_drawn_anew_and_the_old_one_goes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = Drawer()
    shelf.kept("a", draw)
    monkeypatch.setattr(shelf, "_how", lambda: "another-way")
    shelf.kept("a", draw)
    assert draw.drawn == 2
    assert [place.name.startswith("chart-another-way-") for place in folder.iterdir()] == [True]


def test_where_nothing_may_be_written_each_draws_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.touch()  # no folder, and none can be made
    draw = Drawer()
    assert shelf.kept("a", draw) == shelf.kept("a", draw) == PNG
    assert draw.drawn == 2
    folder.unlink()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    shelf.kept("a", draw)
    assert not folder.exists()


def test_a_chart_with_somebodys_offer_is_kept_nowhere(folder: Path) -> None:
    rows = (Range("Entry", 90_000, 120_000),)
    chart.picture(RangeChart("Pay", rows, "USD", 95_000, "Your offer"))
    assert not folder.exists()
    drawn = chart.picture(RangeChart("Pay", rows, "USD"))
    assert [place.read_bytes() for place in folder.iterdir()] == [drawn]
