"""All that is kept about one person: counted, given to them, and taken out. Each function is one whole transaction.

All go by the columns that every table has or has not: `platform`, `workspace` and `user` name an account, `learner`
names whoever has it. So a new table is found here without being listed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    Table,
    and_,
    delete,
    func,
    or_,
    select,
    true,
    update,
)

from bot.core.chat import Person
from bot.core.ports import Kept
from bot.storage.learners import is_account
from bot.storage.store import Store
from bot.storage.tables import cards, codes, deliveries, identities, metadata, preferences

#: Platform, workspace and user, as rows name them.
Account = tuple[str, str, str]

#: Columns that hold JSON as text.
_JSON = frozenset({preferences.c.wishes, cards.c.card, deliveries.c.about})
#: What is not given out: a code is short enough to be found from its digest, and it opens an account.
_SECRET = frozenset({codes.c.digest})


@dataclass(frozen=True, slots=True)
class _Owner:
    """A person, by all the names under which rows may be theirs."""

    accounts: Sequence[Account]
    learner: str | None


def counted(tx: Connection, person: Person) -> dict[str, int]:
    """How many rows of each table are about this person; only tables that have some."""
    owner = _owner(tx, person)
    found = {
        table.name: int(tx.scalar(select(func.count()).select_from(table).where(theirs)) or 0)
        for table in metadata.sorted_tables
        if (theirs := _about(table, owner)) is not None
    }
    return {name: rows for name, rows in found.items() if rows}


def exported(tx: Connection, person: Person) -> Kept:
    """Every row about this person, each table's in the order of its key; only tables that have some."""
    owner = _owner(tx, person)
    found = {
        table.name: [_plain(table, row) for row in _in_order(tx, table, theirs)]
        for table in metadata.sorted_tables
        if (theirs := _about(table, owner)) is not None
    }
    return Kept(owner.accounts, {name: rows for name, rows in found.items() if rows})


def forget(tx: Connection, person: Person) -> int:
    """Delete every row about this person. Returns how many there were.

    What they set up for a channel stays, as it is the channel's; their name and id are taken out of it.
    """
    owner = _owner(tx, person)
    named = sum(
        tx.execute(update(table).where(_unless_own(table), by).values(by="", by_name="")).rowcount
        for table in metadata.sorted_tables
        if (by := _set_up(table, owner)) is not None
    )
    # Rows that refer to others go before those.
    return named + sum(
        tx.execute(delete(table).where(theirs)).rowcount
        for table in reversed(metadata.sorted_tables)
        if (theirs := _own(table, owner)) is not None
    )


class StoredPrivacy:
    """The port's implementation over a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def counted(self, person: Person) -> dict[str, int]:
        return await self._store.read(lambda tx: counted(tx, person))

    async def export(self, person: Person) -> Kept:
        return await self._store.read(lambda tx: exported(tx, person))

    async def forget(self, person: Person) -> int:
        return await self._store.run(lambda tx: forget(tx, person))


# ── whose a row is ────────────────────────────────────────────────────────────────────────────────────────────────────


def _owner(tx: Connection, person: Person) -> _Owner:
    """This person, with every account that is linked to the one that they speak from."""
    if not person.user:  # "" names nobody: what goes to a whole channel is kept under it
        return _Owner((), None)
    learner = tx.scalar(select(identities.c.learner).where(is_account(identities, person.account)))
    linked = select(identities.c.platform, identities.c.workspace, identities.c.user)
    rows = [] if learner is None else tx.execute(linked.where(identities.c.learner == learner)).all()
    return _Owner(sorted({person.account, *((row.platform, row.workspace, row.user) for row in rows)}), learner)


def _about(table: Table, owner: _Owner) -> ColumnElement[bool] | None:
    """What picks the rows that name a person; None for a table that names nobody."""
    parts = [part for part in (_own(table, owner), _set_up(table, owner)) if part is not None]
    return or_(*parts) if parts else None


def _set_up(table: Table, owner: _Owner) -> ColumnElement[bool] | None:
    """What picks the rows that a person set up for others; None for a table that says nothing of that."""
    if "by" not in table.c or not owner.accounts:
        return None
    c = table.c
    return or_(
        *(
            and_(c.platform == platform, c.by == user, true() if not workspace else c.workspace == workspace)
            for platform, workspace, user in owner.accounts
        )
    )


def _unless_own(table: Table) -> ColumnElement[bool]:
    """A channel's rows, and no one person's."""
    return table.c.user == ""


def _own(table: Table, owner: _Owner) -> ColumnElement[bool] | None:
    """What picks a person's own rows of a table; None for a table in which nobody has any."""
    parts: list[Any] = []
    if {"platform", "workspace", "user"} <= set(table.c.keys()):
        parts += [is_account(table, account) for account in owner.accounts]
    if "learner" in table.c and owner.learner is not None:
        parts.append(table.c.learner == owner.learner)
    return or_(*parts) if parts else None


# ── rows as plain data ────────────────────────────────────────────────────────────────────────────────────────────────


def _in_order(tx: Connection, table: Table, which: ColumnElement[bool]) -> list[RowMapping]:
    """Rows by their key. Sorted here and not in the database, as engines do not agree how texts are ordered."""
    rows = tx.execute(select(table).where(which)).mappings()
    return sorted(rows, key=lambda row: tuple(row[column.name] for column in table.primary_key))


def _plain(table: Table, row: RowMapping) -> dict[str, Any]:
    return {column.name: _value(column, row[column.name]) for column in table.c if column not in _SECRET}


def _value(column: Column[Any], value: Any) -> Any:
    if column in _JSON:
        return json.loads(value)
    return value.isoformat() if isinstance(value, date | datetime) else value
