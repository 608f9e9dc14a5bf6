"""What learners did is counted once and outlives a restart, on both engines."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Table, func, select

from bot import content
from bot.core.catalog import Catalog, Question
from bot.core.chat import Person
from bot.learning.habits import Habits, Pause, Unwanted, choose_goal, choose_rest, pause
from bot.learning.ledger import Kind, Ledger
from bot.learning.quiz import asked_at
from bot.learning.streak import NoRepair, answered, count, settle
from bot.storage import upkeep
from bot.storage.learning import StoredLearning
from bot.storage.memory import MemoryStore
from bot.storage.opening import open_store
from bot.storage.store import Store
from bot.storage.tables import answers, cards, identities, learners, ledger

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ADA = Person("test", "w", "ada", "Ada")
GRACE = Person("test", "w", "grace", "Grace")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return content.load(content.find("ai-engineer"))


@pytest.fixture
def learning(store: Store, catalog: Catalog) -> StoredLearning:
    return StoredLearning(store, catalog)


async def rows(store: Store, table: Table) -> int:
    return await store.read(lambda tx: tx.scalar(select(func.count()).select_from(table)) or 0)


async def answer(learning: StoredLearning, person: Person, at: datetime, choice: int = 0, chance: int = 0) -> str:
    """Answer what comes next; the question's id."""
    question = await learning.next_question(person, None, at, person.user)
    assert question is not None
    await learning.answer(person, asked_at(at, chance), question, choice, at)
    return question.id


async def test_ten_clicks_on_one_button_count_once(learning: StoredLearning, store: Store, catalog: Catalog) -> None:
    question, asked = catalog.all(Question)[0], asked_at(NOW, 1)
    clicks = [learning.answer(ADA, asked, question, 0, NOW + timedelta(milliseconds=n)) for n in range(10)]
    verdicts = await asyncio.gather(*clicks)
    assert sorted(verdict.again for verdict in verdicts) == [False] + [True] * 9
    assert {(v.right, v.standing.number, v.daily) for v in verdicts} == {(True, 1, True)}
    assert [await rows(store, table) for table in (learners, identities, answers, cards, ledger)] == [1, 1, 1, 1, 1]


async def test_who_changes_their_mind_is_shown_what_counted(learning: StoredLearning, catalog: Catalog) -> None:
    question, asked = catalog.all(Question)[0], asked_at(NOW, 1)
    await learning.answer(ADA, asked, question, 2, NOW)
    second = await learning.answer(ADA, asked, question, 0, NOW + timedelta(seconds=1))
    assert (second.right, second.choice, second.again) == (False, 2, True)


async def test_two_answers_at_the_same_instant_are_one_day(
    learning: StoredLearning, store: Store, catalog: Catalog
) -> None:
    questions = catalog.all(Question)[:8]
    await asyncio.gather(*(learning.answer(ADA, asked_at(NOW, n), q, 0, NOW) for n, q in enumerate(questions)))
    standing, _ = await learning.standing(ADA, NOW)
    assert (standing.number, standing.total, standing.kept) == (1, 1, True)
    assert await rows(store, answers) == 8
    daily = await store.read(lambda tx: list(tx.scalars(select(answers.c.daily))))
    assert sum(daily) == 1


async def test_one_asking_counts_for_each_who_answers_it(learning: StoredLearning, catalog: Catalog) -> None:
    question, asked = catalog.all(Question)[0], asked_at(NOW, 1)
    for person, choice in ((ADA, 0), (GRACE, 1)):
        verdict = await learning.answer(person, asked, question, choice, NOW)
        assert (verdict.again, verdict.daily, verdict.choice) == (False, True, choice)


async def test_a_restart_keeps_everything(url: str, catalog: Catalog) -> None:
    async with open_store(url) as store:
        before = StoredLearning(store, catalog)
        for n in range(3):
            await answer(before, ADA, NOW + n * DAY)
        wishes: list[Callable[[Habits, date], Habits]] = [
            lambda h, today: choose_rest(h, {5, 6}, today),
            lambda h, today: choose_goal(h, 5, today),
            lambda h, today: pause(h, today + DAY, today + 5 * DAY, today),
            lambda h, _: replace(h, zone="Europe/Budapest", border=time(3)),
        ]
        for wish in wishes:
            habits = await before.change(ADA, wish, NOW + 2 * DAY)
        told = await before.explain(ADA, NOW + 2 * DAY, 7)
    async with open_store(url) as store:
        after = StoredLearning(store, catalog)
        assert await after.habits(ADA) == habits
        assert habits.pauses == (Pause(date(2026, 11, 26), date(2026, 11, 30)),)
        assert await after.explain(ADA, NOW + 2 * DAY, 7) == told
        assert (await after.standing(ADA, NOW + 2 * DAY))[0].days == 3


async def test_a_backup_carries_learners(fresh: Callable[[str], str], catalog: Catalog, tmp_path: Path) -> None:
    source, target, file = fresh("sqlite"), fresh("sqlite"), tmp_path / "backup"
    async with open_store(source) as store:
        await answer(StoredLearning(store, catalog), ADA, NOW)
    await upkeep.backup(source, file)
    await upkeep.restore(target, file, force=False)
    async with open_store(target) as store:
        assert (await StoredLearning(store, catalog).standing(ADA, NOW))[0].number == 1


