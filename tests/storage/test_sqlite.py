"""What is SQLite's own: one file, one process, one connection; who waits together shares a commit."""

import asyncio
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import aiosqlite
import pytest
from sqlalchemy import Connection, DateTime, column, insert, select, table
from sqlalchemy.exc import IntegrityError

from bot.core.errors import StorageUnavailable
from bot.storage.sqlite import SqliteStore
from bot.storage.store import StoreError
from bot.storage.tables import heard
from bot.storage.together import MOST
from tests.conftest import NOW
from tests.storage.test_store import Held, commit_together, count, put, turns


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "bot.sqlite3"


@pytest.fixture
async def store(file: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore(file) as opened:
        yield opened


async def test_aiosqlite_still_has_what_we_lean_on() -> None:
    ran: list[str] = []
    async with aiosqlite.connect(":memory:") as connection:
        connection._tx.put_nowait((None, lambda: ran.append(threading.current_thread().name)))
        await connection._execute(lambda: ran.append(threading.current_thread().name))  # type: ignore[no-untyped-call]
    assert ran[0] == ran[1] != threading.current_thread().name


async def test_the_file_is_kept_as_we_promise(store: SqliteStore) -> None:
    def setting(tx: Connection, name: str) -> object:
        return tx.exec_driver_sql(f"PRAGMA {name}").scalar()

    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000, "query_only": 0}
    assert {name: await store.run(partial(setting, name=name)) for name in expected} == expected


@pytest.mark.parametrize("moment", [NOW, NOW.replace(microsecond=50), datetime(99, 1, 2, tzinfo=UTC)])
async def test_a_moment_is_kept_as_sqlalchemy_keeps_it(store: SqliteStore, moment: datetime) -> None:
    usual = table("heard", column("at", DateTime))

    def kept(tx: Connection) -> tuple[object, object]:
        away = moment.astimezone(timezone(timedelta(hours=5, minutes=30)))
        tx.execute(insert(heard), {"what": "it", "at": away})
        assert tx.scalar(select(heard.c.at)) == moment
        ours = tx.exec_driver_sql("SELECT at FROM heard").scalar()
        tx.execute(usual.update(), {"at": moment.replace(tzinfo=None)})
        return ours, tx.exec_driver_sql("SELECT at FROM heard").scalar()

    ours, theirs = await store.run(kept)
    assert ours == theirs


@pytest.mark.parametrize("text", ["2026-11-23 09:00:00.000000", "2026-11-23 09:00", "2026-11-23", "2026-11-23T09:00Z"])
async def test_a_moment_that_a_person_has_set_by_hand_is_read_as_one_in_utc(store: SqliteStore, text: str) -> None:
    await store.run(lambda tx: tx.exec_driver_sql("INSERT INTO heard VALUES ('it', ?)", (text,)).close())
    found = await store.read(lambda tx: tx.scalar(select(heard.c.at)))
    assert found in {NOW, NOW.replace(hour=0)}


async def test_those_who_wait_together_share_a_commit_and_no_batch_is_endless(store: SqliteStore) -> None:
    said: list[str] = []
    store._raw.set_trace_callback(said.append)
    await asyncio.gather(*(store.run(partial(put, user=str(n))) for n in range(150)))
    store._raw.set_trace_callback(None)
    assert 150 / MOST <= said.count("COMMIT") <= 10
    sizes = [part.count("INSERT") for part in "\n".join(said).split("COMMIT")]
    assert max(sizes) <= MOST
    assert {line for line in said if line.startswith("BEGIN")} == {"BEGIN IMMEDIATE"}
    assert await store.read(count) == 150


async def test_who_share_a_commit_with_one_that_fails_still_share_few(store: SqliteStore) -> None:
    said: list[str] = []
    store._raw.set_trace_callback(said.append)
    users = [str(n) for n in range(64)]
    users[40] = users[39]
    done = await commit_together(store, *(partial(put, user=user) for user in users))
    store._raw.set_trace_callback(None)
    assert [n for n, one in enumerate(done) if one is not None] == [40]
    assert isinstance(done[40], IntegrityError)
    assert said.count("COMMIT") <= 1 + 6


