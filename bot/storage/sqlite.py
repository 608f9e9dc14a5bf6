"""The store in one SQLite file: the default, and all that one process needs."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import aiosqlite
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from bot.core.errors import StorageUnavailable
from bot.storage import migrate
from bot.storage.judged import run_all
from bot.storage.store import Store, StoreError, Watch
from bot.storage.together import Job, Together

_log = logging.getLogger(__name__)
T = TypeVar("T")

#: Seconds to wait for somebody else who holds the file: a person at the `sqlite3` prompt, a disk's snapshot.
_PATIENCE = 5.0
#: What SQLite says when the file, the disk or the memory cannot, and not the statement: sqlite.org/rescode.html.
_CANNOT = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}  # fmt: skip


def engine_over(raw: sqlite3.Connection, begin: Callable[[], str]) -> Engine:
    """SQLAlchemy over a connection that there is already, opened with `isolation_level=None`.

    begin: the statement that begins each transaction. Left to itself, Python's sqlite3 begins none before a SELECT, a
    SAVEPOINT or a CREATE TABLE, and a deferred one that reads before it writes fails at once where another has written.
    """
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool, hide_parameters=True)
    event.listen(engine, "begin", lambda _connection: raw.execute(begin()))
    return engine


def connect(file: Path | None, *, look: bool = False) -> sqlite3.Connection:
    """A connection as we want each to be. None is in memory; `look` opens for reading alone and makes no file.

    In a write-ahead log, `synchronous=NORMAL` would lose nothing when the process is killed, but the last commits when
    the power fails. FULL also survives that, for one sync a commit; those that wait together share it.
    """
    name = ":memory:" if file is None else file.absolute().as_uri() + ("?mode=ro" if look else "")
    raw = sqlite3.connect(
        name, uri=True, timeout=_PATIENCE, isolation_level=None, cached_statements=512, check_same_thread=False
    )
    try:
        raw.execute("PRAGMA foreign_keys=ON")
        if not look:
            raw.execute("PRAGMA journal_mode=WAL")
            raw.execute("PRAGMA synchronous=FULL")
        raw.execute("SELECT count(*) FROM sqlite_schema")
    except sqlite3.Error:
        raw.close()
        raise
    return raw


class _Thread(aiosqlite.Connection):
    """aiosqlite's connection, for the sake of its thread.

    aiosqlite publishes single statements only. Its queue takes any function, with or without a future for what it gives
    back; SQLAlchemy's own dialect for aiosqlite leans on that, too, and a test holds that it is so.
    """

    def post(self, work: Callable[[], None]) -> None:
        """Run it after all that stands before it. It must not fail: nobody would be told."""
        self._tx.put_nowait((None, work))

    async def hop(self, work: Callable[[], T]) -> T:
        done: T = await self._execute(work)  # type: ignore[no-untyped-call]
        return done

    async def end(self) -> None:
        """Close after all that stands before us in the queue, and wait until the thread is gone."""
        try:
            await self.close()
        finally:
            await asyncio.to_thread(self._thread.join)


#: What became of a transaction: why it failed, or what it gave back.
_Outcome = tuple[BaseException | None, Any]


class _Ended(Exception):
    """SQLite has rolled the whole transaction back by itself, as it may where the disk is full or fails."""


class SqliteStore(Store):
    """One connection, in aiosqlite's own thread, does everything: no two writers ever meet, and a file has one bot.

    Transactions that wait together go to it in one hop, and are given one commit; if one fails, it is found by halves.

    file: None keeps everything in memory, for this run only.
    look: reading alone, beside a bot that may be running; brings nothing up to date.
    leave_newer: open a database that a newer careerbot has upgraded, as it is.
    """

    def __init__(self, file: Path | None, *, look: bool = False, leave_newer: bool = False) -> None:
        self._file = file.resolve() if file else None  # two names for one file are one file
        self._look_only = look
        self._leave_newer = leave_newer
        self._thread: _Thread | None = None
        self._writing: Together
        self._lock: sqlite3.Connection | None = None
        self._raw: sqlite3.Connection
        self._connection: Connection
        self._watch: Watch
        self._begin = "BEGIN"

    async def __aenter__(self) -> Self:
        thread = _Thread(self._connect, iter_chunk_size=1)
        try:
            await thread
            await thread.hop(self._prepare)
        except BaseException as error:
            await self._close(thread)
            if isinstance(error, sqlite3.Error | DBAPIError | OSError):
                raise self._unusable(error) from error
            raise
        self._thread = thread
        self._writing = Together(partial(self._begin_batch, thread, asyncio.get_running_loop()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            try:
                await self._writing.all_ended()
            finally:  # even if we are cancelled: no process ends before its threads
                await self._close(thread)

    async def run(self, work: Callable[[Connection], T]) -> T:
        self._open()
        return await self._writing.run(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._open().hop(lambda: self._read(work))

    def _begin_batch(
        self, thread: _Thread, loop: asyncio.AbstractEventLoop, batch: list[Job[Any]], ended: Callable[[], None]
    ) -> None:
        def work() -> None:
            outcomes = self._run_all([job.work for job in batch])
            loop.call_soon_threadsafe(hand_out, outcomes)

        def hand_out(outcomes: list[_Outcome]) -> None:
            for job, (error, result) in zip(batch, outcomes, strict=True):
                if error is None:
                    job.end(result)
                else:
                    job.fail(error)
            ended()

        thread.post(work)

    async def _close(self, thread: _Thread) -> None:
        await thread.end()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _open(self) -> _Thread:
        if self._thread is None:
            raise RuntimeError("the store is not open: use it with `async with`")
        return self._thread

    # ── in the thread ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _connect(self) -> sqlite3.Connection:
        if self._file is not None and not self._look_only:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self._file)
        self._raw = connect(self._file, look=self._look_only)
        return self._raw

    def _prepare(self) -> None:
        engine = engine_over(self._raw, lambda: self._begin)
        self._watch = Watch(engine)
        self._connection = engine.connect()
        if not self._look_only:
            self._begin = "BEGIN IMMEDIATE"
            moved = upgrade(self._raw, self._connection, leave_newer=self._leave_newer)
            if moved.before != moved.after:
                _log.info("The database was upgraded: %s -> %s", moved.before or "new", moved.after)

    def _run_all(self, works: list[Callable[[Connection], Any]]) -> list[_Outcome]:
        """In one transaction; if one of them fails, in one for each half, and so on: so the others share few.

        A savepoint for each would save the others that second time; but it costs as much as a statement, every time.
        """
        try:
            results = self._in_transaction(lambda: run_all(self._connection, works, self._result))
            return [(None, result) for result in results]
        except BaseException as error:  # noqa: BLE001 # it is handed to each who waits
            if len(works) == 1 or (self._is_ours(error) and not isinstance(error, _Ended)):
                return [(self._told(error), None)] * len(works)
        half = len(works) // 2
        return [*self._run_all(works[:half]), *self._run_all(works[half:])]

    def _in_transaction(self, do: Callable[[], T]) -> T:
        try:
            with self._connection.begin():
                return do()
        finally:
            if self._raw.in_transaction:  # a commit that fails leaves it open, where SQLAlchemy believes it closed
                self._raw.rollback()

    def _result(self, work: Callable[[Connection], T]) -> T:
        result = self._watch.result(work, self._connection)
        if not self._raw.in_transaction:  # a commit would say yes and keep nothing; and what came next would be kept
            raise _Ended
        return result

    def _read(self, work: Callable[[Connection], T]) -> T:
        begin, self._begin = self._begin, "BEGIN"
        try:
            self._raw.execute("PRAGMA query_only=ON")
            return self._in_transaction(lambda: self._watch.result(work, self._connection))
        except (DBAPIError, sqlite3.Error) as error:
            told = self._told(error) if "readonly" not in str(error) else error  # it wrote, and may not
            raise told from None if told is error else error
        finally:
            self._raw.execute("PRAGMA query_only=OFF")
            self._begin = begin

    # ── when it goes wrong ────────────────────────────────────────────────────────────────────────────────────────────

    @staticmethod
    def _is_ours(error: BaseException) -> bool:
        """Whether the database cannot, and not the work is at fault."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        return isinstance(cause, _Ended) or (isinstance(cause, sqlite3.Error) and _code(cause) in _CANNOT)

    def _told(self, error: BaseException) -> BaseException:
        """The error for the one who asked: ours, where the database cannot; its own, where the work is at fault."""
        if not self._is_ours(error):
            return error
        cause = error.orig if isinstance(error, DBAPIError) else error
        _log.error("The database cannot be used: %s", str(cause) or "it ended our transaction")
        sorry = StorageUnavailable()
        sorry.__cause__ = error
        return sorry

    def _unusable(self, error: Exception) -> StoreError:
        cause = error.orig if isinstance(error, DBAPIError) else error
        code = _code(cause) if isinstance(cause, sqlite3.Error) else None
        if self._look_only and self._file is not None and not self._file.exists():
            return StoreError(f"There is no database at {self._file} yet. Make it with: careerbot db upgrade")
        if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
            mend = "Move it away, then: careerbot db restore BACKUP. Or name another file in DATABASE_URL."
            return StoreError(f"{self._file} is damaged, or no SQLite database. {mend}")
        if isinstance(cause, OSError) or code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
            mend = "Name a file in a folder that I may write to (DATABASE_URL)."
            return StoreError(f"I may not write to {self._file}. {mend}")
        return StoreError(f"{self._file} cannot be opened: {cause}")


