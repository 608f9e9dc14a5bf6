"""Learners in the store: their questions, answers, streaks and habits. Each function is one whole transaction.

A change of zone, border or wish settles the days that are over by the old habits first; a day is never judged anew.
Who has chosen nothing has no row of preferences. They are looked at in the zone of their profile (`Person.zone`), and
it becomes theirs with the first thing that they do.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from fsrs import Rating
from sqlalchemy import Connection, and_, bindparam, func, insert, select, update

from bot.core.catalog import Catalog, Question
from bot.core.chat import Person
from bot.core.days import utc
from bot.core.ports import Profiles
from bot.learning import quiz
from bot.learning.explain import Told, explain
from bot.learning.habits import Habits
from bot.learning.ledger import Kind
from bot.learning.port import Verdict
from bot.learning.streak import Standing, answered, count, repair, settle
from bot.storage import reminders
from bot.storage.judged import Judged
from bot.storage.learners import (
    ENTRY,
    KNOWN,
    MINE,
    adopt,
    append,
    entry_row,
    find,
    habits_row,
    is_account,
    keep,
    make,
    read,
    who,
)
from bot.storage.missed import missed
from bot.storage.reports import report
from bot.storage.statements import Write, by, given, row, the
from bot.storage.store import Store
from bot.storage.tables import answers, cards, identities, preferences

_NEW_DAY = frozenset({Kind.ANSWERED, Kind.SOON})


# ── statements ────────────────────────────────────────────────────────────────────────────────────────────────────────


_QUESTIONS = select(cards.c.question, cards.c.due, cards.c.last_day).where(by(cards, "learner"))
#: From a day on: who travelled west has days behind them that are still to come here.
_RIGHT_FROM = select(answers.c.question).where(
    by(answers, "learner"), answers.c.day >= bindparam("the_day"), answers.c.right
)
_EARLIER = answers.alias("earlier")
_MISSED_ON = select(func.max(_EARLIER.c.day)).where(
    _EARLIER.c.learner == MINE, _EARLIER.c.day >= bindparam("the_day"), by(_EARLIER, "question"),
    ~_EARLIER.c.right,
)  # fmt: skip
#: All that an answer is judged by: the learner and their days; how this asking was answered before; the card of the
#: question; and the last day, from one on, on which it was missed.
_JUDGED_BY = (
    KNOWN.add_columns(answers.c.question, answers.c.choice, answers.c.daily, cards.c.card)
    .add_columns(_MISSED_ON.scalar_subquery().label("missed"))
    .outerjoin(answers, and_(answers.c.learner == MINE, by(answers, "asked")))
    .outerjoin(cards, and_(cards.c.learner == MINE, by(cards, "question")))
)
_ANSWER, _NEW_CARD = insert(answers).values(given(answers)), insert(cards).values(given(cards))
_REVIEW = (
    update(cards)
    .where(*(cards.c[name] == value for name, value in given(cards, "learner", "question").items()))
    .values(given(cards, "card", "due", "last_day"))
)


# ── the quiz ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def next_question(
    tx: Connection, catalog: Catalog, person: Person, topic: str | None, now: datetime, seed: str
) -> Question | None:
    learner = find(tx, person, days=False)
    rows = tx.execute(_QUESTIONS, the(learner=learner.id))
    known = {row.question: quiz.Known(row.due, row.last_day) for row in rows}
    right = tx.scalars(_RIGHT_FROM, the(learner=learner.id, day=learner.habits.calendar.day(now)))
    return quiz.choose(catalog, topic, known, set(right), utc(now), seed)


def answer(
    catalog: Catalog, person: Person, asked: str, question: Question, choice: int, now: datetime
) -> Judged[Verdict]:
    """Count an answer: the answer itself, the day and what it settles, and the card; or show how it went before."""
    now = utc(now)
    lately = now.date() - timedelta(days=1)  # nowhere is it later than a day behind UTC

    def judge(tx: Connection, rows: Sequence[Any]) -> tuple[Verdict, list[Write]]:
        learner, known = keep(tx, person, read(rows, person), now)
        before = rows[0] if rows else None
        if before is not None and before.question is not None:
            shown = catalog.find(before.question, Question) or question
            stands = count(known.ledger, known.habits, now)
            return Verdict(shown, before.choice, before.daily, True, 0, stands, known.habits, not known.chosen), []
        new = answered(known.ledger, known.habits, now)
        day, right, seconds = known.habits.calendar.day(now), question.is_right(choice), quiz.took(asked, now)
        daily = any(one.kind in _NEW_DAY for one in new)
        given_now = row(
            answers, learner=learner, asked=asked, question=question.id, choice=choice, right=right, at=now, day=day,
            zone=known.habits.zone, daily=daily, took=seconds,
        )  # fmt: skip
        writes: list[Write] = [(_ANSWER, given_now)]
        if not question.void:
            # Today, or on a day that is still to come here: just before a journey west.
            missed = before is not None and before.missed is not None and before.missed >= day
            rating = quiz.rate(right=right, seconds=seconds, missed_today=missed)
            writes.append(_review(learner, question, before.card if before else None, rating, now, day))
        writes += ((ENTRY, entry_row(learner, n, one)) for n, one in enumerate(new, known.position))
        frozen = sum(one.kind is Kind.FROZEN for one in new)
        stands = count((*known.ledger, *new), known.habits, now)
        return Verdict(question, choice, daily, False, frozen, stands, known.habits, not known.chosen), writes

    asks = who(person) | the(asked=asked, question=question.id, day=lately)
    return Judged(_JUDGED_BY, asks, judge, lambda rows: (person.account, *(one.learner for one in rows[:1])))


def _review(learner: str, question: Question, card: str | None, rating: Rating, now: datetime, day: date) -> Write:
    after, due = quiz.review(card, rating, now)
    reviewed = row(cards, learner=learner, question=question.id, card=after, due=due, last_day=day)
    return (_NEW_CARD if card is None else _REVIEW), reviewed


# ── streak and habits ─────────────────────────────────────────────────────────────────────────────────────────────────


def standing(tx: Connection, person: Person, now: datetime) -> tuple[Standing, Habits]:
    learner = find(tx, person)
    return count(learner.ledger, learner.habits, now), learner.habits


def explained(tx: Connection, person: Person, now: datetime, last_days: int) -> tuple[Told, ...]:
    learner = find(tx, person)
    return explain(learner.ledger, learner.habits, now, last_days=last_days)


def repaired(tx: Connection, person: Person, now: datetime, admin: str = "") -> Standing:
    learner = adopt(tx, person, find(tx, person), now)
    new = repair(learner.ledger, learner.habits, now, admin=admin)
    if learner.id is not None:
        append(tx, learner.id, learner.position, new)
    return count((*learner.ledger, *new), learner.habits, now)


def mended(tx: Connection, admin: Person, user: str, reason: str, now: datetime) -> tuple[str, Standing] | None:
    """As the admin's own account is kept by workspace, so is whom they may reach: nobody who only learns elsewhere."""
    if admin.roams and not admin.workspace:
        return None
    somebody = Person(admin.platform, admin.workspace, user)
    name = tx.scalar(select(identities.c.name).where(is_account(identities, somebody.account)))
    return None if name is None else (name, repaired(tx, somebody, now, reason))