async def test_a_transaction_that_sqlite_ends_by_itself_takes_nobody_along(store: SqliteStore) -> None:
    def ended(tx: Connection) -> None:
        put(tx, "lost")
        tx.exec_driver_sql("ROLLBACK")  # as SQLite does where a disk fails

    done = await commit_together(store, lambda tx: put(tx, "a"), ended, lambda tx: put(tx, "b"))
    assert done[0] is done[2] is None
    assert isinstance(done[1], StorageUnavailable)
    assert await store.read(count) == 2


async def test_whatever_one_raises_is_told_to_them_alone(store: SqliteStore) -> None:
    class Odd(BaseException):
        pass

    def raises(_tx: Connection) -> None:
        raise Odd

    done = await commit_together(store, lambda tx: put(tx, "a"), raises)
    assert [type(one) for one in done] == [type(None), Odd]
    assert await store.read(count) == 1


async def test_a_writer_waits_for_another_program_that_writes(store: SqliteStore, file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO rotation VALUES ('test', 'w', 'other', 'p', 1)")
        release = threading.Timer(0.2, other.execute, ["COMMIT"])
        release.start()

        def reads_then_writes(tx: Connection) -> int:
            seen = count(tx)
            put(tx, "ours")
            return seen

        assert await store.run(reads_then_writes) == 1  # deferred, this would have failed at once
        release.join()


async def test_a_full_disk_is_said_kindly_and_ends_when_there_is_room(
    store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    def limit(tx: Connection, pages: int) -> None:
        tx.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    await store.run(lambda tx: put(tx, "before"))
    await store.run(lambda tx: limit(tx, 1))
    done = await commit_together(store, lambda tx: put(tx, "x" * 100_000), lambda tx: put(tx, "small"))
    assert [type(one) for one in done] == [StorageUnavailable] * 2
    assert caplog.text.count("full") == 1
    await store.run(lambda tx: limit(tx, 1_000_000))
    await store.run(lambda tx: put(tx, "y" * 100_000))
    assert await store.read(count) == 2


async def test_a_second_process_is_refused_until_the_first_is_gone_even_killed(file: Path) -> None:
    script = "import asyncio, sys; from bot.storage.opening import open_store\nasync def main():\n"
    script += "    async with open_store(sys.argv[1]): print('open', flush=True); await asyncio.sleep(60)\n"
    script += "asyncio.run(main())"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, f"sqlite:///{file}", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    assert await process.stdout.readline() == b"open\n"
    with pytest.raises(StoreError, match=r"Another careerbot is using .*Stop it first"):
        await SqliteStore(file).__aenter__()
    async with SqliteStore(file, look=True) as looking:  # to look is not to use
        assert await looking.read(count) == 0
    process.kill()
    await process.communicate()
    async with SqliteStore(file) as store:
        await store.run(lambda tx: put(tx, "a"))
        link = file.with_name("link.sqlite3")
        link.symlink_to(file)
        with pytest.raises(StoreError, match="Another careerbot"):
            await SqliteStore(link).__aenter__()


async def test_a_file_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    page = tmp_path / "page.sqlite3"
    page.write_text("<html>" * 1000)
    with pytest.raises(StoreError, match=r"page\.sqlite3 is damaged, or no SQLite database"):
        await SqliteStore(page).__aenter__()
    with pytest.raises(StoreError, match="I may not write to"):
        await SqliteStore(page / "under.sqlite3").__aenter__()
    with pytest.raises(StoreError, match=r"no database at .* yet"):
        await SqliteStore(tmp_path / "none.sqlite3", look=True).__aenter__()
    assert not (tmp_path / "none.sqlite3").exists()


async def test_closing_ends_the_thread_though_it_is_cancelled(file: Path) -> None:
    store = await SqliteStore(file).__aenter__()
    assert store._thread
    thread, work = store._thread._thread, Held()
    last = asyncio.create_task(store.run(work))
    await work.begun.wait()
    closing = asyncio.create_task(store.__aexit__(None, None, None))
    await turns()
    closing.cancel()
    await turns()
    work.free.set()
    with pytest.raises(asyncio.CancelledError):
        await closing
    await last
    assert not thread.is_alive()
    async with SqliteStore(file) as again:
        assert await again.read(count) == 1


async def test_in_memory_it_lasts_as_long_as_the_store() -> None:
    async with SqliteStore(None) as store, SqliteStore(None) as another:
        await store.run(lambda tx: put(tx, "a"))
        assert (await store.read(count), await another.read(count)) == (1, 0)
