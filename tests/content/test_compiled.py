"""What was read of a folder is kept beside it, and used only as long as it is of these very files and rules."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import content
from bot.__main__ import check
from bot.content import compiled, packs
from bot.core.errors import PackError
from bot.core.locales import Option
from bot.platforms import chart, shelf

KEPT = Path("__pycache__", "careerbot.json")


@pytest.fixture(autouse=True)
def may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment says of bytecode."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were read, each time that one was."""
    folders: list[Path] = []
    truly = packs._read

    def noted(folder: Path, *, checked: bool) -> object:
        folders.append(folder)
        return truly(folder, checked=checked)

    monkeypatch.setattr(packs, "_read", noted)
    return folders


def test_what_is_kept_is_what_was_read_and_is_not_read_again(pack: Path, read: list[Path]) -> None:
    first, second = content.ready(pack), content.ready(pack)
    assert read == [pack]
    sound = content.load(pack)
    assert list(second) == list(first) == list(sound)
    assert second.pack == first.pack == sound.pack
    assert hash(second.pack) == hash(sound.pack)  # lists in the place of tuples would have none


def test_our_own_pack_and_the_languages_come_back_as_they_were_read() -> None:
    folder = content.find("ai-engineer")
    content.ready(folder)
    assert list(content.ready(folder)) == list(content.load(folder, checked=True))
    first = content.locales()
    assert content.locales() == first


def test_whatever_a_mapping_calls_its_words_it_comes_back(tmp_path: Path) -> None:
    option = Option(name="level", description="How far", choices={"": "Any", "kind": "Tip"})
    for _ in range(2):
        assert compiled.kept(tmp_path, lambda: {"level": option}) == {"level": option}


@pytest.mark.parametrize(
    "change",
    [
        lambda pack: (pack / "tips.yaml").write_text((pack / "tips.yaml").read_text("utf-8") + "\n", "utf-8"),
        lambda pack: (pack / "wordings.yaml").write_text("- {id: w-dig, title: dig, synonyms: [delve]}", "utf-8"),
        lambda pack: (pack / KEPT).write_bytes((pack / KEPT).read_bytes().replace(b"Digging", b"Hoeing.")),
        lambda pack: (pack / KEPT).write_bytes((pack / KEPT).read_bytes()[:-9]),
        lambda pack: (pack / KEPT).write_bytes(b""),
    ],
    ids=["a file changed", "a file added", "changed itself", "cut off", "empty"],
)
def test_what_is_stale_or_broken_is_read_anew(pack: Path, read: list[Path], change: Callable[[Path], object]) -> None:
    content.ready(pack)
    change(pack)
    assert list(content.ready(pack)) == list(content.load(pack))
    assert read == [pack] * 3
    content.ready(pack)
    assert len(read) == 3


def test_another_version_reads_anew(pack: Path, read: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    content.ready(pack)
    monkeypatch.setattr(compiled, "__version__", "99")
    content.ready(pack)
    assert len(read) == 2


def test_changed_code_reads_anew(pack: Path, read: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (rules := tmp_path / "core" / "catalog.py").write_text("low = 1")
    monkeypatch.setattr(compiled, "_BOT", tmp_path)
    content.ready(pack)
    rules.write_text("low = 2")
    content.ready(pack)
    assert len(read) == 2


def test_a_file_that_is_written_while_it_is_read_is_not_kept(pack: Path) -> None:
    def read() -> int:
        (pack / "tips.yaml").write_text("[]")
        return 1

    assert compiled.kept(pack, read) == 1
    assert not (pack / KEPT).exists()


def test_where_nothing_may_be_written_each_reads_anew(
    pack: Path, read: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (pack / KEPT.parent).touch()  # no folder, and none can be made
    assert list(content.ready(pack)) == list(content.ready(pack))
    assert len(read) == 2
    (pack / KEPT.parent).unlink()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    content.ready(pack)
    assert not (pack / KEPT).exists()


def test_whoever_checks_a_pack_reads_it_and_keeps_it(
    pack: Path, read: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chart.picture.cache_clear()  # what other tests have drawn
    monkeypatch.setattr(shelf, "_SHELF", tmp_path / "shelf")
    check(str(pack))
    check(str(pack))
    content.ready(pack)
    assert len(read) == 3  # twice to be checked, once to be kept
    assert list((tmp_path / "shelf").glob("*.png"))  # what the pack says of pay, as a picture


@pytest.mark.parametrize(
    ("name", "make"),
    [
        (".#tips.yaml", lambda path: path.symlink_to("ada@host.123")),  # how Emacs says that somebody writes
        ("notes.yaml", lambda path: path.mkdir()),
    ],
    ids=["a link that leads nowhere", "a folder"],
)
def test_what_is_called_like_a_file_and_is_none_is_told_as_ever(
    pack: Path, name: str, make: Callable[[Path], object]
) -> None:
    content.ready(pack)
    make(pack / name)
    with pytest.raises(PackError, match=f"{name}: not a file of a pack"):
        content.ready(pack)


def test_what_is_wrong_is_told_each_time(pack: Path) -> None:
    (pack / "tips.yaml").write_text("- 1", "utf-8")
    for _ in range(2):
        with pytest.raises(PackError):
            content.ready(pack)
    assert not (pack / KEPT).exists()
