"""What must outlive a restart, in one SQLite file."""

from pathlib import Path
from types import TracebackType
from typing import Self

import aiosqlite

from bot.core.chat import Person

_TABLES = """
CREATE TABLE IF NOT EXISTS rotation (
    platform TEXT NOT NULL, workspace TEXT NOT NULL, user TEXT NOT NULL, pool TEXT NOT NULL, taken INTEGER NOT NULL,
    PRIMARY KEY (platform, workspace, user, pool)
) WITHOUT ROWID
"""
_ADVANCE = """
INSERT INTO rotation VALUES (?, ?, ?, ?, 1)
ON CONFLICT DO UPDATE SET taken = taken + 1 RETURNING taken - 1
"""


class SqliteStore:
    """A Rotation in a file; `:memory:` for this run only. Use it as an async context manager.

    One connection, in aiosqlite's own thread, writes: so no two writers ever meet. Each call is one statement and
    commits by itself.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._connection: aiosqlite.Connection | None = None

    async def __aenter__(self) -> Self:
        if self._file != ":memory:":
            Path(self._file).parent.mkdir(parents=True, exist_ok=True)
        self._connection = await aiosqlite.connect(self._file, isolation_level=None)
        await self._connection.execute("PRAGMA journal_mode=WAL")
        await self._connection.execute("PRAGMA synchronous=NORMAL")
        await self._connection.execute(_TABLES)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def advance(self, person: Person, pool: str) -> int:
        if self._connection is None:
            raise RuntimeError("the store is not open: use it with `async with`")
        rows = await self._connection.execute_fetchall(_ADVANCE, (person.platform, person.workspace, person.user, pool))
        return int(next(iter(rows))[0])
