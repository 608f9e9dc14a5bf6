"""All that is kept about one person: counted, and taken out. Each function is one whole transaction.

Both go by the columns that every table has or has not: `platform`, `workspace` and `user` name an account, `learner`
names whoever has it. So a new table is found here without being listed.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, or_, select

from bot.core.chat import Person
from bot.storage.store import Store
from bot.storage.tables import identities, metadata


def counted(tx: Connection, person: Person) -> dict[str, int]:
    """How many rows of each table are about this person; only tables that have some."""
    learner = _learner(tx, person)
    found = {table.name: _count(tx, table, person, learner) for table in metadata.sorted_tables}
    return {name: rows for name, rows in found.items() if rows}


def forget(tx: Connection, person: Person) -> int:
    """Delete every row about this person, in all their accounts. Returns how many there were."""
    learner = _learner(tx, person)
    accounts = [person]
    if learner is not None:
        own = select(identities).where(identities.c.learner == learner)
        accounts += [Person(row.platform, row.workspace, row.user) for row in tx.execute(own)]
    # Rows that refer to others go before those.
    return sum(
        tx.execute(delete(table).where(mine)).rowcount
        for table in reversed(metadata.sorted_tables)
        if (mine := _about(table, accounts, learner)) is not None
    )


class StoredPrivacy:
    """The port's implementation over a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def counted(self, person: Person) -> dict[str, int]:
        return await self._store.read(lambda tx: counted(tx, person))

    async def forget(self, person: Person) -> int:
        return await self._store.run(lambda tx: forget(tx, person))


def _learner(tx: Connection, person: Person) -> str | None:
    return tx.scalar(select(identities.c.learner).where(_account(identities, person)))


def _count(tx: Connection, table: Table, person: Person, learner: str | None) -> int:
    mine = _about(table, [person], learner)
    return 0 if mine is None else int(tx.scalar(select(func.count()).select_from(table).where(mine)) or 0)


def _about(table: Table, accounts: list[Person], learner: str | None) -> ColumnElement[bool] | None:
    """What picks a person's rows of a table; None for a table that names nobody."""
    parts: list[Any] = []
    if {"platform", "workspace", "user"} <= set(table.c.keys()):
        parts += [_account(table, account) for account in accounts]
    if "learner" in table.c and learner is not None:
        parts.append(table.c.learner == learner)
    return or_(*parts) if parts else None


def _account(table: Table, person: Person) -> ColumnElement[bool]:
    platform, workspace, user = person.account
    return and_(table.c.platform == platform, table.c.workspace == workspace, table.c.user == user)
