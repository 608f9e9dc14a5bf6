"""How far each person is in each pool, kept in the store."""

from sqlalchemy import Connection, bindparam, insert, update

from bot.core.chat import Person
from bot.storage.store import Store
from bot.storage.tables import rotation

_KEY = ("platform", "workspace", "user", "pool")
_COUNT = (
    update(rotation)
    .where(*(rotation.c[name] == bindparam(f"the_{name}") for name in _KEY))
    .values(taken=rotation.c.taken + 1)
    .returning(rotation.c.taken)
)


def advance(tx: Connection, person: Person, pool: str) -> int:
    """Count one more taken; how many had been taken before. The person's name is not kept."""
    key = dict(zip(_KEY, (*person.account, pool), strict=True))
    taken: int | None = tx.scalar(_COUNT, {f"the_{name}": value for name, value in key.items()})
    if taken is None:
        tx.execute(insert(rotation), {**key, "taken": 1})
        return 0
    return taken - 1


class StoredRotation:
    """A Rotation that outlives a restart, and that all replicas on one database share."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def advance(self, person: Person, pool: str) -> int:
        return await self._store.run(lambda tx: advance(tx, person, pool))
