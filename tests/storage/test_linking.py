"""Two accounts become one learner, wholly or not at all, on both engines."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random

import pytest
from sqlalchemy import Connection, Table, insert, select

from bot.core.catalog import Catalog, Question
from bot.core.chat import Person
from bot.learning import streak
from bot.learning.explain import explain
from bot.learning.habits import choose_rest
from bot.learning.ledger import Kind
from bot.learning.linking import LIFE, MAX_TRIES, TRIES_FOR, Account, Joined, Refused, Why, spell
from bot.learning.quiz import asked_at
from bot.storage.leaderboard import StoredLeaderboards
from bot.storage.learners import append, hhmm, make, wishes_row
from bot.storage.learning import StoredLearning
from bot.storage.linking import StoredLinking
from bot.storage.store import Store
from bot.storage.tables import (
    answers,
    cards,
    codes,
    identities,
    learners,
    ledger,
    metadata,
    preferences,
    reminders,
    reports,
    tries,
    unlisted,
)
from tests.learning.lives import HOUR, Life

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
ADA = Person("slack", "T1", "U1", "ada.l")
ADA_TOO = Person("discord", "guild-7", "42", "Ada", roams=True)
GRACE = Person("slack", "T1", "U2", "grace")
CODE, OTHER = "7KQ4-M2XD", "0000-0000"


@pytest.fixture
def learning(store: Store, ai_engineer: Catalog) -> StoredLearning:
    return StoredLearning(store, ai_engineer)


@pytest.fixture
def linking(store: Store) -> StoredLinking:
    return StoredLinking(store)


async def answer(learning: StoredLearning, person: Person, at: datetime, chance: int = 0, choice: int = 0) -> str:
    """Answer what comes next; the question's id."""
    question = await learning.next_question(person, None, at, person.user)
    assert question is not None
    await learning.answer(person, asked_at(at, chance), question, choice, at)
    return question.id


async def joined(linking: StoredLinking, one: Person, other: Person, now: datetime = NOW) -> Joined:
    await linking.offer(one, CODE, now)
    outcome = await linking.join(other, CODE, now)
    assert isinstance(outcome, Joined)
    return outcome


def why(outcome: Joined | Refused) -> Why | None:
    return outcome.why if isinstance(outcome, Refused) else None


async def rows(store: Store, table: Table) -> list[tuple[object, ...]]:
    return await store.read(lambda tx: [tuple(row) for row in tx.execute(select(table))])


# ── codes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_only_the_digest_of_a_code_is_kept_and_a_new_one_replaces_it(
    linking: StoredLinking, store: Store
) -> None:
    await linking.offer(ADA, OTHER, NOW)
    await linking.offer(ADA, CODE, NOW)
    ((digest, _, made),) = await rows(store, codes)
    assert (len(str(digest)), made) == (64, NOW)
    assert CODE not in str([await rows(store, table) for table in metadata.sorted_tables])
    assert why(await linking.join(ADA_TOO, OTHER, NOW)) is Why.UNKNOWN
    assert why(await linking.join(ADA_TOO, CODE, NOW)) is None


async def test_a_code_works_until_its_ten_minutes_are_over_and_not_at_their_end(linking: StoredLinking) -> None:
    await linking.offer(ADA, CODE, NOW)
    assert why(await linking.join(ADA_TOO, CODE, NOW + LIFE)) is Why.UNKNOWN
    await linking.offer(ADA, CODE, NOW)
    assert why(await linking.join(ADA_TOO, CODE, NOW + LIFE - TICK)) is None
    assert timedelta(minutes=10) == LIFE


async def test_what_nobody_can_use_any_more_is_not_kept(linking: StoredLinking, store: Store) -> None:
    await linking.offer(ADA, CODE, NOW)
    await linking.join(GRACE, OTHER, NOW)
    assert [len(await rows(store, table)) for table in (codes, tries)] == [1, 1]
    await linking.join(ADA_TOO, OTHER, NOW + TRIES_FOR)
    assert await rows(store, codes) == []
    assert await rows(store, tries) == [("discord", "", "42", 1, NOW + TRIES_FOR)]


