"""What a platform told us already, so that one of all replicas acts on it, once. Only digests of it are kept."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, or_, select

from bot.core.days import utc
from bot.storage.once import InsertOnce
from bot.storage.store import Store
from bot.storage.tables import heard

#: How long things are remembered by what they are; the rest as long as the longest.
SIGNATURES, EVENTS = timedelta(minutes=15), timedelta(hours=26)
#: Rows that are deleted in one transaction.
_ARMFUL = 2_000

_c = heard.c
_NEW = InsertOnce(heard)


def first(tx: Connection, kind: str, what: str, at: datetime) -> bool:
    """Whether this is heard for the first time."""
    digest = hashlib.sha256(what.encode()).hexdigest()
    return _NEW(tx, {"what": f"{kind}:{digest}", "at": utc(at)})


def forget(tx: Connection, now: datetime) -> int:
    """Delete an armful of what need not be remembered any more; how many that were."""
    old = or_(_c.at < utc(now - EVENTS), and_(_c.what.startswith("slack signature:"), _c.at < utc(now - SIGNATURES)))
    some = select(_c.what).where(old).limit(_ARMFUL)
    return int(tx.execute(delete(heard).where(_c.what.in_(some))).rowcount)


class StoredHeard:
    """Over a store. Raises StorageUnavailable."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def first(self, kind: str, what: str, at: datetime) -> bool:
        """kind: "slack event" or "slack signature"."""
        return await self._store.run(lambda tx: first(tx, kind, what, at))

    async def forget(self, now: datetime) -> None:
        while await self._store.run(lambda tx: forget(tx, now)) == _ARMFUL:
            pass
