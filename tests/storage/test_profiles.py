"""The zones of profiles, and what an admin may mend: in the store, on both engines."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Column, Table, select

from bot import content
from bot.core.catalog import Catalog, Question
from bot.core.chat import Person
from bot.learning.habits import choose_rest
from bot.learning.ledger import Kind
from bot.learning.quiz import asked_at
from bot.learning.streak import NoRepair
from bot.storage.learning import StoredLearning
from bot.storage.store import Store
from bot.storage.tables import learners, ledger, preferences
from tests.life import Known

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ADA = Person("slack", "T1", "ada", "Ada")
GRACE = Person("slack", "T1", "grace", "Grace")
ROAMING = Person("discord", "guild-1", "ada", "Ada", roams=True)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return content.load(content.find("ai-engineer"))


@pytest.fixture
def known() -> Known:
    return Known()


@pytest.fixture
def learning(store: Store, catalog: Catalog, known: Known) -> StoredLearning:
    return StoredLearning(store, catalog, known)


async def answer(learning: StoredLearning, person: Person, at: datetime) -> None:
    question = await learning.next_question(person, None, at, person.user)
    assert question is not None
    await learning.answer(person, asked_at(at, 0), question, 0, at)


async def broken(learning: StoredLearning, person: Person) -> datetime:
    """Three days answered, then two missed; the moment after."""
    for n in range(3):
        await answer(learning, person, NOW + n * DAY)
    return NOW + 5 * DAY


async def kept(store: Store, *columns: Column[Any] | Table) -> list[tuple[Any, ...]]:
    return await store.read(lambda tx: [tuple(row) for row in tx.execute(select(*columns))])


async def test_the_zone_of_a_profile_is_kept_once_though_many_answers_come_at_once(
    learning: StoredLearning, store: Store, catalog: Catalog, known: Known
) -> None:
    known.zones["ada"] = "Asia/Tokyo"
    questions = catalog.all(Question)[:6]
    await asyncio.gather(*(learning.answer(ADA, asked_at(NOW, n), q, 0, NOW) for n, q in enumerate(questions)))
    assert await kept(store, preferences.c.zone) == [("Asia/Tokyo",)]
    assert (await learning.standing(ADA, NOW))[0].total == 1


async def test_looking_keeps_nothing(learning: StoredLearning, store: Store, known: Known) -> None:
    known.zones["ada"] = "Asia/Tokyo"
    assert (await learning.habits(ADA)).zone == (await learning.standing(ADA, NOW))[1].zone == "Asia/Tokyo"
    with pytest.raises(NoRepair):
        await learning.repair(ADA, NOW)
    assert await kept(store, learners.c.learner) == await kept(store, preferences.c.learner) == []


async def test_days_that_are_over_are_judged_before_the_zone_of_a_profile_holds(
    learning: StoredLearning, store: Store, known: Known
) -> None:
    await answer(learning, ADA, NOW)
    known.zones["ada"] = "Asia/Tokyo"
    await answer(learning, ADA, NOW + 5 * DAY)
    rows = await kept(store, ledger.c.kind, ledger.c.zone, ledger.c.position)
    assert sorted(rows, key=lambda row: int(row[2])) == [
        (Kind.ANSWERED, "UTC", 0),
        (Kind.MISSED, "UTC", 1),
        (Kind.ANSWERED, "Asia/Tokyo", 2),
    ]


async def test_a_wish_is_kept_with_the_zone_of_the_profile(
    learning: StoredLearning, store: Store, known: Known
) -> None:
    known.zones["ada"] = "Asia/Tokyo"
    await learning.change(ADA, lambda habits, today: choose_rest(habits, {6}, today), NOW)
    habits = await learning.habits(ADA)
    assert (habits.zone, habits.rest[-1][1]) == ("Asia/Tokyo", frozenset({6}))
    known.zones["ada"] = "Europe/Berlin"
    await answer(learning, ADA, NOW)
    assert await kept(store, preferences.c.zone) == [("Asia/Tokyo",)]


async def test_an_admins_reason_is_kept_with_each_day_and_only_once(learning: StoredLearning, store: Store) -> None:
    later = await broken(learning, ADA)
    done = await learning.mend(GRACE, "ada", "an outage", later)
    assert done is not None
    assert (done[0], done[1].number) == ("Ada", 3)
    with pytest.raises(NoRepair):
        await learning.mend(GRACE, "ada", "an outage", later)
    causes = [cause for kind, cause in await kept(store, ledger.c.kind, ledger.c.cause) if kind == Kind.REPAIRED]
    assert causes == ["repaired by an admin: an outage"] * 2


@pytest.mark.parametrize(
    "admin",
    [
        replace(GRACE, workspace="T2"),
        replace(GRACE, platform="discord"),
        Person("discord", "guild-2", "grace", roams=True),
        Person("discord", "", "grace", roams=True),
    ],
    ids=["another team", "another platform", "another server", "no server"],
)
async def test_an_admin_reaches_nobody_who_only_learns_elsewhere(
    learning: StoredLearning, store: Store, admin: Person
) -> None:
    for person in (ADA, ROAMING):
        later = await broken(learning, person)
    before = await kept(store, ledger)
    assert await learning.mend(admin, "ada", "an outage", later) is None
    assert await kept(store, ledger) == before


async def test_an_admin_of_a_server_reaches_who_learns_there(learning: StoredLearning) -> None:
    later = await broken(learning, ROAMING)
    done = await learning.mend(Person("discord", "guild-1", "grace", roams=True), "ada", "an outage", later)
    assert done is not None
    assert (await learning.standing(replace(ROAMING, workspace=""), later))[0].number == 3