async def test_two_uses_of_one_code_at_the_same_instant_join_one(linking: StoredLinking, store: Store) -> None:
    for n in range(8):
        makers = [replace(ADA, user=f"maker-{n}"), *(replace(GRACE, user=f"user-{n}-{one}") for one in range(3))]
        await linking.offer(makers[0], CODE, NOW)
        outcomes = await asyncio.gather(*(linking.join(one, CODE, NOW) for one in makers[1:]))
        assert sorted(str(why(one)) for one in outcomes) == ["None", "Why.UNKNOWN", "Why.UNKNOWN"]
    assert await rows(store, codes) == []
    assert len(await rows(store, learners)) == 8  # who was refused is no learner for it


async def test_a_code_of_ones_own_joins_nothing_and_is_used_up(linking: StoredLinking) -> None:
    await linking.offer(ADA, CODE, NOW)
    own = await linking.join(ADA, CODE, NOW)
    assert isinstance(own, Refused)
    assert (own.why, own.accounts) == (Why.OWN, (Account("slack", "ada.l"),))
    assert why(await linking.join(ADA_TOO, CODE, NOW)) is Why.UNKNOWN
    await joined(linking, ADA, ADA_TOO)
    await linking.offer(ADA, CODE, NOW)
    again = await linking.join(ADA_TOO, CODE, NOW)
    assert isinstance(again, Refused)
    assert (again.why, len(again.accounts)) == (Why.OWN, 2)


async def test_a_sixth_wrong_code_within_an_hour_is_not_looked_at(linking: StoredLinking) -> None:
    await linking.offer(ADA, CODE, NOW + TRIES_FOR - TICK)
    for n in range(MAX_TRIES):
        assert why(await linking.join(ADA_TOO, spell(n), NOW + n * timedelta(minutes=1))) is Why.UNKNOWN
    for code in (OTHER, CODE):
        sixth = await linking.join(ADA_TOO, code, NOW + TRIES_FOR - TICK)
        assert isinstance(sixth, Refused)
        assert (sixth.why, sixth.until) == (Why.TOO_OFTEN, NOW + TRIES_FOR)
    assert why(await linking.join(GRACE, OTHER, NOW)) is Why.UNKNOWN  # each account has tries of its own
    assert why(await linking.join(ADA_TOO, CODE, NOW + TRIES_FOR)) is None


async def test_a_code_of_ones_own_clears_no_wrong_ones(linking: StoredLinking) -> None:
    for n in range(MAX_TRIES):
        assert why(await linking.join(ADA, spell(n), NOW)) is Why.UNKNOWN
        if n < MAX_TRIES - 1:
            await linking.offer(ADA, CODE, NOW)
            assert why(await linking.join(ADA, CODE, NOW)) is Why.OWN
    assert why(await linking.join(ADA, OTHER, NOW)) is Why.TOO_OFTEN


async def test_wrong_codes_from_every_server_count_for_one_account_that_roams(linking: StoredLinking) -> None:
    places = [replace(ADA_TOO, workspace=f"guild-{n}") for n in range(MAX_TRIES + 1)]
    outcomes = [await linking.join(one, OTHER, NOW) for one in places]
    assert [why(one) for one in outcomes] == [Why.UNKNOWN] * MAX_TRIES + [Why.TOO_OFTEN]


async def test_wrong_codes_at_the_same_instant_are_all_counted(linking: StoredLinking) -> None:
    outcomes = await asyncio.gather(*(linking.join(ADA, spell(n), NOW) for n in range(2 * MAX_TRIES)))
    assert sorted(str(why(one)) for one in outcomes) == ["Why.TOO_OFTEN"] * MAX_TRIES + ["Why.UNKNOWN"] * MAX_TRIES


async def test_a_wrong_code_leaves_no_learner(linking: StoredLinking, store: Store) -> None:
    await linking.join(ADA, OTHER, NOW)
    assert await rows(store, learners) == []


