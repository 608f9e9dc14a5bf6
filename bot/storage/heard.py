"""What a platform told us already, so that one of all replicas acts on it, once. Only digests of it are kept."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, or_, select, update

from bot.core.days import utc
from bot.storage.once import InsertOnce
from bot.storage.store import Store
from bot.storage.tables import heard

#: How long things are remembered by what they are; the rest as long as the longest.
SIGNATURES, EVENTS = timedelta(minutes=15), timedelta(hours=26)
#: How long one replica may be at something before another takes it for dead. Longer than an answer takes; shorter than
#: Slack's first longer pause, a minute (docs.slack.dev/apis/events-api, "Retries").
LEASE = timedelta(seconds=30)
#: Rows that are deleted in one transaction.
_ARMFUL = 2_000

_c = heard.c
_NEW = InsertOnce(heard)


def first(tx: Connection, kind: str, what: str, at: datetime) -> bool:
    """Whether this is heard for the first time."""
    return _NEW(tx, {"what": _key(kind, what), "at": utc(at)})


def begin(tx: Connection, kind: str, what: str, at: datetime) -> bool | None:
    """Whether to do it now; False where it is done, None where somebody else has begun it less than a lease ago."""
    done, begun = _key(kind, what), _key(f"{kind} begun", what)
    if tx.scalar(select(_c.what).where(_c.what == done)):
        return False
    if _NEW(tx, {"what": begun, "at": utc(at)}):
        return True
    over = (_c.what == begun, _c.at < utc(at - LEASE))
    return True if tx.execute(update(heard).where(*over).values(at=utc(at))).rowcount else None


def end(tx: Connection, kind: str, what: str, at: datetime) -> None:
    first(tx, kind, what, at)
    tx.execute(delete(heard).where(_c.what == _key(f"{kind} begun", what)))


def _key(kind: str, what: str) -> str:
    return f"{kind}:{hashlib.sha256(what.encode()).hexdigest()}"


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

    async def begin(self, kind: str, what: str, at: datetime) -> bool | None:
        """Whether to do it now; False where it is done, None where somebody else has begun it a moment ago."""
        return await self._store.run(lambda tx: begin(tx, kind, what, at))

    async def end(self, kind: str, what: str, at: datetime) -> None:
        await self._store.run(lambda tx: end(tx, kind, what, at))

    async def forget(self, now: datetime) -> None:
        while await self._store.run(lambda tx: forget(tx, now)) == _ARMFUL:
            pass
