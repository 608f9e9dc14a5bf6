"""Learners in the store: their questions, answers, streaks and habits. Each function is one whole transaction.

A change of zone, border or wish settles the days that are over by the old habits first; a day is never judged anew.
Who has chosen nothing has no row of preferences. They are looked at in the zone of their profile (`Person.zone`), and
it becomes theirs with the first thing that they do.
"""

import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, ScalarSelect, and_, insert, select, update

from bot.core.catalog import Catalog, Question
from bot.core.chat import Person
from bot.core.days import Calendar, utc
from bot.core.ports import Profiles
from bot.learning import quiz
from bot.learning.explain import Told, explain
from bot.learning.habits import Habits, Pause
from bot.learning.ledger import Entry, Kind, Ledger
from bot.learning.port import Verdict
from bot.learning.streak import Standing, answered, count, repair, settle
from bot.storage import statements
from bot.storage.missed import missed
from bot.storage.reports import report
from bot.storage.statements import the, the_account
from bot.storage.store import Store
from bot.storage.tables import identities, learners, preferences

_NEW_DAY = frozenset({Kind.ANSWERED, Kind.SOON})


# ── who ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Learner:
    """A learner as the rules need them. `id` is None for somebody who has not answered or chosen anything yet.
    chosen: there are preferences; else `habits` are a new learner's, in the zone of their profile.

    Of the answers to dates that were counted already, the rules ask only for the last; the others are not read.
    """

    id: str | None = None
    habits: Habits = field(default_factory=Habits)
    ledger: Ledger = ()
    position: int = 0  # of the next entry
    chosen: bool = False


def _find(tx: Connection, person: Person, *, days: bool = True) -> _Learner:
    """The learner behind an account; without the ledger where the days are not asked for."""
    found = tx.execute(statements.WHO, the_account(person)).one_or_none()
    new = Habits(person.zone) if person.zone else Habits()
    if found is None:
        return _Learner(habits=new)
    chosen = found.zone is not None
    habits = _read_habits(found.zone, found.border, found.wishes) if chosen else new
    if not days:
        return _Learner(found.learner, habits, chosen=chosen)
    kept = tx.execute(statements.DAYS, the(learner=found.learner)).all()
    position = kept[-1].position + 1 if kept else 0
    return _Learner(found.learner, habits, tuple(_entry(row) for row in kept), position, chosen)


def _make(tx: Connection, person: Person, now: datetime) -> tuple[str, _Learner]:
    """The learner, new if need be, with the name that the platform gives now."""
    known = _find(tx, person)
    if known.id is not None:
        _settle_in(tx, person, known.id)
        if person.name:
            places = the_account(person) | the(other=person.workspace)
            tx.execute(statements.RENAME, places | the(name=person.name) | {"name": person.name})
        return known.id, _adopt(tx, person, known, now)
    new = secrets.token_hex(8)
    tx.execute(insert(learners), {"learner": new, "since": utc(now)})
    platform, workspace, user = person.account
    row = {"platform": platform, "workspace": workspace, "user": user, "learner": new, "name": person.name}
    tx.execute(insert(identities), row)
    _settle_in(tx, person, new)
    return new, _adopt(tx, person, replace(known, id=new), now)


def _adopt(tx: Connection, person: Person, known: _Learner, now: datetime) -> _Learner:
    """Keep the zone of the profile as theirs, if they never chose; the days that are over stay as they were, in UTC."""
    if known.chosen or known.id is None or person.zone is None:
        return known
    past = settle(known.ledger, Habits(), now)
    _append(tx, known.id, known.position, past)
    tx.execute(insert(preferences), {"learner": known.id, **_row(known.habits)})
    return replace(known, ledger=(*known.ledger, *past), position=known.position + len(past), chosen=True)


def known_or_new(tx: Connection, person: Person, now: datetime) -> tuple[str, Habits]:
    """The learner's key and habits; a new learner if need be. A part of a transaction."""
    learner, known = _make(tx, person, now)
    return learner, known.habits


def learner_of(person: Person) -> ScalarSelect[str]:
    """The learner's key, as a part of a statement; null for somebody unknown."""
    return select(identities.c.learner).where(_is(person)).scalar_subquery()


def days(tx: Connection, person: Person) -> tuple[Ledger, Habits]:
    """The ledger and habits of the learner behind an account. A part of a transaction."""
    known = _find(tx, person)
    return known.ledger, known.habits


def _settle_in(tx: Connection, person: Person, learner: str) -> None:
    """Note that somebody who roams learns in this workspace too: it is there that they may stand on a leaderboard."""
    if not person.roams or not person.workspace:
        return
    here = {"platform": person.platform, "workspace": person.workspace, "user": person.user}
    if tx.scalar(statements.HERE, the(**here)) is None:
        tx.execute(insert(identities), {**here, "learner": learner, "name": person.name})


def _is(person: Person) -> Any:
    platform, workspace, user = person.account
    return and_(identities.c.platform == platform, identities.c.workspace == workspace, identities.c.user == user)


# ── the quiz ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def next_question(
    tx: Connection, catalog: Catalog, person: Person, topic: str | None, now: datetime, seed: str
) -> Question | None:
    learner = _find(tx, person, days=False)
    rows = tx.execute(statements.KNOWN, the(learner=learner.id))
    known = {row.question: quiz.Known(row.due, row.last_day) for row in rows}
    # From today on: who travelled west has days behind them that are still to come here.
    right = tx.scalars(statements.RIGHT_SINCE, the(learner=learner.id, day=learner.habits.calendar.day(now)))
    return quiz.choose(catalog, topic, known, set(right), utc(now), seed)


