"""A folder of backups: the newest are kept, and nothing else in it is touched."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import typer

from bot.cli import db
from bot.storage import backups, upkeep
from bot.storage.opening import open_store
from bot.storage.store import StoreError
from tests.storage.test_store import put

NOW = datetime(2026, 11, 24, 3, 17, tzinfo=UTC)


@pytest.fixture
async def held(tmp_path: Path) -> str:
    """A database with one row."""
    made = f"sqlite:///{tmp_path / 'careerbot.sqlite3'}"
    async with open_store(made) as store:
        await store.run(partial(put, user="ada"))
    return made


async def test_the_newest_are_kept_and_nothing_else_is_touched(held: str, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for other in ("careerbot.sqlite3", "notes.txt", "careerbot-2025-01-01T000000Z.sqlite3.old"):
        (folder / other).touch()
    gone = [(await backups.add(held, folder, NOW + timedelta(days=day), keep=2))[2] for day in range(4)]
    assert gone == [0, 0, 1, 1]
    assert {file.name for file in folder.iterdir()} == {
        "careerbot-2026-11-26T031700Z.sqlite3", "careerbot-2026-11-27T031700Z.sqlite3",
        "careerbot.sqlite3", "notes.txt", "careerbot-2025-01-01T000000Z.sqlite3.old",
    }  # fmt: skip
    newest = folder / "careerbot-2026-11-27T031700Z.sqlite3"
    assert (await upkeep.restore(f"sqlite:///{tmp_path / 'anew'}", newest, force=False))["rotation"] == 1


async def test_all_are_kept_where_nobody_says_how_many(held: str, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in range(3):
        await backups.add(held, folder, NOW + timedelta(days=day), keep=None)
    assert len(list(folder.iterdir())) == 3


async def test_old_ones_stay_if_the_new_one_cannot_be_written(held: str, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    file, *_ = await backups.add(held, folder, NOW, keep=1)
    with pytest.raises(StoreError, match="is there already"):
        await backups.add(held, folder, NOW, keep=1)
    (tmp_path / "careerbot.sqlite3").write_text("<html>" * 1000)
    with pytest.raises(StoreError):
        await backups.add(held, folder, NOW + timedelta(days=1), keep=1)
    assert list(folder.iterdir()) == [file]


def test_only_in_a_folder_can_old_ones_be_deleted(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="is no folder"):
        db.backup(tmp_path / "careerbot.sqlite3", keep=14)
    assert list(tmp_path.iterdir()) == []
