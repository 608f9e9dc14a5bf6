"""Which places the bot was taken out of. Parts of transactions, none whole."""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select, tuple_

from bot.storage.tables import workspaces

_c = workspaces.c
_LEFT = select(_c.platform, _c.workspace).where(
    _c.left.is_not(None), tuple_(_c.platform, _c.workspace).in_(bindparam("places", expanding=True))
)


def left_of(tx: Connection, places: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Those of these places, each a platform and a workspace, that the bot has left."""
    asked = sorted({place for place in places if place[1]})  # "" is no workspace: nobody can take us out of it
    return frozenset((row.platform, row.workspace) for row in tx.execute(_LEFT, {"places": asked})) if asked else _NONE


_NONE: frozenset[tuple[str, str]] = frozenset()
