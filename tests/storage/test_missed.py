"""What was missed, what is reported and what is void, on both engines."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, Table, select

from bot.cli.reports import gather
from bot.core.catalog import Catalog, Fact, Question
from bot.core.chat import Person
from bot.learning.quiz import asked_at
from bot.storage import reports, void
from bot.storage.learning import StoredLearning
from bot.storage.opening import open_store
from bot.storage.store import Store
from bot.storage.tables import answers, cards, learners, ledger, metadata
from tests.conftest import withdraw

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ADA = Person("test", "w", "ada", "Ada")
GRACE = Person("test", "w", "grace", "Grace")
CHANCES = itertools.count()


@pytest.fixture
def learning(store: Store, ai_engineer: Catalog) -> StoredLearning:
    return StoredLearning(store, ai_engineer)


@pytest.fixture
def bank(ai_engineer: Catalog) -> tuple[Question, ...]:
    return ai_engineer.bank


async def answer(
    learning: StoredLearning, question: Question, at: datetime, *, right: bool, person: Person = ADA
) -> None:
    await learning.answer(person, asked_at(at, next(CHANCES)), question, 0 if right else 1, at)


def everything(tx: Connection) -> dict[str, list[tuple[object, ...]]]:
    return {table.name: [tuple(row) for row in tx.execute(select(table))] for table in metadata.sorted_tables}


def held(tx: Connection, table: Table) -> int:
    return len(tx.execute(select(table)).all())


# ── missed ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_missed_is_what_was_answered_wrongly_last_the_longest_due_first(
    learning: StoredLearning, bank: tuple[Question, ...]
) -> None:
    a, b, c, d = bank[:4]
    assert await learning.missed(ADA, None) == ()
    for n, question in enumerate((b, a, c)):
        await answer(learning, question, NOW + n * MINUTE, right=False)
    await answer(learning, d, NOW, right=True)
    await answer(learning, d, NOW, right=False, person=GRACE)
    assert await learning.missed(ADA, None) == (b, a, c)
    await answer(learning, a, NOW + 5 * MINUTE, right=True)
    assert await learning.missed(ADA, None) == (b, c)
    await answer(learning, b, NOW + 6 * MINUTE, right=False)
    await answer(learning, d, NOW + 7 * MINUTE, right=False)
    assert await learning.missed(ADA, None) == (c, b, d)
    assert await learning.missed(GRACE, None) == (d,)


async def test_missed_can_be_kept_to_a_topic(
    learning: StoredLearning, bank: tuple[Question, ...], ai_engineer: Catalog
) -> None:
    on = next(q for q in bank if "python" in ai_engineer.get(q.fact, Fact).topics)
    off = next(q for q in bank if "python" not in ai_engineer.get(q.fact, Fact).topics)
    for question in (on, off):
        await answer(learning, question, NOW, right=False)
    assert await learning.missed(ADA, "python") == (on,)
    assert len(await learning.missed(ADA, None)) == 2


async def test_a_question_that_left_the_pack_is_missed_no_more(
    learning: StoredLearning, bank: tuple[Question, ...]
) -> None:
    await answer(learning, replace(bank[0], id="q-of-an-earlier-pack"), NOW, right=False)
    assert await learning.missed(ADA, None) == ()


async def test_what_was_right_today_rests_for_who_travels_west_too(
    learning: StoredLearning, bank: tuple[Question, ...]
) -> None:
    """Their day has the date of yesterday then, and no question may come twice in it."""
    late = NOW.replace(hour=16)  # the 24th in Tokyo, the 23rd in Los Angeles
    await learning.change(ADA, lambda habits, _: replace(habits, zone="Asia/Tokyo"), late)
    for question in bank:
        await answer(learning, question, late, right=True)
    await learning.change(ADA, lambda habits, _: replace(habits, zone="America/Los_Angeles"), late + MINUTE)
    assert await learning.next_question(ADA, None, late + 2 * MINUTE, "ada") is None


# ── reports ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_report_is_one_a_question_and_learner_and_a_second_one_replaces_its_words(
    learning: StoredLearning, store: Store, bank: tuple[Question, ...]
) -> None:
    a, b = bank[:2]
    await learning.report(ADA, a, "first", NOW)
    await learning.report(GRACE, b, "too easy", NOW + MINUTE)
    await learning.report(ADA, a, "second", NOW + 2 * MINUTE)
    await learning.report(ADA, b, "unclear", NOW + 3 * MINUTE)
    assert await store.read(reports.reported) == (
        reports.Reported(b.id, NOW + MINUTE, ("too easy", "unclear")),
        reports.Reported(a.id, NOW, ("second",)),
    )


async def test_an_author_reads_the_reports_while_the_bot_writes_them(url: str, ai_engineer: Catalog) -> None:
    async with open_store(url) as store:
        for n, question in enumerate(ai_engineer.bank[:2]):
            await StoredLearning(store, ai_engineer).report(ADA, question, "unclear", NOW + n * MINUTE)
            found = await gather(url, ai_engineer)
            assert [one.question for one in found] == list(ai_engineer.bank[: n + 1])


async def test_who_only_reports_is_a_learner_from_then_on(
    learning: StoredLearning, store: Store, bank: tuple[Question, ...]
) -> None:
    await learning.report(ADA, bank[0], "wrong", NOW)
    assert [await store.read(partial(held, table=table)) for table in (learners, answers)] == [1, 0]


# ── void ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_who_lost_by_a_void_question_is_set_right_and_nothing_else_changes(
    learning: StoredLearning, store: Store, ai_engineer: Catalog, bank: tuple[Question, ...]
) -> None:
    bad, good = bank[:2]
    for person in (ADA, GRACE):
        await answer(learning, bad, NOW, right=False, person=person)
        await answer(learning, good, NOW + MINUTE, right=False, person=person)
        await learning.report(person, bad, "two are right", NOW)
        await learning.report(person, good, "unclear", NOW)
    before = await store.read(everything)
    withdrawn = withdraw(ai_engineer, bad)

    assert await void.set_right(store, ai_engineer) == 0
    assert await store.read(everything) == before
    assert await void.set_right(store, withdrawn) == 2

    after = await store.read(everything)
    assert {name for name in before if before[name] != after[name]} == {"answers", "cards", "reports"}
    assert await store.read(
        lambda tx: tx.scalars(select(answers.c.right).where(answers.c.question == bad.id)).all()
    ) == [True, True]
    for name in ("cards", "reports"):
        assert after[name] == [row for row in before[name] if bad.id not in row]
        assert len(after[name]) == 2
    for person in (ADA, GRACE):
        assert await StoredLearning(store, withdrawn).missed(person, None) == (good,)

    assert await void.set_right(store, withdrawn) == 0
    assert await store.read(everything) == after


async def test_an_answer_to_a_void_question_counts_for_the_day_and_as_right_and_is_never_due(
    store: Store, ai_engineer: Catalog, bank: tuple[Question, ...]
) -> None:
    withdrawn = withdraw(ai_engineer, bank[0])
    learning, bad = StoredLearning(store, withdrawn), withdrawn.get(bank[0].id, Question)
    verdict = await learning.answer(ADA, asked_at(NOW, 1), bad, 2, NOW)
    assert (verdict.right, verdict.daily, verdict.standing.number) == (True, True, 1)
    again = await learning.answer(ADA, asked_at(NOW, 1), bad, 3, NOW + MINUTE)
    assert (again.right, again.again) == (True, True)
    assert await store.read(lambda tx: tx.scalars(select(answers.c.right)).all()) == [True]
    assert [await store.read(partial(held, table=table)) for table in (cards, ledger)] == [0, 1]


async def test_where_nothing_is_void_the_database_is_not_asked(ai_engineer: Catalog) -> None:
    never_opened = open_store("sqlite://")
    with pytest.raises(RuntimeError, match="not open"):
        await never_opened.run(lambda _: None)
    assert await void.set_right(never_opened, ai_engineer) == 0
