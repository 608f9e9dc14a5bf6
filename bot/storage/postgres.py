"""The store in PostgreSQL: for many replicas on one database."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass
from enum import Enum
from functools import partial
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import asyncpg
from sqlalchemy import AsyncAdaptedQueuePool, Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.core.errors import StorageUnavailable
from bot.storage import migrate
from bot.storage.judged import run_all
from bot.storage.store import Store, StoreError, Unreachable, Watch
from bot.storage.together import Job, Together

_log = logging.getLogger(__name__)
T = TypeVar("T")

#: Connections that one process may hold: one writes, the others read. Few, as a transaction takes milliseconds.
_CONNECTIONS = 5
#: Seconds for reaching the server, and for one statement.
_REACH, _STATEMENT = 5.0, 10.0
#: Seconds in which a transaction is tried again, and the shortest and longest pause before the next time.
_PATIENCE, _SHORTEST, _LONGEST = 8.0, 0.004, 0.25
#: SQLSTATEs after which the same transaction may well succeed: serialization failure, deadlock.
_CONFLICTS = {"40001", "40P01"}
#: What a write is told in a transaction that only reads, or by a server that does.
_READ_ONLY = "25006"
#: Classes of SQLSTATE, or whole ones, that say that the server cannot: no connection, no resources, a limit of its
#: own, a person in between, a system error; a statement that took too long; a lock; a server that only reads.
_CANNOT = ("08", "53", "54", "57", "58", "55P03", _READ_ONLY)
#: Replicas that start at once take turns with the migrations: the key of a lock that only careerbot takes.
_TURN = 0x63617265
#: Those that met another transaction, and had to yield, are tried again one after the other. It must be a table's lock:
#: any SELECT, an advisory lock's too, fixes what a serializable transaction sees before it waits. Of this table we only
#: read, and reading goes on.
_IN_TURN = "LOCK TABLE alembic_version IN EXCLUSIVE MODE"
_FAILURES = (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, PoolTimeout, OSError, TimeoutError)


class _Stage(Enum):
    """How far a transaction has come."""

    REACHING, WORKING, COMMITTING = range(3)


@dataclass(slots=True)
class _Attempt:
    """met: it met another before, and is now tried in turn."""

    reading: bool
    met: bool = False
    stage: _Stage = _Stage.REACHING


class PostgresStore(Store):
    """A pool of connections. Transactions that write and wait together become one: so they do not meet each other, and
    share the server's commit; if one of them fails by its own fault, it is found by halves.

    Each is serializable, and is tried again after a conflict, then in turn.

    Of N transactions that all meet, each commit makes at most one fail that has its turn: 2N tries in all, however many
    replicas there are. By luck, 200 answers of one learner took seven tries each; more of them, and some were given up.

    What may be tried again is only what has surely not happened: a connection that is lost while the commit is under
    way leaves us in the dark, so that is told to the caller and not done twice.

    url: as libpq and asyncpg read it: `postgresql://USER:PASSWORD@HOST:PORT/NAME?sslmode=...`. It is never shown.
    look: reading alone; brings nothing up to date.
    leave_newer: open a database that a newer careerbot has upgraded, as it is.
    """

    def __init__(self, url: str, *, look: bool = False, leave_newer: bool = False) -> None:
        self._url = url
        self._look_only = look
        self._leave_newer = leave_newer
        self._opened = False
        self._writing: AsyncEngine
        self._reading: AsyncEngine
        self._kept: AsyncConnection | None = None
        self._watch: Watch
        self._together = Together(self._begin_batch)
        self._under_way: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=self._connect,
            isolation_level="SERIALIZABLE",
            poolclass=AsyncAdaptedQueuePool,
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_timeout=_PATIENCE,
            hide_parameters=True,
        )
        try:
            await self._reach(engine)
        except BaseException as error:
            await engine.dispose()
            if isinstance(error, (*_FAILURES, ValueError)):
                raise _unusable(error) from None  # not even the cause: a broken URL is in its words
            raise
        self._watch = Watch(engine.sync_engine)
        self._reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._writing = engine
        self._opened = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._opened:
            self._opened = False
            await self._together.all_ended()
            await self._give_back()
            await asyncio.gather(*self._under_way, return_exceptions=True)
            await self._writing.dispose()

    async def run(self, work: Callable[[Connection], T]) -> T:
        self._must_be_open()
        return await self._together.run(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        self._must_be_open()
        job = Job(work)
        self._begin([job], reading=True)
        return await job.done

    def _must_be_open(self) -> None:
        if not self._opened:
            raise RuntimeError("the store is not open: use it with `async with`")

    def _begin_batch(self, batch: list[Job[Any]], ended: Callable[[], None]) -> None:
        # In a context of its own: it works for many, and the log must not name the first of them for all.
        task = Context().run(self._begin, batch, reading=False)
        task.add_done_callback(lambda _task: ended())

    def _begin(self, jobs: list[Job[Any]], *, reading: bool) -> asyncio.Task[None]:
        """In a task of its own, so that who asked may leave without tearing a transaction."""
        task = asyncio.create_task(self._again_and_again(jobs, reading=reading))
        self._under_way.add(task)
        task.add_done_callback(partial(self._ended, jobs))
        return task

    def _ended(self, jobs: list[Job[Any]], task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is not None:
            for job in jobs:
                job.fail(error)

    async def _again_and_again(self, jobs: list[Job[Any]], *, reading: bool) -> None:
        """All in one transaction; if one of them is at fault, each half in its own, and so on."""
        attempt = _Attempt(reading)
        until = asyncio.get_running_loop().time() + _PATIENCE
        pause = _SHORTEST
        while wanted := [job for job in jobs if not job.abandoned]:
            try:
                results = await self._once(wanted, attempt)
            except Exception as error:  # noqa: BLE001 # it is handed to each who waits
                late = asyncio.get_running_loop().time() > until
                attempt.met = not reading and _state(error) in _CONFLICTS
                verdict = _judge(error, attempt)
                # A statement that took too long may be one's own fault, too; but not all can be given that long again.
                one_hangs = verdict == "cannot" and attempt.stage is _Stage.WORKING and not late
                if len(wanted) > 1 and (verdict == "its own fault" or one_hangs):
                    half = len(wanted) // 2
                    await self._again_and_again(wanted[:half], reading=reading)
                    await self._again_and_again(wanted[half:], reading=reading)
                    return
                if verdict != "again" or late:
                    told = error if verdict == "its own fault" else _unavailable(error)
                    for job in wanted:
                        job.fail(told)
                    return
            else:
                for job, result in results:
                    job.end(result)
                return
            await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 # only to come apart from the others
            pause = min(2 * pause, _LONGEST)

    async def _once(self, jobs: list[Job[Any]], attempt: _Attempt) -> list[tuple[Job[Any], Any]]:
        """One transaction: each with its result. What is abandoned by the time that it begins is left out."""
        attempt.stage = _Stage.REACHING
        async with self._reading.connect() if attempt.reading else self._writer() as connection:
            return await connection.run_sync(lambda tx: self._transaction(tx, jobs, attempt))

    @asynccontextmanager
    async def _writer(self) -> AsyncIterator[AsyncConnection]:
        """The connection that writes. It is kept, as taking one from the pool costs as much as a short transaction."""
        if self._kept is None:
            self._kept = await self._writing.connect()
        try:
            yield self._kept
        except BaseException as error:
            if _is_stale(error):  # `statements.fetch` would find it as stale as before
                await self._kept.invalidate()
            await self._give_back()
            raise

    async def _give_back(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            await kept.close()

    def _transaction(self, tx: Connection, jobs: list[Job[Any]], attempt: _Attempt) -> list[tuple[Job[Any], Any]]:
        with tx.begin():
            if attempt.met:
                tx.exec_driver_sql(_IN_TURN)
            attempt.stage = _Stage.WORKING
            begun = [job for job in jobs if not job.abandoned]
            results = run_all(tx, [job.work for job in begun], lambda work: self._watch.result(work, tx))
            attempt.stage = _Stage.COMMITTING
        return list(zip(begun, results, strict=True))

    # ── reaching the server ───────────────────────────────────────────────────────────────────────────────────────────

    async def _connect(self, patience: float | None = _STATEMENT) -> Any:
        return await asyncpg.connect(
            self._url, timeout=_REACH, command_timeout=patience, server_settings={"application_name": "careerbot"}
        )

    async def _reach(self, engine: AsyncEngine) -> None:
        if self._look_only:
            async with engine.connect():
                return
        # Read committed, as what another replica did while we waited for our turn must be seen; and no statement's
        # limit, as a migration may take long.
        connecting = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: self._connect(None),
            isolation_level="READ COMMITTED",
            hide_parameters=True,
        )
        try:
            async with connecting.begin() as connection:
                moved = await self._upgrade(connection)
        finally:
            await connecting.dispose()
        if moved.before != moved.after:
            _log.info("The database was upgraded: %s -> %s", moved.before or "new", moved.after)

    async def _upgrade(self, connection: AsyncConnection) -> migrate.Moved:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
        return await connection.run_sync(lambda tx: migrate.upgrade(tx, leave_newer=self._leave_newer))


def _judge(error: BaseException, attempt: _Attempt) -> Literal["again", "cannot", "its own fault"]:
    """What a failure means: try the transaction again, give up for now, or tell the caller of their own error."""
    state = _state(error)
    if attempt.stage is _Stage.COMMITTING and not state:
        return "cannot"  # nobody knows whether it happened
    if not isinstance(error, _FAILURES):
        return "its own fault"
    if state in _CONFLICTS:
        return "again"  # the server has said that it did not happen, even to a commit
    if attempt.reading and state == _READ_ONLY:
        return "its own fault"
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if (lost or _is_stale(error)) and attempt.stage is not _Stage.COMMITTING:
        return "again"
    if lost or state.startswith(_CANNOT) or not isinstance(error, DBAPIError):
        return "cannot"
    return "its own fault"


def _is_stale(error: BaseException) -> bool:
    """Whether another replica has changed what a statement was prepared for."""
    return isinstance(_root(error), asyncpg.InvalidCachedStatementError)


def _unavailable(error: BaseException) -> StorageUnavailable:
    _log.error("The database cannot be used: %s", _short(error))
    sorry = StorageUnavailable()
    sorry.__cause__ = error
    return sorry


def _root(error: BaseException) -> BaseException:
    """asyncpg's own error, under SQLAlchemy's two layers."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "__cause__", None) or cause or error


