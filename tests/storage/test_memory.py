"""The store that forgets keeps the same promises meanwhile."""

import gc
from functools import partial

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import DBAPIError

from bot.core.chat import Person
from bot.storage import migrate
from bot.storage.memory import MemoryStore
from bot.storage.rotation import StoredRotation
from bot.storage.tables import learners, rotation


def put(tx: Connection, user: str) -> None:
    tx.execute(insert(rotation).values(platform="test", workspace="w", user=user, pool="p", taken=1))


async def count(store: MemoryStore) -> int:
    return await store.read(lambda tx: tx.scalar(select(func.count()).select_from(rotation)) or 0)


async def test_it_has_the_tables_and_counts() -> None:
    store = MemoryStore()
    assert [d for d in await store.read(migrate.differences) if learners.name in d] == []
    taken = StoredRotation(store)
    assert [await taken.advance(Person("test", "w", "a"), "tip:") for _ in range(3)] == [0, 1, 2]


async def test_a_transaction_that_raises_keeps_nothing() -> None:
    store = MemoryStore()

    def fails(tx: Connection) -> None:
        put(tx, "a")
        raise LookupError

    with pytest.raises(LookupError):
        await store.run(fails)
    with pytest.raises(DBAPIError, match="readonly"):
        await store.read(partial(put, user="a"))
    assert await count(store) == 0
    await store.run(partial(put, user="a"))
    assert await count(store) == 1


async def test_two_of_them_are_apart_and_leave_nothing_open() -> None:
    one, other = MemoryStore(), MemoryStore()
    await one.run(partial(put, user="a"))
    assert await count(other) == 0
    del one, other
    gc.collect()