# ── one learner of two ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_both_accounts_have_one_streak_one_history_and_the_same_next_question(
    linking: StoredLinking, learning: StoredLearning, store: Store
) -> None:
    for n in range(3):
        await answer(learning, ADA, NOW - (5 - n) * DAY, n)
    for n in range(3):
        await answer(learning, ADA_TOO, NOW - (2 - n) * DAY, n)
    outcome = await joined(linking, ADA, ADA_TOO)
    assert (outcome.standing.days, outcome.standing.total, outcome.changed) == (6, 6, False)
    assert outcome.accounts == (Account("discord", "Ada"), Account("slack", "ada.l"))
    assert await learning.standing(ADA, NOW) == await learning.standing(ADA_TOO, NOW)
    assert (await learning.standing(ADA, NOW))[0] == outcome.standing
    assert await learning.next_question(ADA, None, NOW, "x") == await learning.next_question(ADA_TOO, None, NOW, "x")
    assert [len(await rows(store, table)) for table in (learners, identities, answers)] == [1, 3, 6]
    ((_, since),) = await rows(store, learners)
    assert since == NOW - 5 * DAY


async def test_a_new_account_brings_nothing_and_has_everything(
    linking: StoredLinking, learning: StoredLearning
) -> None:
    await answer(learning, ADA, NOW)
    await learning.change(ADA, lambda h, _: replace(h, zone="Europe/Berlin"), NOW)
    for maker, user in ((ADA, ADA_TOO), (GRACE, ADA)):
        outcome = await joined(linking, maker, user)
        assert (outcome.standing.days, outcome.habits.zone, outcome.changed) == (1, "Europe/Berlin", False)
        for person in (maker, user):
            assert (await learning.standing(person, NOW))[0].days == 1


async def test_after_linking_answers_from_both_at_the_same_instant_are_one_day(
    linking: StoredLinking, learning: StoredLearning, store: Store, ai_engineer: Catalog
) -> None:
    await joined(linking, ADA, ADA_TOO)
    questions = ai_engineer.all(Question)
    both = ((person, n) for n, person in enumerate((ADA, ADA_TOO) * 3))
    verdicts = await asyncio.gather(*(learning.answer(p, asked_at(NOW, n), questions[n], 0, NOW) for p, n in both))
    assert {verdict.standing.number for verdict in verdicts} == {1}
    assert sum(verdict.daily for verdict in verdicts) == 1
    kinds = await store.read(lambda tx: list(tx.scalars(select(ledger.c.kind))))
    assert kinds.count(Kind.ANSWERED) == 1


async def test_what_both_answered_counts_as_it_was_answered_first(
    linking: StoredLinking, learning: StoredLearning, store: Store, ai_engineer: Catalog
) -> None:
    for number, first, second in ((0, ADA, ADA_TOO), (1, ADA_TOO, ADA)):
        question, asked = ai_engineer.all(Question)[number], asked_at(NOW, number)
        await learning.answer(first, asked, question, 1, NOW)
        await learning.answer(second, asked, question, 0, NOW + timedelta(seconds=1))
    await joined(linking, ADA, ADA_TOO, NOW + HOUR)
    kept = await store.read(lambda tx: tx.execute(select(answers.c.choice, answers.c.at)).all())
    assert [tuple(row) for row in kept] == [(1, NOW), (1, NOW)]


async def test_of_two_cards_the_one_that_was_seen_last_is_kept(
    linking: StoredLinking, learning: StoredLearning, store: Store, ai_engineer: Catalog
) -> None:
    for number, first, second in ((0, ADA, ADA_TOO), (1, ADA_TOO, ADA)):
        question = ai_engineer.all(Question)[number]
        await learning.answer(first, asked_at(NOW, number), question, 0, NOW)
        await learning.answer(second, asked_at(NOW, 7), question, 0, NOW + DAY)
    last = await store.read(
        lambda tx: set(tx.scalars(select(cards.c.due).where(cards.c.last_day == date(2026, 11, 24))))
    )
    await joined(linking, ADA, ADA_TOO, NOW + DAY)
    kept = await store.read(lambda tx: tx.execute(select(cards.c.last_day, cards.c.due)).all())
    assert [row.last_day for row in kept] == [date(2026, 11, 24)] * 2
    assert {row.due for row in kept} == last