def answer(
    tx: Connection, catalog: Catalog, person: Person, asked: str, question: Question, choice: int, now: datetime
) -> Verdict:
    """Count an answer: the answer itself, the day and what it settles, and the card; or show how it went before."""
    now = utc(now)
    learner, known = _make(tx, person, now)
    before = tx.execute(statements.BEFORE, the(learner=learner, asked=asked)).one_or_none()
    if before is not None:
        shown = catalog.find(before.question, Question) or question
        stands = count(known.ledger, known.habits, now)
        return Verdict(shown, before.choice, before.daily, True, 0, stands, known.habits, not known.chosen)
    new = answered(known.ledger, known.habits, now)
    _append(tx, learner, known.position, new)
    day, right, seconds = known.habits.calendar.day(now), question.is_right(choice), quiz.took(asked, now)
    daily = any(one.kind in _NEW_DAY for one in new)
    if not question.void:
        _review(tx, learner, question, right=right, seconds=seconds, now=now, day=day)
    tx.execute(
        statements.ANSWER,
        {"learner": learner, "asked": asked, "question": question.id, "choice": choice, "right": right, "at": now}
        | {"day": day, "zone": known.habits.zone, "daily": daily, "took": seconds},
    )
    frozen = sum(one.kind is Kind.FROZEN for one in new)
    stands = count((*known.ledger, *new), known.habits, now)
    return Verdict(question, choice, daily, False, frozen, stands, known.habits, not known.chosen)


def _review(
    tx: Connection, learner: str, question: Question, *, right: bool, seconds: int | None, now: datetime, day: date
) -> None:
    this = the(learner=learner, question=question.id)
    card = tx.scalar(statements.CARD, this)
    missed_today = tx.scalars(statements.MISSED_ON, this | the(day=day)).first() is not None
    rating = quiz.rate(right=right, seconds=seconds, missed_today=missed_today)
    after, due = quiz.review(card, rating, now)
    values = {"card": after, "due": due, "last_day": day}
    if card is None:
        tx.execute(statements.NEW_CARD, {"learner": learner, "question": question.id, **values})
    else:
        tx.execute(statements.REVIEWED, this | values)


# ── streak and habits ─────────────────────────────────────────────────────────────────────────────────────────────────


def standing(tx: Connection, person: Person, now: datetime) -> tuple[Standing, Habits]:
    learner = _find(tx, person)
    return count(learner.ledger, learner.habits, now), learner.habits


def explained(tx: Connection, person: Person, now: datetime, last_days: int) -> tuple[Told, ...]:
    learner = _find(tx, person)
    return explain(learner.ledger, learner.habits, now, last_days=last_days)


def repaired(tx: Connection, person: Person, now: datetime, admin: str = "") -> Standing:
    learner = _adopt(tx, person, _find(tx, person), now)
    new = repair(learner.ledger, learner.habits, now, admin=admin)
    if learner.id is not None:
        _append(tx, learner.id, learner.position, new)
    return count((*learner.ledger, *new), learner.habits, now)


def mended(tx: Connection, admin: Person, user: str, reason: str, now: datetime) -> tuple[str, Standing] | None:
    """As the admin's own account is kept by workspace, so is whom they may reach: nobody who only learns elsewhere."""
    if admin.roams and not admin.workspace:
        return None
    somebody = Person(admin.platform, admin.workspace, user)
    name = tx.scalar(select(identities.c.name).where(_is(somebody)))
    return None if name is None else (name, repaired(tx, somebody, now, reason))


def change(tx: Connection, person: Person, wish: Callable[[Habits, date], Habits], now: datetime) -> Habits:
    learner, known = _make(tx, person, now)
    _append(tx, learner, known.position, settle(known.ledger, known.habits, now))
    habits = wish(known.habits, known.habits.calendar.day(now))
    if known.chosen:
        tx.execute(update(preferences).where(preferences.c.learner == learner).values(_row(habits)))
    else:
        tx.execute(insert(preferences), {"learner": learner, **_row(habits)})
    return habits


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _append(tx: Connection, learner: str, position: int, new: Iterable[Entry]) -> None:
    rows = [
        {"learner": learner, "position": n, "day": one.day, "kind": one.kind.value, "zone": one.zone}
        | {"border": _hhmm(one.calendar.border), "cause": one.cause, "at": one.at}
        for n, one in enumerate(new, position)
    ]
    if rows:
        tx.execute(statements.ENTRY, rows)


def _entry(row: Any) -> Entry:
    return Entry(row.day, Kind(row.kind), Calendar(row.zone, time.fromisoformat(row.border)), row.cause, row.at)


def _row(habits: Habits) -> dict[str, str]:
    return {"zone": habits.zone, "border": _hhmm(habits.border), "wishes": _wishes(habits)}


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
        return await self._store.run(lambda tx: answer(tx, self._catalog, who, asked, question, choice, now))

    async def missed(self, person: Person, topic: str | None) -> tuple[Question, ...]:
        found = await self._store.read(lambda tx: missed(tx, _find(tx, person, days=False).id))
        asked = (self._catalog.find(question, Question) for question in found)
        return tuple(q for q in asked if q is not None and not q.void and quiz.is_on(self._catalog, q, topic))

    async def report(self, person: Person, question: Question, said: str, now: datetime) -> None:
        await self._store.run(lambda tx: report(tx, _make(tx, person, now)[0], question.id, said, now))

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
        return await self._store.read(lambda tx: _find(tx, who, days=False).habits)

    async def change(self, person: Person, wish: Callable[[Habits, date], Habits], now: datetime) -> Habits:
        who = await self._at_home(person)
        return await self._store.run(lambda tx: change(tx, who, wish, now))

    async def _at_home(self, person: Person) -> Person:
        """The person with the zone of their profile."""
        return replace(person, zone=await self._profiles.zone(person)) if self._profiles else person