def _state(error: BaseException) -> str:
    """The SQLSTATE; "" where the server did not say one."""
    return getattr(_root(error), "sqlstate", None) or ""


def _short(error: BaseException) -> str:
    """For the log: what it is, without a statement or its values."""
    root = _root(error)
    return f"{type(root).__name__} {_state(error)}".rstrip()


def _unusable(error: BaseException) -> StoreError:
    match _root(error):
        case asyncpg.InvalidAuthorizationSpecificationError():
            return StoreError("PostgreSQL refuses the user or the password in DATABASE_URL. Set the right ones.")
        case asyncpg.InvalidCatalogNameError():
            return StoreError("PostgreSQL has no database of the name in DATABASE_URL. Make it, or name another.")
        case asyncpg.InsufficientPrivilegeError():
            return StoreError("PostgreSQL does not let the user in DATABASE_URL make tables. Grant that.")
        case OSError() | TimeoutError() | asyncpg.CannotConnectNowError() | asyncpg.TooManyConnectionsError() as cause:
            return Unreachable(f"PostgreSQL cannot be reached at the address in DATABASE_URL ({type(cause).__name__}).")
        case ValueError() | asyncpg.ClientConfigurationError():
            return StoreError("DATABASE_URL is no PostgreSQL address: postgresql://USER:PASSWORD@HOST:PORT/NAME")
        case _:
            return StoreError(f"PostgreSQL cannot be used ({_short(error)}). Look at its log, and at DATABASE_URL.")
