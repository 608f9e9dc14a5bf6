"""How far each person is in each pool, kept in the store."""

from sqlalchemy import Connection, insert, update

from bot.core.chat import Person
from bot.storage.store import Store
from bot.storage.tables import rotation


def advance(tx: Connection, person: Person, pool: str) -> int:
    """Count one more taken; how many had been taken before. The person's name is not kept."""
    key = {"platform": person.platform, "workspace": person.workspace, "user": person.user, "pool": pool}
    counted = (
        update(rotation)
        .where(*(rotation.c[name] == value for name, value in key.items()))
        .values(taken=rotation.c.taken + 1)
        .returning(rotation.c.taken)
    )
    taken: int | None = tx.scalar(counted)
    if taken is None:
        tx.execute(insert(rotation).values(**key, taken=1))
        return 0
    return taken - 1


class StoredRotation:
    """A Rotation that outlives a restart, and that all replicas on one database share."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def advance(self, person: Person, pool: str) -> int:
        return await self._store.run(lambda tx: advance(tx, person, pool))
