"""Who learns: the learner behind an account, with their habits and their ledger. Parts of transactions, none whole.

A learner comes to be with the first thing they answer or choose, in the zone of their profile if it has one.
"""

import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Table,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.core.chat import Person
from bot.core.days import Calendar, utc
from bot.learning.habits import Habits, Pause
from bot.learning.ledger import Entry, Kind, Ledger
from bot.learning.streak import settle
from bot.storage.tables import identities, learners, ledger, preferences

# ── statements ────────────────────────────────────────────────────────────────────────────────────────────────────────
# Made once, as making one costs SQLAlchemy more than SQLite needs to run it. `the_...` is what a row is found by.


def by(table: Table, *names: str) -> Any:
    return and_(*(table.c[name] == bindparam(f"the_{name}") for name in names))


def the(**values: object) -> dict[str, object]:
    return {f"the_{name}": value for name, value in values.items()}


_WHO = (
    select(identities.c.learner, preferences.c.zone, preferences.c.border, preferences.c.wishes)
    .outerjoin_from(identities, preferences, identities.c.learner == preferences.c.learner)
    .where(by(identities, "platform", "workspace", "user"))
)
_RENAME = update(identities).where(
    by(identities, "platform", "user"),
    identities.c.workspace.in_((bindparam("the_workspace"), bindparam("the_other"))),
    identities.c.name != bindparam("the_name"),
)
_MINE, _AGAIN = by(ledger, "learner"), ledger.c.kind == Kind.AGAIN.value
_LAST = select(func.max(ledger.c.position)).where(_MINE, _AGAIN).scalar_subquery()
_DAYS = select(ledger).where(_MINE, or_(~_AGAIN, ledger.c.position == _LAST)).order_by(ledger.c.position)
_ENTRY = insert(ledger)


# ── who ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Learner:
    """A learner as the rules need them. `id` is None for somebody who has not answered or chosen anything yet.
    chosen: there are preferences; else `habits` are a new learner's, in the zone of their profile.

    Of the answers to dates that were counted already, the rules ask only for the last; the others are not read.
    """

    id: str | None = None
    habits: Habits = field(default_factory=Habits)
    ledger: Ledger = ()
    position: int = 0  # of the next entry
    chosen: bool = False


def find(tx: Connection, person: Person, *, days: bool = True) -> Learner:
    """The learner behind an account; without the ledger where the days are not asked for."""
    found = tx.execute(_WHO, _account(person)).one_or_none()
    new = Habits(person.zone) if person.zone else Habits()
    if found is None:
        return Learner(habits=new)
    chosen = found.zone is not None
    habits = read_habits(found.zone, found.border, found.wishes) if chosen else new
    if not days:
        return Learner(found.learner, habits, chosen=chosen)
    kept = tx.execute(_DAYS, the(learner=found.learner)).all()
    position = kept[-1].position + 1 if kept else 0
    return Learner(found.learner, habits, tuple(entry(row) for row in kept), position, chosen)


def make(tx: Connection, person: Person, now: datetime) -> tuple[str, Learner]:
    """The learner, new if need be, with the name that the platform gives now."""
    known = find(tx, person)
    if known.id is not None:
        _settle_in(tx, person, known.id)
        if person.name:
            here = the(other=person.workspace, name=person.name)
            tx.execute(_RENAME, {**_account(person), **here, "name": person.name})
        return known.id, adopt(tx, person, known, now)
    new = secrets.token_hex(8)
    tx.execute(insert(learners), {"learner": new, "since": utc(now)})
    platform, workspace, user = person.account
    row = {"platform": platform, "workspace": workspace, "user": user, "learner": new, "name": person.name}
    tx.execute(insert(identities), row)
    _settle_in(tx, person, new)
    return new, adopt(tx, person, replace(known, id=new), now)


def adopt(tx: Connection, person: Person, known: Learner, now: datetime) -> Learner:
    """Keep the zone of the profile as theirs, if they never chose; the days that are over stay as they were, in UTC."""
    if known.chosen or known.id is None or person.zone is None:
        return known
    past = settle(known.ledger, Habits(), now)
    append(tx, known.id, known.position, past)
    tx.execute(insert(preferences), {"learner": known.id, **habits_row(known.habits)})
    return replace(known, ledger=(*known.ledger, *past), position=known.position + len(past), chosen=True)


def is_account(table: Table, account: tuple[str, str, str]) -> ColumnElement[bool]:
    """What picks an account's rows of a table that is keyed by them: platform, workspace, user."""
    platform, workspace, user = account
    return and_(table.c.platform == platform, table.c.workspace == workspace, table.c.user == user)


def learner_of(person: Person) -> ScalarSelect[str]:
    """The learner's key, as a part of a statement; null for somebody unknown."""
    return select(identities.c.learner).where(is_account(identities, person.account)).scalar_subquery()


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
    return the(platform=platform, workspace=workspace, user=user)


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def append(tx: Connection, learner: str, position: int, new: Iterable[Entry]) -> None:
    rows = [
        {"learner": learner, "position": n, "day": one.day, "kind": one.kind.value, "zone": one.zone}
        | {"border": hhmm(one.calendar.border), "cause": one.cause, "at": one.at}
        for n, one in enumerate(new, position)
    ]
    if rows:
        tx.execute(_ENTRY, rows)


def entry(row: Any) -> Entry:
    return Entry(row.day, Kind(row.kind), Calendar(row.zone, time.fromisoformat(row.border)), row.cause, row.at)


def habits_row(habits: Habits) -> dict[str, str]:
    return {"zone": habits.zone, "border": hhmm(habits.border), "wishes": wishes_row(habits)}


def hhmm(border: time) -> str:
    return border.isoformat()


def wishes_row(habits: Habits) -> str:
    return json.dumps(
        {
            "rest": [[since.isoformat(), sorted(days)] for since, days in habits.rest],
            "goals": [[since.isoformat(), goal] for since, goal in habits.goals],
            "pauses": [[day.isoformat() for day in asdict(pause).values()] for pause in habits.pauses],
        }
    )


def read_habits(zone: str, border: str, wishes: str) -> Habits:
    kept = json.loads(wishes)
    read = date.fromisoformat
    return Habits(
        zone,
        time.fromisoformat(border),
        tuple((read(since), frozenset(days)) for since, days in kept["rest"]),
        tuple((read(since), goal) for since, goal in kept["goals"]),
        tuple(Pause(read(first), read(last)) for first, last in kept["pauses"]),
    )
