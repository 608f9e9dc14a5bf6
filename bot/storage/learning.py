"""Learners in the store: their questions, answers, streaks and habits. Each function is one whole transaction.

A change of zone, border or wish settles the days that are over by the old habits first; a day is never judged anew.
"""

import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, func, insert, or_, select, update

from bot.core.catalog import Catalog, Question
from bot.core.chat import Person
from bot.core.days import Calendar, utc
from bot.learning import quiz
from bot.learning.explain import Told, explain
from bot.learning.habits import Habits, Pause
from bot.learning.ledger import Entry, Kind, Ledger
from bot.learning.port import Verdict
from bot.learning.streak import Standing, answered, count, repair, settle
from bot.storage.store import Store
from bot.storage.tables import answers, cards, identities, learners, ledger, preferences

_NEW_DAY = frozenset({Kind.ANSWERED, Kind.SOON})


# ── statements ────────────────────────────────────────────────────────────────────────────────────────────────────────
# Made once, as making one costs SQLAlchemy more than SQLite needs to run it. `the_...` is what a row is found by.


def _by(table: Table, *names: str) -> Any:
    return and_(*(table.c[name] == bindparam(f"the_{name}") for name in names))


def _the(**values: object) -> dict[str, object]:
    return {f"the_{name}": value for name, value in values.items()}


_WHO = (
    select(identities.c.learner, preferences.c.zone, preferences.c.border, preferences.c.wishes)
    .outerjoin_from(identities, preferences, identities.c.learner == preferences.c.learner)
    .where(_by(identities, "platform", "workspace", "user"))
)
_RENAME = update(identities).where(
    _by(identities, "platform", "user"),
    identities.c.workspace.in_((bindparam("the_workspace"), bindparam("the_other"))),
    identities.c.name != bindparam("the_name"),
)
_MINE, _AGAIN = _by(ledger, "learner"), ledger.c.kind == Kind.AGAIN.value
_LAST = select(func.max(ledger.c.position)).where(_MINE, _AGAIN).scalar_subquery()
_DAYS = select(ledger).where(_MINE, or_(~_AGAIN, ledger.c.position == _LAST)).order_by(ledger.c.position)
_KNOWN = select(cards.c.question, cards.c.due, cards.c.last_day).where(_by(cards, "learner"))
_RIGHT_ON = select(answers.c.question).where(_by(answers, "learner", "day"), answers.c.right)
_BEFORE = select(answers.c.question, answers.c.choice, answers.c.daily).where(_by(answers, "learner", "asked"))
_MISSED_ON = select(answers.c.asked).where(_by(answers, "learner", "day", "question"), ~answers.c.right)
_CARD = select(cards.c.card).where(_by(cards, "learner", "question"))
_REVIEW = update(cards).where(_by(cards, "learner", "question"))
_NEW_CARD, _ANSWER, _ENTRY = insert(cards), insert(answers), insert(ledger)


# ── who ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Learner:
    """A learner as the rules need them. `id` is None for somebody who has not answered or chosen anything yet.

    Of the answers to dates that were counted already, the rules ask only for the last; the others are not read.
    """

    id: str | None = None
    habits: Habits = field(default_factory=Habits)
    ledger: Ledger = ()
    position: int = 0  # of the next entry


def _find(tx: Connection, person: Person, *, days: bool = True) -> _Learner:
    """The learner behind an account; without the ledger where the days are not asked for."""
    found = tx.execute(_WHO, _account(person)).one_or_none()
    if found is None:
        return _Learner()
    habits = Habits() if found.zone is None else _read_habits(found.zone, found.border, found.wishes)
    if not days:
        return _Learner(found.learner, habits)
    kept = tx.execute(_DAYS, _the(learner=found.learner)).all()
    position = kept[-1].position + 1 if kept else 0
    return _Learner(found.learner, habits, tuple(_entry(row) for row in kept), position)


