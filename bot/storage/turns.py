"""What replicas do one after the other: when the next may. One whole transaction."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from bot.core.days import utc
from bot.storage.once import InsertOnce
from bot.storage.store import Store
from bot.storage.tables import turns

#: A turn further away than that was taken by a clock that was wrong.
_FARTHEST: Final = timedelta(minutes=30)

_NEXT = select(turns.c.next).where(turns.c.turn == bindparam("the_turn"))
_MOVE = update(turns).where(turns.c.turn == bindparam("the_turn")).values(next=bindparam("new_next"))
_NEW = InsertOnce(turns)


def take(tx: Connection, turn: str, at: datetime, apart: timedelta) -> datetime:
    at = utc(at)
    if _NEW(tx, {"turn": turn, "next": at + apart}):
        return at
    taken: datetime = tx.scalar(_NEXT, {"the_turn": turn}) or at
    mine = at if taken - at > _FARTHEST else max(at, taken)
    tx.execute(_MOVE, {"the_turn": turn, "new_next": mine + apart})
    return mine


class StoredTurns:
    """The port over a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def take(self, turn: str, at: datetime, apart: timedelta) -> datetime:
        return await self._store.run(lambda tx: take(tx, turn, at, apart))
