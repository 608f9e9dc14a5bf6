"""What is kept for the next process is whole, or is not there."""

import errno
import sys
from pathlib import Path

import pytest

from bot import pycache


@pytest.fixture(autouse=True)
def may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment says of bytecode."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def test_what_is_kept_is_there_alone(tmp_path: Path) -> None:
    place = tmp_path / "__pycache__" / "careerbot.json"
    assert pycache.keep(place, b"old")
    assert pycache.keep(place, b"new")
    assert [(each, each.read_bytes()) for each in place.parent.iterdir()] == [(place, b"new")]


def test_a_full_disk_is_left_no_fuller_and_what_was_kept_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, write = tmp_path / "careerbot.json", Path.write_bytes
    place.write_bytes(b"old")

    def full(self: Path, data: bytes) -> int:
        write(self, data[:2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert not pycache.keep(place, b"new")
    assert [(each, each.read_bytes()) for each in tmp_path.iterdir()] == [(place, b"old")]


def test_where_python_may_keep_nothing_of_its_own_neither_do_we(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert not pycache.keep(tmp_path / "__pycache__" / "careerbot.json", b"new")
    assert not list(tmp_path.iterdir())