def _make(tx: Connection, person: Person, now: datetime) -> tuple[str, _Learner]:
    """The learner, new if need be, with the name that the platform gives now."""
    known = _find(tx, person)
    if known.id is not None:
        _settle_in(tx, person, known.id)
        if person.name:
            here = _the(other=person.workspace, name=person.name)
            tx.execute(_RENAME, {**_account(person), **here, "name": person.name})
        return known.id, known
    new = secrets.token_hex(8)
    tx.execute(insert(learners), {"learner": new, "since": utc(now)})
    platform, workspace, user = person.account
    row = {"platform": platform, "workspace": workspace, "user": user, "learner": new, "name": person.name}
    tx.execute(insert(identities), row)
    _settle_in(tx, person, new)
    return new, replace(known, id=new)


def _settle_in(tx: Connection, person: Person, learner: str) -> None:
    """Note that somebody who roams learns in this workspace too: it is there that they may stand on a leaderboard."""
    if not person.roams or not person.workspace:
        return
    here = {"platform": person.platform, "workspace": person.workspace, "user": person.user}
    known = select(identities.c.learner).where(*(identities.c[name] == value for name, value in here.items()))
    if tx.scalar(known) is None:
        tx.execute(insert(identities), {**here, "learner": learner, "name": person.name})


def _account(person: Person) -> dict[str, object]:
    platform, workspace, user = person.account
    return _the(platform=platform, workspace=workspace, user=user)


# ── the quiz ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def next_question(
    tx: Connection, catalog: Catalog, person: Person, topic: str | None, now: datetime, seed: str
) -> Question | None:
    learner = _find(tx, person, days=False)
    rows = tx.execute(_KNOWN, _the(learner=learner.id))
    known = {row.question: quiz.Known(row.due, row.last_day) for row in rows}
    right = tx.scalars(_RIGHT_ON, _the(learner=learner.id, day=learner.habits.calendar.day(now)))
    return quiz.choose(catalog, topic, known, set(right), utc(now), seed)


def answer(
    tx: Connection, catalog: Catalog, person: Person, asked: str, question: Question, choice: int, now: datetime
) -> Verdict:
    """Count an answer: the answer itself, the day and what it settles, and the card; or show how it went before."""
    now = utc(now)
    learner, known = _make(tx, person, now)
    before = tx.execute(_BEFORE, _the(learner=learner, asked=asked)).one_or_none()
    if before is not None:
        shown = catalog.find(before.question, Question) or question
        stands = count(known.ledger, known.habits, now)
        return Verdict(shown, before.choice, before.daily, True, 0, stands, known.habits)
    new = answered(known.ledger, known.habits, now)
    _append(tx, learner, known.position, new)
    day, right, seconds = known.habits.calendar.day(now), choice == 0, quiz.took(asked, now)
    daily = any(one.kind in _NEW_DAY for one in new)
    _review(tx, learner, question, right=right, seconds=seconds, now=now, day=day)
    tx.execute(
        _ANSWER,
        {"learner": learner, "asked": asked, "question": question.id, "choice": choice, "right": right, "at": now}
        | {"day": day, "zone": known.habits.zone, "daily": daily, "took": seconds},
    )
    frozen = sum(one.kind is Kind.FROZEN for one in new)
    stands = count((*known.ledger, *new), known.habits, now)
    return Verdict(question, choice, daily, False, frozen, stands, known.habits)


def _review(
    tx: Connection, learner: str, question: Question, *, right: bool, seconds: int | None, now: datetime, day: date
) -> None:
    this = _the(learner=learner, question=question.id)
    card = tx.scalar(_CARD, this)
    missed = tx.scalars(_MISSED_ON, {**this, **_the(day=day)}).first() is not None
    rating = quiz.rate(right=right, seconds=seconds, missed_today=missed)
    after, due = quiz.review(card, rating, now)
    values = {"card": after, "due": due, "last_day": day}
    if card is None:
        tx.execute(_NEW_CARD, {"learner": learner, "question": question.id, **values})
    else:
        tx.execute(_REVIEW, {**this, **values})


# ── streak and habits ─────────────────────────────────────────────────────────────────────────────────────────────────


