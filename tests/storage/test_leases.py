"""What only one process does at a time: who has it, for how long, and who has it next."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta

from bot.storage.leases import StoredLeases
from bot.storage.opening import open_store
from bot.storage.store import Store
from tests.conftest import NOW

LASTS = timedelta(seconds=20)


async def test_parts_are_had_by_one_owner_until_its_time_is_over(store: Store) -> None:
    leases = StoredLeases(store)

    async def hold(owner: str, parts: list[int], of: int, after: float = 0.0) -> bool:
        at = NOW + timedelta(seconds=after)
        return await leases.hold("work", parts, of, owner, at, at + LASTS)

    assert await hold("a", [0, 1], 4)
    assert await hold("b", [2, 3], 4), "other parts are free"
    assert not await hold("c", [1, 2], 4)
    assert not await hold("c", [5], 8), "parts of another number cannot be told apart from these"
    assert await leases.hold("other work", [0], 4, "c", NOW, NOW + LASTS)
    assert await hold("a", [0, 1], 4, after=15)
    assert not await hold("c", [0], 4, after=21), "it said so again"
    assert await hold("c", [2], 4, after=21), "it did not"
    assert not await hold("b", [2, 3], 4, after=21), "and hears of it"
    assert await hold("a", [0, 1], 4, after=99), "late, but nobody asked meanwhile"
    await leases.release("work", "a")
    assert await hold("d", [0, 1], 4, after=99)


async def test_of_many_that_ask_at_once_one_has_it(postgres: Callable[[], str]) -> None:
    url = postgres()
    async with AsyncExitStack() as stack:
        replicas = [StoredLeases(await stack.enter_async_context(open_store(url))) for _ in range(3)]
        for at in (NOW, NOW + 2 * LASTS):  # nobody has it; somebody had it
            had = await asyncio.gather(
                *(replicas[n % 3].hold("work", [0, 1], 2, f"{n} {at}", at, at + LASTS) for n in range(12))
            )
            assert sum(had) == 1