async def test_old_habits_judge_the_days_before_they_change(learning: StoredLearning, store: Store) -> None:
    await answer(learning, ADA, NOW)
    later = NOW + 5 * DAY
    await learning.change(ADA, lambda h, _: replace(h, zone="Asia/Tokyo"), later)
    zones = await store.read(
        lambda tx: {row.kind: row.zone for row in tx.execute(select(ledger.c.kind, ledger.c.zone))}
    )
    assert zones == {Kind.ANSWERED: "UTC", Kind.MISSED: "UTC"}


async def test_a_wish_that_is_refused_changes_nothing(learning: StoredLearning, store: Store) -> None:
    with pytest.raises(Unwanted, match="at most 2"):
        await learning.change(ADA, lambda h, today: choose_rest(h, {1, 2, 3}, today), NOW)
    assert await rows(store, learners) == 0
    assert await learning.habits(ADA) == Habits()


async def test_a_broken_streak_is_repaired_once(learning: StoredLearning) -> None:
    for n in range(3):
        await answer(learning, ADA, NOW + n * DAY)
    later = NOW + 4 * DAY
    assert (await learning.standing(ADA, later))[0].number == 0
    mended = await asyncio.gather(*(learning.repair(ADA, later) for _ in range(2)), return_exceptions=True)
    assert sorted(isinstance(one, NoRepair) for one in mended) == [False, True]
    assert (await learning.standing(ADA, later))[0].number == 3


async def test_what_was_missed_comes_again_the_same_day_and_what_was_known_does_not(learning: StoredLearning) -> None:
    missed = await answer(learning, ADA, NOW, choice=1)
    at = NOW + timedelta(minutes=11)
    assert await answer(learning, ADA, at) == missed
    asked = {await answer(learning, ADA, at + timedelta(minutes=20 * n), chance=n) for n in range(1, 12)}
    assert len(asked) == 11
    assert missed not in asked


async def test_an_account_that_roams_is_one_learner_in_every_workspace(learning: StoredLearning, store: Store) -> None:
    first, second, alone = (replace(ADA, workspace=place, roams=True) for place in ("guild-1", "guild-2", ""))
    await answer(learning, first, NOW)
    await answer(learning, second, NOW + timedelta(seconds=1), chance=1)
    assert (await learning.standing(alone, NOW))[0].total == 1
    kept = await store.read(lambda tx: tx.execute(select(identities.c.workspace, identities.c.learner)).all())
    assert sorted(row.workspace for row in kept) == ["", "guild-1", "guild-2"]
    assert len({row.learner for row in kept}) == 1


async def test_the_name_is_the_last_one_given(learning: StoredLearning, store: Store) -> None:
    for n, name in enumerate(("Ada", "Ada L.", "")):
        await answer(learning, replace(ADA, name=name), NOW + timedelta(seconds=n), chance=n)
    assert await store.read(lambda tx: tx.execute(select(identities.c.name)).scalars().all()) == ["Ada L."]


def moved(habits: Habits, _today: date, zone: str) -> Habits:
    return replace(habits, zone=zone)


async def test_a_miss_just_before_a_journey_west_still_counts(
    learning: StoredLearning, store: Store, catalog: Catalog
) -> None:
    question, later = catalog.all(Question)[0], NOW + timedelta(minutes=15)
    for zone, at, choice in (("Pacific/Kiritimati", NOW, 1), ("Pacific/Honolulu", later, 0)):
        await learning.change(ADA, partial(moved, zone=zone), at)
        await learning.answer(ADA, asked_at(at, choice), question, choice, at)
    assert await store.read(lambda tx: tx.scalar(select(cards.c.due))) == later + timedelta(minutes=15)  # and not a day


async def test_the_stored_ledger_is_the_one_that_the_rules_make(catalog: Catalog) -> None:
    """Though not all of it is read each time: against the pure rules over everything, through a year of travel."""
    store, random = MemoryStore(), Random(7)  # noqa: S311 # a life, not a secret
    learning, habits, at = StoredLearning(store, catalog), Habits(), NOW
    expected: Ledger = ()
    for n in range(400):
        at += timedelta(hours=random.choice([1, 2, 5, 11, 20, 24, 30, 40]))
        if random.random() < 0.1:
            zone = random.choice(["Asia/Tokyo", "America/Los_Angeles", "Europe/Berlin", "Pacific/Kiritimati", "UTC"])
            expected = (*expected, *settle(expected, habits, at))
            habits = replace(habits, zone=zone)
            await learning.change(ADA, partial(moved, zone=zone), at)
        await answer(learning, ADA, at, choice=random.randrange(4), chance=n)
        expected = (*expected, *answered(expected, habits, at))
        assert (await learning.standing(ADA, at))[0] == count(expected, habits, at)
    rows = await store.read(lambda tx: tx.execute(select(ledger).order_by(ledger.c.position)).all())
    assert [(row.day, row.kind, row.zone, row.cause, row.at) for row in rows] == [
        (one.day, one.kind.value, one.zone, one.cause, one.at) for one in expected
    ]
    assert len({one.kind for one in expected}) >= 5
