"""Who learns: the learner behind an account, with their habits and their ledger. Parts of transactions, none whole.

A learner comes to be with the first thing they answer or choose, in the zone of their profile if it has one.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time
from functools import lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Table,
    and_,
    bindparam,
    insert,
    or_,
    select,
    update,
)

from bot.core.chat import Person
from bot.core.days import calendar, utc
from bot.learning.habits import Habits, Pause
from bot.learning.ledger import Entry, Kind, Ledger
from bot.learning.streak import settle
from bot.storage.statements import by, given, row, the
from bot.storage.tables import identities, learners, ledger, preferences

# ── statements ────────────────────────────────────────────────────────────────────────────────────────────────────────


#: The account's row in the workspace where the person is. Who does not roam has only that one.
_HERE = identities.alias("here")
_WHO = (
    select(identities.c.learner, identities.c.name, _HERE.c.name.label("here"))
    .add_columns(preferences.c.zone.label("home"), preferences.c.border.label("late"), preferences.c.wishes)
    .outerjoin_from(identities, preferences, identities.c.learner == preferences.c.learner)
    .outerjoin(_HERE, and_(by(_HERE, "platform", "user"), _HERE.c.workspace == bindparam("the_here")))
    .where(by(identities, "platform", "workspace", "user"))
)
_AGAIN = ledger.c.kind == Kind.AGAIN.value
_ME = identities.alias("me")
#: Whose the account is: looked up once, where a join would be for each row; and no plan that PostgreSQL makes for young
#: tables, and keeps, can look for all that others have before it asks whose it is.
MINE = select(_ME.c.learner).where(by(_ME, "platform", "workspace", "user")).scalar_subquery()
_LAST = select(ledger.c.position).where(ledger.c.learner == MINE, _AGAIN).order_by(ledger.c.position.desc()).limit(1)
#: For `read`: a row for each entry of the ledger, or one without; what is known of the learner stands in every row.
KNOWN = _WHO.add_columns(*(column for column in ledger.c if column is not ledger.c.learner)).outerjoin(
    ledger,
    and_(
        ledger.c.learner == MINE,
        or_(~_AGAIN, ledger.c.position == _LAST.correlate(None).scalar_subquery()),
    ),
)
_NAMED = (
    update(identities)
    .where(
        by(identities, "platform", "user"),
        identities.c.workspace.in_((bindparam("the_workspace"), bindparam("the_here"))),
    )
    .values(given(identities, "name"))
)
#: One more entry of a ledger; its values: `entry_row`.
ENTRY = insert(ledger).values(given(ledger))
_POSITION = attrgetter("position")


# ── who ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Learner:
    """A learner as the rules need them. `id` is None for somebody who has not answered or chosen anything yet.
    chosen: there are preferences; else `habits` are a new learner's, in the zone of their profile.
    names: by which they are known as this account, and in this workspace; None there for who roams and is new in it.

    Of the answers to dates that were counted already, the rules ask only for the last; the others are not read.
    """

    id: str | None = None
    habits: Habits = field(default_factory=Habits)
    ledger: Ledger = ()
    position: int = 0  # of the next entry
    chosen: bool = False
    names: frozenset[str | None] = frozenset()


def find(tx: Connection, person: Person, *, days: bool = True) -> Learner:
    """The learner behind an account; without the ledger where the days are not asked for."""
    if days:
        return read(tx.execute(KNOWN, who(person)).all(), person)
    found = tx.execute(_WHO, who(person)).one_or_none()
    return _known(found, person) if found else _stranger(person)


def who(person: Person) -> dict[str, object]:
    """Whom `KNOWN` is asked for."""
    platform, workspace, user = person.account
    return the(platform=platform, workspace=workspace, user=user, here=person.workspace or workspace)


def read(rows: Sequence[Any], person: Person) -> Learner:
    """The learner, from the rows of `KNOWN`, in any order."""
    if not rows:
        return _stranger(person)
    if rows[0].position is None:
        return _known(rows[0], person)
    days = sorted(rows, key=_POSITION)
    return _known(days[0], person, tuple(map(entry, days)), days[-1].position + 1)


def _stranger(person: Person) -> Learner:
    return Learner(habits=_unchosen(person))


def _known(found: Any, person: Person, days: Ledger = (), position: int = 0) -> Learner:
    chosen = found.home is not None
    habits = read_habits(found.home, found.late, found.wishes) if chosen else _unchosen(person)
    return Learner(found.learner, habits, days, position, chosen, frozenset((found.name, found.here)))


def _unchosen(person: Person) -> Habits:
    return Habits(person.zone) if person.zone else Habits()


def make(tx: Connection, person: Person, now: datetime) -> tuple[str, Learner]:
    """The learner, new if need be, with the name that the platform gives now."""
    return keep(tx, person, find(tx, person), now)


def keep(tx: Connection, person: Person, known: Learner, now: datetime) -> tuple[str, Learner]:
    """As `make`, where they have been found already."""
    new = known.id is None
    learner = known.id or secrets.token_hex(8)
    if new:
        tx.execute(insert(learners), {"learner": learner, "since": utc(now)})
        tx.execute(insert(identities), _identity(learner, person, person.account[1]))
    elif person.name and not known.names <= {person.name, None}:
        tx.execute(_NAMED, who(person) | row(identities, name=person.name))
    if person.roams and person.workspace and (new or None in known.names):
        # They learn in this workspace too: it is there that they may stand on a leaderboard.
        tx.execute(insert(identities), _identity(learner, person, person.workspace))
    return learner, adopt(tx, person, replace(known, id=learner) if new else known, now)


def _identity(learner: str, person: Person, workspace: str) -> dict[str, str]:
    return {
        "platform": person.platform, "workspace": workspace, "user": person.user,
        "learner": learner, "name": person.name,
    }  # fmt: skip


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


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def append(tx: Connection, learner: str, position: int, new: Sequence[Entry]) -> None:
    if new:
        tx.execute(ENTRY, [entry_row(learner, n, one) for n, one in enumerate(new, position)])


def entry_row(learner: str, position: int, one: Entry) -> dict[str, object]:
    return row(
        ledger, learner=learner, position=position, day=one.day, kind=one.kind.value, zone=one.zone,
        border=hhmm(one.calendar.border), cause=one.cause, at=one.at,
    )  # fmt: skip


def entry(found: Any) -> Entry:
    where = calendar(found.zone, time.fromisoformat(found.border))
    return Entry(found.day, Kind(found.kind), where, found.cause, found.at)


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


@lru_cache(maxsize=1024)  # most have the same
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
