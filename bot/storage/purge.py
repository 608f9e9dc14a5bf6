"""What is kept of a place that the bot was taken out of, deleted after some time. Each function is one transaction.

It goes by the columns that every table has or has not, as `privacy` does: whatever names the platform and the workspace
is the workspace's, so a new table is found here without being listed. A learner goes, with all that is theirs, once no
account of theirs is left anywhere.

Who has one account for all workspaces (on Discord) stays, though the only server where we met was left: they can still
write to the bot in private, or have it installed for themselves, and their streak is theirs and not the server's. What
says that they learned in that server goes. `privacy` deletes the rest whenever they ask.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Table, and_, bindparam, delete, exists, select, tuple_

from bot.core.days import utc
from bot.storage.store import Store
from bot.storage.tables import identities, learners, metadata, workspaces

#: How long what is kept of a place waits for the bot's return.
KEPT: Final = timedelta(days=30)
#: Rows of each table that go in one transaction, so that it holds nobody up.
_ARMFUL: Final = 500

_c = workspaces.c
_DUE = select(_c.platform, _c.workspace).where(_c.left <= bindparam("until")).order_by(_c.left).limit(1)


def purge(tx: Connection, now: datetime, most: int = _ARMFUL) -> int:
    """Delete an armful of what is kept of one place that was left for too long. How many rows went; 0: nothing is due.

    most: rows of each table at once.
    """
    found = tx.execute(_DUE, {"until": utc(now) - KEPT}).one_or_none()
    if found is None:
        return 0
    place = (str(found.platform), str(found.workspace))
    # Rows that refer to others go before those.
    gone = _learners(tx, place, most) + sum(
        _delete(tx, table, place, most) for table in reversed(metadata.sorted_tables) if _is_of_places(table)
    )
    return gone or _delete(tx, workspaces, place, 1)  # last of all, as it is by this row that the rest is found


def _is_of_places(table: Table) -> bool:
    """Accounts are not among them: without theirs, nobody would find a learner again who has to go."""
    return table not in (workspaces, identities) and {"platform", "workspace"} <= set(table.c.keys())


def _delete(tx: Connection, table: Table, place: tuple[str, str], most: int) -> int:
    platform, workspace = place
    here = and_(table.c.platform == platform, table.c.workspace == workspace)
    key = tuple(table.primary_key)
    return tx.execute(delete(table).where(tuple_(*key).in_(select(*key).where(here).limit(most)))).rowcount


def _learners(tx: Connection, place: tuple[str, str], most: int) -> int:
    """Take an armful of accounts out of the place; whoever has no other goes, with all that hangs on them."""
    platform, workspace = place
    here = and_(identities.c.platform == platform, identities.c.workspace == workspace)
    rows = tx.execute(select(identities.c.user, identities.c.learner).where(here).limit(most)).all()
    if not rows:
        return 0
    users, known = [row.user for row in rows], {row.learner for row in rows}
    gone = tx.execute(delete(identities).where(here, identities.c.user.in_(users))).rowcount
    elsewhere = exists().where(identities.c.learner == learners.c.learner)
    lost = tx.scalars(select(learners.c.learner).where(learners.c.learner.in_(known), ~elsewhere)).all()
    return gone + sum(
        tx.execute(delete(table).where(table.c.learner.in_(lost))).rowcount
        for table in reversed(metadata.sorted_tables)
        if "learner" in table.c and lost
    )


class Purge:
    """The work over a store, an armful after the other, so that others get their turns in between."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def run(self, now: datetime) -> int:
        """All that is due; how many rows went. Raises StorageUnavailable."""
        total = 0
        while gone := await self._once(now):
            total += gone
        return total

    async def _once(self, now: datetime) -> int:
        until = {"until": utc(now) - KEPT}
        if await self._store.read(lambda tx: tx.scalar(_DUE, until)) is None:  # so that it mostly only reads
            return 0
        return await self._store.run(lambda tx: purge(tx, now))
