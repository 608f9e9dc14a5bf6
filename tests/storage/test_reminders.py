"""Reminders: put into the outbox only for who asked, once a day, and only while the day is open."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.core.catalog import Catalog, Question
from bot.core.chat import Person
from bot.learning.quiz import asked_at
from bot.storage.learning import StoredLearning
from bot.storage.opening import open_store
from bot.storage.reminders import StoredReminders
from bot.storage.store import Store
from bot.storage.tables import deliveries, learners, reminders

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ADA = Person("discord", "guild", "ada", "Ada", roams=True)


@dataclass
class Scene:
    store: Store
    catalog: Catalog
    reminders: StoredReminders
    learning: StoredLearning

    async def answer(self, at: datetime) -> None:
        await self.learning.answer(ADA, asked_at(at, 1), self.catalog.all(Question)[0], 0, at)

    async def put(self) -> list[tuple[str, datetime, datetime]]:
        """All that was ever put into the outbox: to whom, when, until when."""
        rows = await self.store.read(lambda tx: tx.execute(select(deliveries).order_by(deliveries.c.due)).all())
        return [(row.user, row.due, row.until) for row in rows]


@pytest.fixture
async def scene(url: str, ai_engineer: Catalog) -> AsyncIterator[Scene]:
    async with open_store(url) as store:
        yield Scene(store, ai_engineer, StoredReminders(store), StoredLearning(store, ai_engineer))


async def test_it_comes_some_hours_before_the_day_ends_and_once_a_day(scene: Scene) -> None:
    assert await scene.reminders.choose(ADA, 3, NINE) == NINE + 12 * HOUR
    for hours in (0, 11, 12, 12.5, 14, 15, 35):
        await scene.reminders.tick(NINE + hours * HOUR)
    assert await scene.put() == [("ada", NINE + 12 * HOUR, NINE + 15 * HOUR)]
    await scene.reminders.tick(NINE + 36 * HOUR)
    assert len(await scene.put()) == 2


async def test_it_does_not_come_on_a_day_that_is_kept(scene: Scene) -> None:
    await scene.reminders.choose(ADA, 3, NINE)
    await scene.answer(NINE + HOUR)
    await scene.reminders.tick(NINE + 12 * HOUR)
    assert await scene.put() == []
    await scene.reminders.tick(NINE + 36 * HOUR)
    assert len(await scene.put()) == 1


async def test_one_of_a_day_that_is_over_is_left_out(scene: Scene) -> None:
    """Nobody was here for two days."""
    await scene.reminders.choose(ADA, 3, NINE)
    await scene.reminders.tick(NINE + 2 * DAY)
    assert await scene.put() == []
    await scene.reminders.tick(NINE + 2 * DAY + 12 * HOUR)
    assert len(await scene.put()) == 1


async def test_who_changes_their_mind_gets_the_last_and_who_stops_gets_none(scene: Scene) -> None:
    await scene.reminders.choose(ADA, 3, NINE)
    assert await scene.reminders.choose(ADA, 8, NINE) == NINE + 7 * HOUR
    assert await scene.reminders.chosen(ADA) == 8
    assert await scene.reminders.choose(ADA, 0, NINE) is None
    assert await scene.reminders.chosen(ADA) == 0
    await scene.reminders.tick(NINE + DAY)
    assert await scene.put() == []


async def test_who_only_says_no_becomes_no_learner(scene: Scene) -> None:
    assert await scene.reminders.choose(ADA, 0, NINE) is None
    assert await scene.store.read(lambda tx: tx.execute(select(learners)).all()) == []


async def test_many_are_looked_at_a_few_at_a_time(scene: Scene) -> None:
    for number in range(120):
        await scene.reminders.choose(Person("slack", "T1", f"U{number}"), 1, NINE)
    await scene.reminders.tick(NINE + 14 * HOUR)
    assert len({user for user, _, _ in await scene.put()}) == 120
    later = await scene.store.read(lambda tx: set(tx.scalars(select(reminders.c.next))))
    assert later == {NINE + 14 * HOUR + DAY}
