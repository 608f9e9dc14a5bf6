"""What an operator does with a database: look at it, check it, back it up, restore it.

A backup is one SQLite file, whichever engine it comes from, and goes back into either. It is taken while the bot runs,
of one moment, without stopping anybody from writing.
"""

import asyncio
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import DBAPIError

from bot.core.errors import StorageUnavailable
from bot.storage import migrate, sqlite
from bot.storage.opening import open_store, shown, sqlite_file
from bot.storage.store import Store, StoreError
from bot.storage.tables import metadata

#: Rows by table.
Rows = Mapping[str, int]
#: Rows that are carried at a time.
_ARMFUL = 500


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: the rows, and every fault."""

    rows: Rows
    faults: tuple[str, ...]


async def state(url: str) -> str:
    """In a few words: how the database stands to this careerbot. Raises StoreError if it cannot be used as it is."""
    async with open_store(url, look=True) as store:
        found = await store.read(migrate.revision)
    migrate.refuse_newer(found)
    newest = migrate.revisions()[-1]
    return f"up to date, at revision {newest}" if found == newest else f"is upgraded to {newest} at the next start"


async def upgrade(url: str) -> str:
    """Bring the database up to date, and say what was done. Raises StoreError if that cannot be done."""
    try:
        before = await state(url)
    except StoreError:  # not there yet; or what is wrong is said by the next line
        before = ""
    async with open_store(url) as store:
        now = await store.read(migrate.revision)
    return f"{shown(url)}: {'was already ' if 'up to date' in before else 'now '}at revision {now}"


async def check(url: str) -> Checked:
    """Look for damage. Raises StoreError if the database cannot be opened, or is not at our revision."""
    async with open_store(url, look=True) as store:
        try:
            migrate.require(await store.read(migrate.revision))
            return Checked(await store.read(_count), tuple(await store.read(_faults)))
        except (StorageUnavailable, DBAPIError) as error:  # reading it all is how damage shows
            return Checked({}, (f"{shown(url)} cannot be read: {type(error.__cause__ or error).__name__}",))


def _faults(tx: Connection) -> list[str]:
    found = [f"a table is not as it should be: {difference}" for difference in migrate.differences(tx)]
    if tx.dialect.name == "sqlite":
        found += [line for (line,) in tx.exec_driver_sql("PRAGMA integrity_check") if line != "ok"]
        for table, row, other, _ in tx.exec_driver_sql("PRAGMA foreign_key_check"):
            found.append(f"{table}: row {row} refers to a row of {other} that is not there")
    return found


def _count(tx: Connection) -> dict[str, int]:
    return {table.name: tx.scalar(select(func.count()).select_from(table)) or 0 for table in metadata.sorted_tables}


# ── backup ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def backup(url: str, file: Path) -> Rows:
    """Write a backup, checked, whole or not at all. Raises StoreError if it cannot, or if `file` is there already."""
    if url == "sqlite://":
        raise StoreError("A database in memory (sqlite://) ends with its process: there is nothing to back up.")
    try:
        async with open_store(url, look=True) as store:
            with _scratch(file.parent) as scratch:
                rows = await _write(url, store, scratch)
                os.link(scratch, file)  # unlike a rename, this never overwrites
                return rows
    except FileExistsError:
        raise StoreError(f"{file} is there already. Name a file that is not.") from None
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"The backup could not be written to {file}: {error}") from error


async def _write(url: str, store: Store, scratch: Path) -> Rows:
    found = await store.read(migrate.revision)
    if source := sqlite_file(url):
        migrate.refuse_newer(found)
        await asyncio.to_thread(_copy_file, source, scratch)
    else:
        migrate.require(found)  # the rows are read as our tables have them
        with _opened(scratch) as target:
            await store.read(lambda tx: _carry(tx, target))
    return await asyncio.to_thread(_finish, scratch)


def _copy_file(source: Path, target: Path) -> None:
    """In one step, so that a bot that writes meanwhile does not make it begin anew."""
    with closing(sqlite.connect(source, look=True)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new, pages=-1)


def _finish(scratch: Path) -> Rows:
    """One file without a log beside it, on the disk, read through once. Raises StoreError if it is damaged."""
    with closing(sqlite3.connect(scratch)) as raw:
        raw.execute("PRAGMA journal_mode=DELETE")
        faults = [line for (line,) in raw.execute("PRAGMA integrity_check") if line != "ok"]
        ours = metadata.tables.keys() & _tables(scratch)
        rows = {name: raw.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in sorted(ours)}  # noqa: S608 # our own names
    if faults:
        raise StoreError(f"The database is damaged, so no backup was written: {faults[0]}")
    with scratch.open("rb+") as written:
        os.fsync(written.fileno())
    return rows


def _tables(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as raw:
        return {name for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()}


# ── restore ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def restore(url: str, file: Path, *, force: bool) -> Rows:
    """Put a backup, of this version or an earlier one, in the place of what the database holds; wholly or not at all.

    With `force` also over a database that a newer careerbot has upgraded: all its tables, which are careerbot's alone,
    are made anew. Raises StoreError if the file is no backup of ours, if the database is in use (SQLite), or if it
    holds data or is newer and `force` is not given.
    """
    if url == "sqlite://":
        raise StoreError("A database in memory (sqlite://) ends with this process. Set DATABASE_URL to another.")
    # Where the backup is, there is room for another; a container's /tmp is small.
    with _scratch(file.parent if os.access(file.parent, os.W_OK) else None) as scratch:
        try:
            await asyncio.to_thread(_copy_file, file, scratch)
            known = _tables(scratch) & {"alembic_version", *metadata.tables}
        except sqlite3.Error:
            raise StoreError(f"{file} cannot be read as a backup. Is it there, and whole?") from None
        if not known:
            raise StoreError(f"{file} is no backup of careerbot.")
        with _opened(scratch) as source:
            async with open_store(url, leave_newer=force) as store:
                return await store.run(lambda tx: _replace(tx, source, force=force))


def _replace(tx: Connection, source: Connection, *, force: bool) -> Rows:
    _empty(tx, force=force)
    carried = _carry(source, tx)
    if tx.dialect.name == "postgresql":
        # Lest a bot that runs goes on as it planned for a few rows: 50 answers took six seconds, until autovacuum came.
        for table in metadata.sorted_tables:
            tx.exec_driver_sql(f"ANALYZE {table.name}")
    return carried


def _empty(tx: Connection, *, force: bool) -> None:
    if migrate.newer(migrate.revision(tx)):  # only opened where `force` is given
        migrate.anew(tx)
        return
    held = {name: rows for name, rows in _count(tx).items() if rows}
    if held and not force:
        rows = ", ".join(f"{name}: {many}" for name, many in held.items())
        raise StoreError(f"The database holds data ({rows} rows). Back it up, then restore with --force.")
    for table in reversed(metadata.sorted_tables):
        tx.execute(table.delete())


def _carry(source: Connection, target: Connection) -> Rows:
    """Every row of every table from one to the other, in an order that foreign keys allow."""
    carried = {}
    for table in metadata.sorted_tables:
        carried[table.name] = 0
        for rows in source.execute(select(table), execution_options={"yield_per": _ARMFUL}).mappings().partitions():
            target.execute(insert(table), [dict(row) for row in rows])
            carried[table.name] += len(rows)
    return carried


@contextmanager
def _opened(file: Path) -> Iterator[Connection]:
    """A SQLite file of ours, brought up to date, in one transaction that is kept at the end."""
    with closing(sqlite.connect(file)) as raw:
        engine = sqlite.engine_over(raw, lambda: "BEGIN IMMEDIATE")
        with engine.connect() as connection:
            sqlite.upgrade(raw, connection)
            with connection.begin():
                yield connection


@contextmanager
def _scratch(folder: Path | None = None) -> Iterator[Path]:
    """A file that only we can read, gone at the end with all that SQLite puts beside it."""
    with tempfile.TemporaryDirectory(prefix=".careerbot-", dir=folder) as private:
        file = Path(private) / "backup.sqlite3"
        file.touch(mode=0o600)
        yield file