def upgrade(raw: sqlite3.Connection, connection: Connection, *, leave_newer: bool = False) -> migrate.Moved:
    """Migrate. Foreign keys rest meanwhile, as a table is changed by making it anew, and are checked at the end."""
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            moved = migrate.upgrade(connection, leave_newer=leave_newer)
            if moved.before != moved.after and raw.execute("PRAGMA foreign_key_check").fetchone():
                raise StoreError("The upgrade would leave rows without what they refer to; nothing was changed.")
    finally:
        raw.execute("PRAGMA foreign_keys=ON")
    return moved


def _locked(file: Path) -> sqlite3.Connection:
    """Hold `FILE-lock` until closed, or until the process ends in whatever way. Raises StoreError if another holds it.

    The lock is SQLite's own, on an empty database beside ours: the same code on every system. A lock on ours would
    keep out those who only look, such as an online backup.
    """
    lock = sqlite3.connect(f"{file}-lock", timeout=0, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        if _code(error) != sqlite3.SQLITE_BUSY:
            raise
        raise StoreError(
            f"Another careerbot is using {file}. Stop it first; or, to run several, "
            "set DATABASE_URL to a PostgreSQL database (postgresql://USER:PASSWORD@HOST/NAME)."
        ) from None
    return lock


def _code(error: sqlite3.Error) -> int:
    """The primary result code; 0 where Python itself complains."""
    return (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
