"""Kept in this process, and gone with it."""

import sqlite3
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection

from bot.storage import sqlite
from bot.storage.store import Store, Watch
from bot.storage.tables import metadata

T = TypeVar("T")


class MemoryStore(Store):
    """A database in memory, for a demo, a terminal or a test. It is there at once, and needs no `async with`.

    Everything happens in the caller's own thread, so no two transactions ever run at once.
    """

    def __init__(self) -> None:
        raw = sqlite.connect(None)
        engine = sqlite.engine_over(raw, lambda: "BEGIN")
        self._watch = Watch(engine)
        self._raw = raw
        self._connection = engine.connect()
        weakref.finalize(self, _close, self._connection, raw)
        with self._connection.begin():
            metadata.create_all(self._connection)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    async def run(self, work: Callable[[Connection], T]) -> T:
        with self._connection.begin():
            return self._watch.result(work, self._connection)

    async def read(self, work: Callable[[Connection], T]) -> T:
        self._raw.execute("PRAGMA query_only=ON")
        try:
            return await self.run(work)
        finally:
            self._raw.execute("PRAGMA query_only=OFF")


def _close(connection: Connection, raw: sqlite3.Connection) -> None:
    connection.close()
    raw.close()
