"""Backup, restore, check: one file, from either engine into either."""

import asyncio
import itertools
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot.storage import migrate, upkeep
from bot.storage.opening import open_store
from bot.storage.store import Store, StoreError
from bot.storage.tables import rotation
from tests.storage.test_migrations import UNMIGRATED, execute
from tests.storage.test_store import count, pair, put

Rows = list[tuple[object, ...]]
ENGINES = ["sqlite", "postgresql"]


def left_over(folder: Path) -> list[Path]:
    return [*folder.glob(".*"), *folder.glob("backup.sqlite3-*")]


async def rows(store: Store) -> Rows:
    return await store.read(lambda tx: sorted(tuple(row) for row in tx.execute(select(rotation))))


async def filled(url: str, users: list[str]) -> Rows:
    async with open_store(url) as store:
        for user in users:
            await store.run(partial(put, user=user))
        return await rows(store)


@pytest.mark.parametrize(("origin", "goal"), [*itertools.product(ENGINES, ENGINES)])
async def test_what_was_backed_up_is_restored_as_it_was(
    origin: str, goal: str, fresh: Callable[[str], str], tmp_path: Path
) -> None:
    backup, there = tmp_path / "backup.sqlite3", fresh(goal)
    people = [f"Ünïcode '; DROP TABLE rotation; -- {n} \N{SNAKE}" for n in range(1200)]  # more than an armful
    url = fresh(origin)
    async with open_store(url) as store:
        await asyncio.gather(*(store.run(partial(put, user=p)) for p in people))
        held = await rows(store)
        assert (await upkeep.backup(url, backup))["rotation"] == 1200  # the store is open: a bot that runs
    assert backup.stat().st_mode & 0o077 == 0
    assert left_over(tmp_path) == []
    assert (await upkeep.restore(there, backup, force=False))["rotation"] == 1200
    async with open_store(there) as store:
        assert await rows(store) == held
    checked = await upkeep.check(there)
    assert (checked.rows["rotation"], checked.faults) == (1200, ())


async def test_a_backup_is_of_one_moment_while_others_write(url: str, tmp_path: Path) -> None:
    async with open_store(url) as store:
        stop, written = asyncio.Event(), asyncio.Event()

        async def write_pairs() -> None:
            for n in itertools.count():
                if stop.is_set():
                    return
                await store.run(partial(pair, user=str(n)))
                written.set()

        writing = asyncio.create_task(write_pairs())
        before = 0
        for number in range(3):
            written.clear()
            await written.wait()
            counted = await upkeep.backup(url, tmp_path / f"backup{number}")
            assert counted["rotation"] % 2 == 0
            assert counted["rotation"] > before
            before = counted["rotation"]
        stop.set()
        await writing


async def test_data_is_replaced_only_when_told_to(url: str, tmp_path: Path) -> None:
    backup = tmp_path / "backup.sqlite3"
    held = await filled(url, ["a", "b"])
    await upkeep.backup(url, backup)
    await filled(url, ["c"])
    with pytest.raises(StoreError, match=r"holds data \(rotation: 3 rows\).*--force"):
        await upkeep.restore(url, backup, force=False)
    async with open_store(url, look=True) as store:
        assert await store.read(count) == 3
    await upkeep.restore(url, backup, force=True)
    async with open_store(url, look=True) as store:
        assert await rows(store) == held


NEWER = """
    CREATE TABLE badges (learner TEXT PRIMARY KEY REFERENCES learners);
    INSERT INTO learners VALUES ('ada', '2026-11-23 09:00:00');
    INSERT INTO badges VALUES ('ada');
    ALTER TABLE rotation ADD COLUMN odd INTEGER;
    UPDATE alembic_version SET version_num = '9999'
"""


async def test_the_way_back_from_a_newer_version(url: str, tmp_path: Path) -> None:
    backup = tmp_path / "backup.sqlite3"
    held = await filled(url, ["a", "b"])
    await upkeep.backup(url, backup)
    async with open_store(url) as store:
        await store.run(partial(execute, sql=NEWER))
    with pytest.raises(StoreError, match=r"revision 9999.* careerbot db restore FILE --force"):
        await upkeep.restore(url, backup, force=False)
    page = tmp_path / "page"
    page.write_text("<html>" * 1000)
    with pytest.raises(StoreError, match="cannot be read"):
        await upkeep.restore(url, page, force=True)
    async with open_store(url, look=True) as store:
        assert await store.read(migrate.revision) == "9999"
    await upkeep.restore(url, backup, force=True)
    assert (await upkeep.check(url)).faults == ()
    async with open_store(url) as store:
        assert await rows(store) == held


