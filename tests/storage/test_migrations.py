import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Table, inspect, select

from bot.core.chat import Person
from bot.storage import migrate, sqlite
from bot.storage.opening import open_store
from bot.storage.postgres import PostgresStore
from bot.storage.rotation import StoredRotation
from bot.storage.sqlite import SqliteStore
from bot.storage.store import Store, StoreError
from bot.storage.tables import metadata, rotation

_LEARNING = """
    INSERT INTO rotation VALUES ('slack', 'T1', 'U1', 'tip:', 41);
    INSERT INTO learners VALUES ('ada', '2026-11-23 09:00:00');
    INSERT INTO identities VALUES ('slack', 'T1', 'U1', 'ada', 'Ada');
    INSERT INTO preferences VALUES ('ada', 'Europe/London', '03:00:00', '{"rest": [], "goals": [], "pauses": []}');
    INSERT INTO cards VALUES ('ada', 'q-in-demand', '{}', '2026-11-25 09:00:00', '2026-11-23');
    INSERT INTO answers VALUES ('ada', 't3c4s0-0001', 'q-in-demand', 0, true, '2026-11-23 09:00:00', '2026-11-23',
        'Europe/London', true, 7);
    INSERT INTO ledger VALUES ('ada', 0, '2026-11-23', 'answered', 'Europe/London', '03:00:00', 'the daily quiz',
        '2026-11-23 09:00:00');
"""
_TOGETHER = """
    INSERT INTO reports VALUES ('ada', 'q-in-demand', '2026-11-23 09:00:00', 'too easy');
    INSERT INTO unlisted VALUES ('ada');
    INSERT INTO codes VALUES ('digest', 'ada', '2026-11-23 09:00:00');
    INSERT INTO tries VALUES ('slack', 'T1', 'U1', 2, '2026-11-23 09:00:00');
    INSERT INTO reminders VALUES ('ada', 'slack', 'T1', 'U1', 3, '2026-11-23 21:00:00');
    INSERT INTO rounds VALUES ('t3c4s0-0001', 'q-in-demand', 'slack', 'T1', 'C1', '2026-11-23 09:00:00',
        '2026-11-23 09:15:00', true);
    INSERT INTO deliveries VALUES ('d1', 'round', 'slack', 'T1', 'C1', '', '{}', '2026-11-23 09:15:00',
        '2026-11-24 09:15:00', 'waiting', 0, '2026-11-23 09:15:00', NULL, '', '', NULL)
"""
_DIGESTS = """;
    INSERT INTO subscriptions VALUES ('s1', 'slack', 'T1', 'C1', '', 'Europe/Berlin', 0, '09:00', '', 'U1', 'Ada', NULL,
        0, '2026-11-23 09:00:00', '2026-11-30', '2026-11-30 08:00:00')
"""
_WORKSPACES = """;
    INSERT INTO workspaces VALUES ('slack', 'T1', '2026-11-23 09:00:00', NULL, NULL);
    INSERT INTO greeted VALUES ('slack', 'T1', 'U1', '2026-11-23 09:00:00');
    INSERT INTO heard VALUES ('slack event:0123', '2026-11-23 09:00:00');
    INSERT INTO turns VALUES ('shard 0', '2026-11-23 09:00:00')
"""
_INSTALLATIONS = """;
    INSERT INTO slack_bots VALUES ('b1', '1.2', 'A1', NULL, NULL, 'T1', 'Town', 'sealed', 'B1', 'U9', 'chat:write',
        NULL, NULL, false, '2026-11-23 09:00:00');
    INSERT INTO slack_oauth_states VALUES ('o1', 'state', '2026-11-23 09:10:00')
"""

#: What a database holds before each migration but the first, as SQL for both engines: the key is the revision that it
#: is at. A new migration adds the one before it, with rows that it must carry over.
HELD: dict[str, str] = {
    "0001": "INSERT INTO rotation VALUES ('slack', 'T1', 'U1', 'tip:', 41)",
    "0002": _LEARNING,
    "0003": _LEARNING + _TOGETHER,
    "0004": _LEARNING + _TOGETHER.rstrip() + _DIGESTS,
    "0005": _LEARNING + _TOGETHER.rstrip() + _DIGESTS.rstrip() + _WORKSPACES,
    "0006": _LEARNING + _TOGETHER.rstrip() + _DIGESTS.rstrip() + _WORKSPACES.rstrip() + _INSTALLATIONS,
}

#: The table as careerbot made it before it had migrations.
UNMIGRATED = """
CREATE TABLE rotation (
    platform TEXT NOT NULL, workspace TEXT NOT NULL, user TEXT NOT NULL, pool TEXT NOT NULL, taken INTEGER NOT NULL,
    PRIMARY KEY (platform, workspace, user, pool)
) WITHOUT ROWID;
INSERT INTO rotation VALUES ('slack', 'T1', 'U1', 'tip:', 41), ('discord', '', '2', 'tip:python', 7);
"""


async def test_a_new_database_has_the_tables_that_the_code_knows(store: Store) -> None:
    assert await store.read(migrate.differences) == []
    assert await store.read(migrate.revision) == migrate.revisions()[-1]