def fill(tx: Connection, person: Person, learner: str, at: datetime) -> None:
    """A row in every table that knows a learner and that answers and settings leave empty."""
    tx.execute(insert(reports), {"learner": learner, "question": "q", "at": at, "said": person.user})
    tx.execute(insert(unlisted), {"learner": learner})
    account = {"platform": person.platform, "workspace": person.workspace, "user": person.user}
    tx.execute(insert(reminders), {"learner": learner, **account, "hours": 2, "next": at})


async def test_every_table_is_moved_without_a_clash_and_nothing_names_who_is_gone(
    linking: StoredLinking, learning: StoredLearning, store: Store, ai_engineer: Catalog
) -> None:
    before: set[str] = set()
    for n, person in enumerate((ADA, ADA_TOO, GRACE)):
        await learning.answer(person, asked_at(NOW, 1), ai_engineer.all(Question)[0], 0, NOW + n * HOUR)
        await learning.change(person, lambda habits, today: choose_rest(habits, {6}, today), NOW + n * HOUR)
        learner = (await store.read(partial(_known, person=person))) or ""
        before.add(learner)
        await store.run(partial(fill, person=person, learner=learner, at=NOW + n * HOUR))
    await linking.offer(ADA_TOO, OTHER, NOW + 3 * HOUR)
    await linking.offer(GRACE, spell(1), NOW + 3 * HOUR)
    await joined(linking, ADA, ADA_TOO, NOW + 3 * HOUR)
    known = {str(row[0]) for row in await rows(store, learners)}
    assert len(before) == 3
    assert len(known) == 2
    (gone,) = before - known
    for table in metadata.sorted_tables:
        if "learner" not in table.c:
            continue
        owners = [row[list(table.c.keys()).index("learner")] for row in await rows(store, table)]
        assert gone not in owners, table.name
        grace = await store.read(partial(_known, person=GRACE))
        assert set(owners) == ({grace} if table is codes else known), table.name
    assert {row[3] for row in await rows(store, reports)} == {"42", "U2"}  # the later word of two


def _known(tx: Connection, person: Person) -> str | None:
    return tx.scalar(select(identities.c.learner).where(identities.c.user == person.user))


async def test_who_was_hidden_in_one_account_stays_hidden(linking: StoredLinking, store: Store) -> None:
    for hidden, other in ((ADA, ADA_TOO), (replace(ADA_TOO, user="43"), replace(ADA, user="U3"))):
        await StoredLeaderboards(store).show(hidden, NOW, listed=False)
        await joined(linking, hidden, other)
    assert {row[0] for row in await rows(store, unlisted)} == {row[0] for row in await rows(store, learners)}


async def test_answers_that_are_on_their_way_during_a_join_are_neither_lost_nor_refused(
    linking: StoredLinking, learning: StoredLearning, store: Store, ai_engineer: Catalog
) -> None:
    question = ai_engineer.all(Question)[0]
    for n in range(10):
        one, other = replace(ADA, user=f"s{n}"), replace(ADA_TOO, user=f"d{n}")
        for person in (one, other):
            await answer(learning, person, NOW, 2 * n)
        await linking.offer(one, CODE, NOW + HOUR)
        late = [
            learning.answer(p, asked_at(NOW + HOUR, 9 + k), question, 0, NOW + HOUR)
            for k, p in enumerate((one, other) * 2)
        ]
        outcome, _ = await asyncio.gather(linking.join(other, CODE, NOW + HOUR), asyncio.gather(*late))
        assert why(outcome) is None
        assert await learning.standing(one, NOW + HOUR) == await learning.standing(other, NOW + HOUR)
    assert len(await rows(store, learners)) == 10
    assert len(await rows(store, answers)) == 50  # of the two first answers to one asking, the earlier