async def test_a_restore_over_a_newer_version_is_whole_or_not_at_all(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = tmp_path / "backup.sqlite3"
    await filled(url, ["a"])
    await upkeep.backup(url, backup)
    async with open_store(url) as store:
        await store.run(partial(execute, sql=NEWER))

    def torn(source: Connection, target: Connection) -> upkeep.Rows:
        raise RuntimeError("torn")

    monkeypatch.setattr(upkeep, "_carry", torn)
    with pytest.raises(RuntimeError, match="torn"):
        await upkeep.restore(url, backup, force=True)
    async with open_store(url, look=True) as store:
        assert await store.read(migrate.revision) == "9999"
        assert await store.read(lambda tx: tx.exec_driver_sql("SELECT learner FROM badges").scalar()) == "ada"


async def test_a_backup_is_restored_from_a_large_disk_with_a_small_tmp(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = tmp_path / "backup.sqlite3"
    held = await filled(url, ["a"])
    await upkeep.backup(url, backup)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))  # as small as can be
    await upkeep.restore(url, backup, force=True)
    assert left_over(tmp_path) == []
    async with open_store(url, look=True) as store:
        assert await rows(store) == held


async def test_postgresql_plans_anew_for_what_was_restored(fresh: Callable[[str], str], tmp_path: Path) -> None:
    backup, url = tmp_path / "backup.sqlite3", fresh("postgresql")
    source = fresh("sqlite")
    await filled(source, ["a", "b"])
    await upkeep.backup(source, backup)
    await upkeep.restore(url, backup, force=False)
    believed = "SELECT reltuples FROM pg_class WHERE oid = 'rotation'::regclass"
    async with open_store(url, look=True) as store:
        assert await store.read(lambda tx: tx.exec_driver_sql(believed).scalar()) == 2


async def test_a_backup_never_overwrites(url: str, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    await filled(url, ["a"])
    with pytest.raises(StoreError, match="is there already"):
        await upkeep.backup(url, precious)
    assert precious.read_text() == "precious"
    with pytest.raises(StoreError, match="could not be written"):
        await upkeep.backup(url, tmp_path / "no" / "such" / "folder")


async def test_a_backup_from_before_the_migrations_is_restored(url: str, tmp_path: Path) -> None:
    old = tmp_path / "old.sqlite3"
    with closing(sqlite3.connect(old)) as raw:
        raw.executescript(UNMIGRATED)
    before = old.read_bytes()
    assert (await upkeep.restore(url, old, force=False))["rotation"] == 2
    assert old.read_bytes() == before
    async with open_store(url, look=True) as store:
        assert ("slack", "T1", "U1", "tip:", 41) in await rows(store)


async def test_what_is_no_backup_is_refused(url: str, tmp_path: Path) -> None:
    page, other = tmp_path / "page", tmp_path / "other.sqlite3"
    page.write_text("<html>" * 1000)
    with closing(sqlite3.connect(other)) as raw:
        raw.execute("CREATE TABLE recipes (name)")
    for file, why in (
        (page, "cannot be read"),
        (tmp_path / "none", "cannot be read"),
        (other, "no backup of careerbot"),
    ):
        with pytest.raises(StoreError, match=why):
            await upkeep.restore(url, file, force=True)


async def test_a_bot_that_runs_is_not_restored_under_its_feet(fresh: Callable[[str], str], tmp_path: Path) -> None:
    url = fresh("sqlite")
    await filled(url, ["a"])
    await upkeep.backup(url, tmp_path / "backup")
    async with open_store(url):
        with pytest.raises(StoreError, match="Another careerbot is using"):
            await upkeep.restore(url, tmp_path / "backup", force=True)


async def test_damage_is_found_and_not_backed_up(fresh: Callable[[str], str], tmp_path: Path) -> None:
    url = fresh("sqlite")
    await filled(url, [f"{n}" * 40 for n in range(500)])
    file = sqlite_path(url)
    data = bytearray(file.read_bytes())
    # The rows stand in the last pages; what says which tables there are, in the first.
    for page in range(len(data) // 4096 * 3 // 4, len(data) // 4096 - 1):
        data[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    file.write_bytes(data)
    assert (await upkeep.check(url)).faults
    with pytest.raises(StoreError):
        await upkeep.backup(url, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


async def test_a_missing_table_is_found(url: str) -> None:
    async with open_store(url) as store:
        await store.run(lambda tx: tx.exec_driver_sql("ALTER TABLE rotation ADD COLUMN odd INTEGER").close())
    assert "odd" in str((await upkeep.check(url)).faults)


async def test_the_state_is_said(url: str, fresh: Callable[[str], str]) -> None:
    await filled(url, [])
    assert "up to date, at revision" in await upkeep.state(url)
    assert "was already at" in await upkeep.upgrade(url)
    assert "now at" in await upkeep.upgrade(fresh("sqlite"))
    with pytest.raises(StoreError, match="in memory"):
        await upkeep.backup("sqlite://", Path("x"))


def sqlite_path(url: str) -> Path:
    file = Path(url.removeprefix("sqlite:///"))
    assert file.exists()
    return file