def test_a_new_database_is_to_the_letter_what_the_migrations_make() -> None:
    def made(*revisions: str) -> list[str]:
        with closing(sqlite.connect(None)) as raw, sqlite.engine_over(raw, lambda: "BEGIN").begin() as tx:
            for revision in revisions:
                migrate.upgrade(tx, revision)
            return sorted(sql for (sql,) in raw.execute("SELECT sql FROM sqlite_schema") if sql)

    def plain(lines: list[str]) -> list[str]:
        return [" ".join(line.split()) for line in lines]

    assert plain(made("head")) == plain(made(migrate.revisions()[0], "head"))


async def test_a_table_that_no_migration_made_is_seen(store: Store) -> None:
    await store.run(lambda tx: tx.exec_driver_sql("CREATE TABLE stray (id INTEGER)").close())
    assert "stray" in str(await store.read(migrate.differences))


async def test_the_file_of_before_the_migrations_is_taken_over_with_what_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "bot.sqlite3"
    with closing(sqlite3.connect(file)) as raw:
        raw.executescript(UNMIGRATED)
    async with SqliteStore(file) as store:
        assert await store.read(migrate.differences) == []
        taken = StoredRotation(store)
        assert await taken.advance(Person("slack", "T1", "U1"), "tip:") == 41
        assert await taken.advance(Person("discord", "", "2"), "tip:python") == 7
        assert await taken.advance(Person("discord", "", "3"), "tip:") == 0


def execute(tx: Connection, sql: str) -> None:
    for statement in sql.split(";\n"):
        tx.exec_driver_sql(statement)


def held(tx: Connection, table: Table) -> int:
    return len(tx.execute(select(table)).all())


def tables(tx: Connection) -> set[str]:
    return set(inspect(tx).get_table_names())


def test_every_earlier_revision_has_rows_to_be_carried_over() -> None:
    assert set(HELD) == set(migrate.revisions()[:-1])


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_each_earlier_revision_is_upgraded_with_what_it_holds(
    engine: str, fresh: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = migrate.upgrade
    for revision, rows in HELD.items():
        url = fresh(engine)
        with monkeypatch.context() as earlier:
            earlier.setattr(migrate, "upgrade", partial(upgrade, to=revision))
            async with open_store(url) as store:
                assert await store.read(migrate.revision) == revision
                await store.run(partial(execute, sql=rows))
                known = await store.read(tables)
        async with open_store(url) as store:
            assert await store.read(migrate.differences) == []
            for table in (table for table in metadata.sorted_tables if table.name in known):
                assert await store.read(partial(held, table=table)), f"{revision} -> {table.name}"


async def test_to_upgrade_again_changes_nothing(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "bot")
    async with open_store(url) as store:
        await StoredRotation(store).advance(Person("slack", "T1", "U1"), "tip:")
    assert f"upgraded: new -> {migrate.revisions()[-1]}" in caplog.text
    caplog.clear()
    async with open_store(url) as store:
        assert await StoredRotation(store).advance(Person("slack", "T1", "U1"), "tip:") == 1
    assert "upgraded" not in caplog.text


async def test_a_database_that_is_newer_than_the_code_is_refused_and_left_alone(url: str) -> None:
    async with open_store(url) as store:
        await store.run(lambda tx: tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'").close())
    for _ in range(2):
        with pytest.raises(StoreError, match="revision 9999, and this careerbot knows only up to"):
            await open_store(url).__aenter__()
    async with open_store(url, look=True) as store:
        assert await store.read(migrate.revision) == "9999"


async def test_an_upgrade_that_fails_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "bot.sqlite3"
    with closing(sqlite3.connect(file)) as raw:
        raw.executescript(f"{UNMIGRATED} CREATE VIEW rotation_earlier AS SELECT 1;")  # a name that the upgrade needs
        before = list(raw.iterdump())
    with pytest.raises(StoreError):
        await SqliteStore(file).__aenter__()
    with closing(sqlite.connect(file, look=True)) as raw:
        assert list(raw.iterdump()) == before


async def test_an_upgrade_that_fails_changes_nothing_on_postgresql(postgres: Callable[[], str]) -> None:
    url = postgres()
    async with PostgresStore(url, look=True) as store:
        await store.run(lambda tx: tx.exec_driver_sql("CREATE TABLE pk_rotation (id INTEGER)").close())
    with pytest.raises(StoreError):  # the key's index cannot have its name
        await PostgresStore(url).__aenter__()
    async with PostgresStore(url, look=True) as store:
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        assert await store.read(lambda tx: list(tx.exec_driver_sql(tables).scalars())) == ["pk_rotation"]


def test_no_key_is_counted_by_the_database() -> None:
    """A backup carries rows, not sequences."""
    assert not [table.name for table in metadata.sorted_tables if table.autoincrement_column is not None]
    assert rotation.name in metadata.tables


def test_the_scripts_are_called_by_their_revisions_and_follow_each_other() -> None:
    scripts = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))
    assert migrate.revisions() == tuple(script.revision for script in scripts.walk_revisions())[::-1]