@pytest.mark.parametrize("later", [ADA, ADA_TOO])
async def test_the_last_answer_of_the_two_starts_the_36_hours_of_a_journey(
    linking: StoredLinking, learning: StoredLearning, ai_engineer: Catalog, later: Person
) -> None:
    question = ai_engineer.all(Question)[0]
    for n, (person, hours) in enumerate(((ADA, 0), (ADA_TOO, 0), (ADA, 1), (ADA_TOO, 1), (later, 10))):
        await learning.answer(person, asked_at(NOW, n), question, 0, NOW + hours * HOUR)
    await joined(linking, ADA, ADA_TOO, NOW + 12 * HOUR)
    await learning.change(ADA, lambda habits, _: replace(habits, zone="Europe/Berlin"), NOW + 40 * HOUR)
    verdict = await learning.answer(ADA, asked_at(NOW, 9), question, 0, NOW + 45 * HOUR)
    assert verdict.standing.number == 2


# ── the streak ────────────────────────────────────────────────────────────────────────────────────────────────────────


def put(tx: Connection, person: Person, life: Life) -> None:
    """Keep a life as though it had been lived here."""
    learner, _ = make(tx, person, NOW)
    append(tx, learner, 0, life.ledger)
    row = {"zone": life.habits.zone, "border": hhmm(life.habits.border), "wishes": wishes_row(life.habits)}
    tx.execute(insert(preferences), {"learner": learner, **row})


def two_lives(seed: int) -> tuple[Life, Life]:
    source = Random(seed)  # noqa: S311 # lives, not secrets
    one = Life.begin(source)
    other = replace(Life.begin(source), now=one.now + HOUR * source.uniform(-200, 200))
    for life in (one, other):
        life.childhood()
        for _ in range(source.randint(1, 20)):
            life.step()
    return one, other


async def test_stored_lives_are_joined_as_the_rules_join_them_whoever_made_the_code(
    linking: StoredLinking, learning: StoredLearning, store: Store
) -> None:
    for seed in range(40):
        one, other = two_lives(seed)
        now = max(one.now, other.now)
        whole = streak.merge((one.ledger, one.habits), (other.ledger, other.habits), now)
        outcomes = []
        for side in range(2):
            people = [replace(person, user=f"{seed}-{side}") for person in (ADA, ADA_TOO)]
            for person, life in zip(people, (one, other), strict=True):
                await store.run(partial(put, person=person, life=life))
            outcomes.append(await joined(linking, people[side], people[1 - side], now))
            for person in people:
                assert await learning.standing(person, now) == (outcomes[-1].standing, outcomes[-1].habits), seed
            told = await learning.explain(people[0], now + DAY, 30)
            assert told == explain(whole, outcomes[-1].habits, now + DAY, last_days=30), seed
        first, second = outcomes
        assert (first.standing, first.habits, first.changed) == (second.standing, second.habits, second.changed), seed
        assert first.standing == streak.count(whole, first.habits, now), seed
        for life in (one, other):
            alone = streak.count(life.ledger, life.habits, now)
            assert first.standing.days >= alone.days, seed
            assert first.standing.longest >= alone.longest, seed
            assert first.standing.total >= alone.total, seed
            if first.standing.goal and alone.goal:
                assert first.standing.weeks >= alone.weeks, seed


async def test_life_goes_on_after_a_join_as_the_rules_say(
    linking: StoredLinking, learning: StoredLearning, store: Store, ai_engineer: Catalog
) -> None:
    question = ai_engineer.all(Question)[0]
    for seed in range(40, 60):
        one, other = two_lives(seed)
        now = max(one.now, other.now)
        people = [replace(person, user=f"{seed}") for person in (ADA, ADA_TOO)]
        for person, life in zip(people, (one, other), strict=True):
            await store.run(partial(put, person=person, life=life))
        habits = (await joined(linking, people[0], people[1], now)).habits
        days = streak.merge((one.ledger, one.habits), (other.ledger, other.habits), now)
        for n, hours in enumerate((1, 20, 30, 50, 20)):
            now += hours * HOUR
            days += streak.answered(days, habits, now)
            verdict = await learning.answer(people[n % 2], asked_at(now, n), question, 0, now)
            assert verdict.standing == streak.count(days, habits, now), (seed, n)