def standing(tx: Connection, person: Person, now: datetime) -> tuple[Standing, Habits]:
    learner = _find(tx, person)
    return count(learner.ledger, learner.habits, now), learner.habits


def explained(tx: Connection, person: Person, now: datetime, last_days: int) -> tuple[Told, ...]:
    learner = _find(tx, person)
    return explain(learner.ledger, learner.habits, now, last_days=last_days)


def repaired(tx: Connection, person: Person, now: datetime) -> Standing:
    learner = _find(tx, person)
    new = repair(learner.ledger, learner.habits, now)
    if learner.id is not None:
        _append(tx, learner.id, learner.position, new)
    return count((*learner.ledger, *new), learner.habits, now)


def change(tx: Connection, person: Person, wish: Callable[[Habits, date], Habits], now: datetime) -> Habits:
    learner, known = _make(tx, person, now)
    _append(tx, learner, known.position, settle(known.ledger, known.habits, now))
    habits = wish(known.habits, known.habits.calendar.day(now))
    row = {"zone": habits.zone, "border": _hhmm(habits.border), "wishes": _wishes(habits)}
    if tx.execute(update(preferences).where(preferences.c.learner == learner).values(row)).rowcount == 0:
        tx.execute(insert(preferences), {"learner": learner, **row})
    return habits


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _append(tx: Connection, learner: str, position: int, new: Iterable[Entry]) -> None:
    rows = [
        {"learner": learner, "position": n, "day": one.day, "kind": one.kind.value, "zone": one.zone}
        | {"border": _hhmm(one.calendar.border), "cause": one.cause, "at": one.at}
        for n, one in enumerate(new, position)
    ]
    if rows:
        tx.execute(_ENTRY, rows)


def _entry(row: Any) -> Entry:
    return Entry(row.day, Kind(row.kind), Calendar(row.zone, time.fromisoformat(row.border)), row.cause, row.at)


def _hhmm(border: time) -> str:
    return border.isoformat()


def _wishes(habits: Habits) -> str:
    return json.dumps(
        {
            "rest": [[since.isoformat(), sorted(days)] for since, days in habits.rest],
            "goals": [[since.isoformat(), goal] for since, goal in habits.goals],
            "pauses": [[day.isoformat() for day in asdict(pause).values()] for pause in habits.pauses],
        }
    )


def _read_habits(zone: str, border: str, wishes: str) -> Habits:
    kept = json.loads(wishes)
    read = date.fromisoformat
    return Habits(
        zone,
        time.fromisoformat(border),
        tuple((read(since), frozenset(days)) for since, days in kept["rest"]),
        tuple((read(since), goal) for since, goal in kept["goals"]),
        tuple(Pause(read(first), read(last)) for first, last in kept["pauses"]),
    )


class StoredLearning:
    """Learning that outlives a restart, and that all replicas on one database share."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog

    async def next_question(self, person: Person, topic: str | None, now: datetime, seed: str) -> Question | None:
        return await self._store.read(lambda tx: next_question(tx, self._catalog, person, topic, now, seed))

    async def answer(self, person: Person, asked: str, question: Question, choice: int, now: datetime) -> Verdict:
        return await self._store.run(lambda tx: answer(tx, self._catalog, person, asked, question, choice, now))

    async def standing(self, person: Person, now: datetime) -> tuple[Standing, Habits]:
        return await self._store.read(lambda tx: standing(tx, person, now))

    async def explain(self, person: Person, now: datetime, last_days: int) -> tuple[Told, ...]:
        return await self._store.read(lambda tx: explained(tx, person, now, last_days))

    async def repair(self, person: Person, now: datetime) -> Standing:
        return await self._store.run(lambda tx: repaired(tx, person, now))

    async def habits(self, person: Person) -> Habits:
        return await self._store.read(lambda tx: _find(tx, person, days=False).habits)

    async def change(self, person: Person, wish: Callable[[Habits, date], Habits], now: datetime) -> Habits:
        return await self._store.run(lambda tx: change(tx, person, wish, now))
