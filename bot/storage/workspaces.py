"""Where the bot is, and was. Each function is one whole transaction, or a part of one.

What leaving means is done when it leaves, so that whatever looks for what is due need not ask. A digest loses its slot,
what waits in the outbox ends; on return, digests go on with the next slot, and the weeks in between are not made up
for. After some time, what is kept of a place that was left is deleted (`purge`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, select, update

from bot.core.days import utc
from bot.storage import digests, outbox
from bot.storage.once import InsertOnce
from bot.storage.store import Store
from bot.storage.tables import subscriptions, workspaces

_c = workspaces.c
_NEW = InsertOnce(workspaces)
_HERE = and_(_c.platform == bindparam("the_platform"), _c.workspace == bindparam("the_workspace"))
_BACK = update(workspaces).where(_HERE, _c.left.is_not(None)).values(left=None, since=bindparam("at"), welcomed=None)
_GONE = update(workspaces).where(_HERE, _c.left.is_(None)).values(left=bindparam("at"))
_PRESENT = (
    select(_c.workspace)
    .where(_c.platform == bindparam("the_platform"), _c.left.is_(None), _c.workspace > bindparam("after"))
    .order_by(_c.workspace)
    .limit(bindparam("most"))
)
_BEGUN = exists().where(
    subscriptions.c.platform == _c.platform, subscriptions.c.workspace == _c.workspace, subscriptions.c.user == ""
)
_TO_WELCOME = select(_c.workspace).where(_HERE, _c.left.is_(None), _c.welcomed.is_(None), ~_BEGUN)
_WELCOME = update(workspaces).where(_HERE, _c.welcomed.is_(None)).values(welcomed=bindparam("at"))
_UNWELCOME = update(workspaces).where(_HERE).values(welcomed=None)


def joined(tx: Connection, platform: str, workspace: str, at: datetime) -> bool:
    """Whether it is new there, or back."""
    row = {"platform": platform, "workspace": workspace, "since": utc(at)}
    if _NEW(tx, row):
        return True
    back = tx.execute(_BACK, _the(platform, workspace, at)).rowcount == 1
    if back:
        digests.go_on(tx, platform, workspace, at)
    return back


def left(tx: Connection, platform: str, workspace: str, at: datetime) -> bool:
    """Whether it was there until now. One that was never noted, as it is older than these notes, is noted as left."""
    row = {"platform": platform, "workspace": workspace, "since": utc(at), "left": utc(at)}
    gone = _NEW(tx, row) or tx.execute(_GONE, _the(platform, workspace, at)).rowcount == 1
    if gone:
        rest(tx, platform, workspace, at)
    return gone


def rest(tx: Connection, platform: str, workspace: str, at: datetime) -> None:
    """Nothing is said there unasked any more, until `digests.go_on`."""
    digests.rest(tx, platform, workspace)
    outbox.end(tx, platform, workspace, at)


def present(tx: Connection, platform: str, after: str, most: int) -> tuple[str, ...]:
    return tuple(tx.scalars(_PRESENT, {"the_platform": platform, "after": after, "most": most}))


def to_welcome(tx: Connection, platform: str, workspace: str) -> bool:
    where = {"the_platform": platform, "the_workspace": workspace}
    return tx.scalar(_TO_WELCOME, where) is not None


def welcome(tx: Connection, platform: str, workspace: str, at: datetime) -> bool:
    return tx.execute(_WELCOME, _the(platform, workspace, at)).rowcount == 1


def _the(platform: str, workspace: str, at: datetime) -> dict[str, Any]:
    return {"the_platform": platform, "the_workspace": workspace, "at": utc(at)}


def unwelcome(tx: Connection, platform: str, workspace: str) -> None:
    tx.execute(_UNWELCOME, {"the_platform": platform, "the_workspace": workspace})


class StoredWorkspaces:
    """The port over a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def joined(self, platform: str, workspace: str, at: datetime) -> bool:
        return await self._store.run(lambda tx: joined(tx, platform, workspace, at))

    async def left(self, platform: str, workspace: str, at: datetime) -> bool:
        return await self._store.run(lambda tx: left(tx, platform, workspace, at))

    async def present(self, platform: str, after: str, most: int) -> Sequence[str]:
        return await self._store.read(lambda tx: present(tx, platform, after, most))

    async def to_welcome(self, platform: str, workspace: str) -> bool:
        return await self._store.read(lambda tx: to_welcome(tx, platform, workspace))

    async def welcome(self, platform: str, workspace: str, at: datetime) -> bool:
        return await self._store.run(lambda tx: welcome(tx, platform, workspace, at))

    async def unwelcome(self, platform: str, workspace: str) -> None:
        await self._store.run(lambda tx: unwelcome(tx, platform, workspace))
