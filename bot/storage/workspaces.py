"""Where the bot is, and was. Each function is one whole transaction, or a part of one."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, update

from bot.core.days import utc
from bot.storage.once import InsertOnce
from bot.storage.store import Store
from bot.storage.tables import workspaces

_c = workspaces.c
_NEW = InsertOnce(workspaces)
_HERE = and_(_c.platform == bindparam("the_platform"), _c.workspace == bindparam("the_workspace"))
_BACK = update(workspaces).where(_HERE, _c.left.is_not(None)).values(left=None, since=bindparam("at"), welcomed=None)
_GONE = update(workspaces).where(_HERE, _c.left.is_(None)).values(left=bindparam("at"))


def joined(tx: Connection, platform: str, workspace: str, at: datetime) -> bool:
    """Whether it is new there, or back."""
    row = {"platform": platform, "workspace": workspace, "since": utc(at)}
    return _NEW(tx, row) or tx.execute(_BACK, _the(platform, workspace, at)).rowcount == 1


def left(tx: Connection, platform: str, workspace: str, at: datetime) -> bool:
    """Whether it was there until now. One that was never noted, as it is older than these notes, is noted as left."""
    row = {"platform": platform, "workspace": workspace, "since": utc(at), "left": utc(at)}
    return _NEW(tx, row) or tx.execute(_GONE, _the(platform, workspace, at)).rowcount == 1


def _the(platform: str, workspace: str, at: datetime) -> dict[str, Any]:
    return {"the_platform": platform, "the_workspace": workspace, "at": utc(at)}


class StoredWorkspaces:
    """The port over a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def joined(self, platform: str, workspace: str, at: datetime) -> bool:
        return await self._store.run(lambda tx: joined(tx, platform, workspace, at))

    async def left(self, platform: str, workspace: str, at: datetime) -> bool:
        return await self._store.run(lambda tx: left(tx, platform, workspace, at))
