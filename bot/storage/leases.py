"""What one process does and no other meanwhile: who has which parts of it, and until when unless it says so again.

Each function is one whole transaction.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from bot.core.days import utc
from bot.storage.store import Store
from bot.storage.tables import leases

_c = leases.c


def hold(tx: Connection, what: str, parts: Collection[int], of: int, owner: str, at: datetime, until: datetime) -> bool:
    """All of these parts, or none. Parts of two counts are never had side by side: they are not told apart."""
    mine = and_(_c.what == what, _c.owner == owner)
    # Whoever takes them over deletes them first: what is still there, is still held.
    if tx.execute(update(leases).where(mine).values(until=utc(until))).rowcount:
        return True
    over = _c.until <= utc(at)
    in_the_way = or_(_c.parts != of, _c.part.in_(parts))
    if tx.scalar(select(_c.owner).where(_c.what == what, ~over, in_the_way).limit(1)) is not None:
        return False
    tx.execute(delete(leases).where(_c.what == what, over))
    row = {"what": what, "parts": of, "owner": owner, "until": utc(until)}
    tx.execute(insert(leases), [row | {"part": part} for part in sorted(parts)])
    return True


def release(tx: Connection, what: str, owner: str) -> None:
    tx.execute(delete(leases).where(_c.what == what, _c.owner == owner))


class StoredLeases:
    """The port over a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def hold(self, what: str, parts: Collection[int], of: int, owner: str, at: datetime, until: datetime) -> bool:
        return await self._store.run(lambda tx: hold(tx, what, parts, of, owner, at, until))

    async def release(self, what: str, owner: str) -> None:
        await self._store.run(lambda tx: release(tx, what, owner))
