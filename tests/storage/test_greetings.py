"""Everybody is greeted once, by one replica."""

import asyncio
from datetime import UTC, datetime

from bot.core.chat import Person
from bot.storage.greetings import StoredGreetings
from bot.storage.privacy import StoredPrivacy
from bot.storage.store import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADA, ELSEWHERE = Person("slack", "t1", "U1"), Person("slack", "t2", "U1")


async def test_one_of_several_replicas_greets(store: Store) -> None:
    replicas = [StoredGreetings(store) for _ in range(4)]
    assert sum(await asyncio.gather(*(replica.first(ADA, NOW) for replica in replicas))) == 1
    assert not any([await replica.first(ADA, NOW) for replica in replicas])
    assert await replicas[0].first(ELSEWHERE, NOW)


async def test_who_roams_is_greeted_in_one_place(store: Store) -> None:
    greetings = StoredGreetings(store)
    assert await greetings.first(Person("discord", "g1", "1", roams=True), NOW)
    assert not await greetings.first(Person("discord", "g2", "1", roams=True), NOW)


async def test_it_is_forgotten_with_the_rest(store: Store) -> None:
    await StoredGreetings(store).first(ADA, NOW)
    assert await StoredPrivacy(store).counted(ADA) == {"greeted": 1}
    assert await StoredPrivacy(store).forget(ADA) == 1
    assert await StoredGreetings(store).first(ADA, NOW)