def change(tx: Connection, person: Person, wish: Callable[[Habits, date], Habits], now: datetime) -> Habits:
    learner, known = make(tx, person, now)
    append(tx, learner, known.position, settle(known.ledger, known.habits, now))
    habits = wish(known.habits, known.habits.calendar.day(now))
    if known.chosen:
        tx.execute(update(preferences).where(preferences.c.learner == learner).values(habits_row(habits)))
    else:
        tx.execute(insert(preferences), {"learner": learner, **habits_row(habits)})
    reminders.move(tx, learner, habits, now)
    return habits


class StoredLearning:
    """Learning that outlives a restart, and that all replicas on one database share.

    profiles: asked for the zone of each person before the transaction; without it, nobody's is known.
    """

    def __init__(self, store: Store, catalog: Catalog, profiles: Profiles | None = None) -> None:
        self._store = store
        self._catalog = catalog
        self._profiles = profiles

    async def next_question(self, person: Person, topic: str | None, now: datetime, seed: str) -> Question | None:
        who = await self._at_home(person)
        return await self._store.read(lambda tx: next_question(tx, self._catalog, who, topic, now, seed))

    async def answer(self, person: Person, asked: str, question: Question, choice: int, now: datetime) -> Verdict:
        who = await self._at_home(person)
        return await self._store.run(answer(self._catalog, who, asked, question, choice, now))

    async def missed(self, person: Person, topic: str | None) -> tuple[Question, ...]:
        found = await self._store.read(lambda tx: missed(tx, find(tx, person, days=False).id))
        asked = (self._catalog.find(question, Question) for question in found)
        return tuple(q for q in asked if q is not None and not q.void and quiz.is_on(self._catalog, q, topic))

    async def report(self, person: Person, question: Question, said: str, now: datetime) -> None:
        await self._store.run(lambda tx: report(tx, make(tx, person, now)[0], question.id, said, now))

    async def standing(self, person: Person, now: datetime) -> tuple[Standing, Habits]:
        who = await self._at_home(person)
        return await self._store.read(lambda tx: standing(tx, who, now))

    async def explain(self, person: Person, now: datetime, last_days: int) -> tuple[Told, ...]:
        who = await self._at_home(person)
        return await self._store.read(lambda tx: explained(tx, who, now, last_days))

    async def repair(self, person: Person, now: datetime) -> Standing:
        who = await self._at_home(person)
        return await self._store.run(lambda tx: repaired(tx, who, now))

    async def mend(self, admin: Person, user: str, reason: str, now: datetime) -> tuple[str, Standing] | None:
        return await self._store.run(lambda tx: mended(tx, admin, user, reason, now))

    async def habits(self, person: Person) -> Habits:
        who = await self._at_home(person)
        return await self._store.read(lambda tx: find(tx, who, days=False).habits)

    async def change(self, person: Person, wish: Callable[[Habits, date], Habits], now: datetime) -> Habits:
        who = await self._at_home(person)
        return await self._store.run(lambda tx: change(tx, who, wish, now))

    async def _at_home(self, person: Person) -> Person:
        """The person with the zone of their profile."""
        zone = await self._profiles.zone(person) if self._profiles else person.zone
        return person if zone == person.zone else replace(person, zone=zone)
