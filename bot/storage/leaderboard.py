"""Who learned most in a workspace, out of what the learners' own rows say. Each function is one whole transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, Text, and_, bindparam, case, delete, func, insert, or_, select, tuple_

from bot.core.chat import Person
from bot.learning.board import LINES, Board, Line, Period, dates
from bot.learning.habits import Habits
from bot.learning.ledger import Kind
from bot.learning.streak import Standing, count
from bot.storage.learners import entry, find, make, read_habits
from bot.storage.statements import by, the
from bot.storage.store import Store
from bot.storage.tables import answers, identities, ledger, preferences, unlisted

# ── statements, made once ─────────────────────────────────────────────────────────────────────────────────────────────

#: Who learns in the workspace; each once, whatever accounts they have in it, with one name.
_HERE = (
    select(identities.c.learner, func.max(identities.c.name).label("name"))
    .where(by(identities, "platform", "workspace"))
    .group_by(identities.c.learner)
    .cte("here")
)
#: Days, as the streak counts them: two ledgers that became one may hold a date twice.
_LEARNED = (
    select(ledger.c.learner, func.count(ledger.c.day.distinct()).label("days"))
    .where(ledger.c.learner.in_(select(_HERE.c.learner)))
    .where(ledger.c.kind == Kind.ANSWERED.value, ledger.c.day.between(bindparam("first"), bindparam("last")))
    .group_by(ledger.c.learner)
    .cte("learned")
)
_KNEW = (
    select(answers.c.learner, func.count().label("right"))
    .where(answers.c.learner.in_(select(_HERE.c.learner)))
    .where(answers.c.right, answers.c.day.between(bindparam("first"), bindparam("last")))
    .group_by(answers.c.learner)
    .cte("knew")
)


def _ranked() -> Select[Any]:
    """The best who are listed, `most` of them, and the `viewer`, in order, each with their habits.

    Somebody who is unlisted is there for themselves alone, and moves nobody's place.
    """
    viewer = bindparam("viewer", type_=Text)
    right = func.coalesce(_KNEW.c.right, 0).label("right")
    listed = unlisted.c.learner.is_(None)
    best = (_LEARNED.c.days.desc(), right.desc())
    better = func.count(case((listed, 1))).over(order_by=best, groups=(None, -1))
    nth = func.row_number().over(order_by=(listed.desc(), *best, _HERE.c.name, _HERE.c.learner))
    ranked = (
        select(_HERE, _LEARNED.c.days, right, listed.label("listed"), (better + 1).label("place"), nth.label("nth"))
        .join_from(_HERE, _LEARNED, _HERE.c.learner == _LEARNED.c.learner)
        .outerjoin(_KNEW, _HERE.c.learner == _KNEW.c.learner)
        .outerjoin(unlisted, _HERE.c.learner == unlisted.c.learner)
        .where(or_(listed, _HERE.c.learner == viewer))
        .cte("ranked")
    )
    return (
        select(ranked, preferences.c.zone, preferences.c.border, preferences.c.wishes)
        .outerjoin_from(ranked, preferences, ranked.c.learner == preferences.c.learner)
        .where(or_(and_(ranked.c.listed, ranked.c.nth <= bindparam("most")), ranked.c.learner == viewer))
        .order_by(ranked.c.nth)
    )


_RANKED = _ranked()
_DAYS = select(_LEARNED.c.learner, _LEARNED.c.days)
_THEIRS, _AGAIN = ledger.c.learner.in_(bindparam("learners", expanding=True)), ledger.c.kind == Kind.AGAIN.value
_LAST = select(ledger.c.learner, func.max(ledger.c.position)).where(_AGAIN, _THEIRS).group_by(ledger.c.learner)
_ENTRIES = (
    select(ledger)
    .where(_THEIRS, or_(~_AGAIN, tuple_(ledger.c.learner, ledger.c.position).in_(_LAST)))
    .order_by(ledger.c.learner, ledger.c.position)
)

# ── transactions ──────────────────────────────────────────────────────────────────────────────────────────────────────


def board(tx: Connection, person: Person, period: Period, now: datetime) -> Board:
    """The workspace's board, as this person sees it: by their calendar, and with their own line."""
    viewer = find(tx, person, days=False)
    first, last = dates(period, viewer.habits.calendar.day(now))
    rows = tx.execute(_RANKED, _asked(person, first, last) | {"viewer": viewer.id or "", "most": LINES}).all()
    standings = _standings(tx, rows, now)
    lines = {
        row.learner: Line(row.place, row.name, row.days, row.right, standings[row.learner], row.learner == viewer.id)
        for row in rows
    }
    own = lines.get(viewer.id or "")
    hidden = tx.scalar(select(unlisted.c.learner).where(unlisted.c.learner == viewer.id)) is not None
    shown = tuple(lines[row.learner] for row in rows if row.listed and row.nth <= LINES)
    return Board(None if period == "all" else first, shown, own, not hidden)


def show(tx: Connection, person: Person, now: datetime, *, listed: bool) -> None:
    """Put somebody on every board, or take them off."""
    if listed:
        tx.execute(delete(unlisted).where(unlisted.c.learner == find(tx, person, days=False).id))
        return
    learner, _ = make(tx, person, now)
    if tx.scalar(select(unlisted.c.learner).where(unlisted.c.learner == learner)) is None:
        tx.execute(insert(unlisted), {"learner": learner})


@dataclass(frozen=True, slots=True)
class Learned:
    """Somebody who learned in some days, and on how many of them."""

    learner: str
    name: str
    days: int
    standing: Standing


def between(tx: Connection, person: Person, first: date, last: date, most: int, now: datetime) -> tuple[Learned, ...]:
    """Those who learned most between two dates, both included, in the workspace; nobody who is unlisted."""
    rows = tx.execute(_RANKED, _asked(person, first, last) | {"viewer": "", "most": most}).all()
    standings = _standings(tx, rows, now)
    return tuple(Learned(row.learner, row.name, row.days, standings[row.learner]) for row in rows if row.name)


def days_between(tx: Connection, person: Person, first: date, last: date) -> dict[str, int]:
    """On how many of these days each learner of the workspace learned."""
    return {row.learner: row.days for row in tx.execute(_DAYS, _asked(person, first, last))}


def _asked(person: Person, first: date, last: date) -> dict[str, object]:
    return the(platform=person.platform, workspace=person.workspace) | {"first": first, "last": last}


def _standings(tx: Connection, rows: Iterable[Row[Any]], now: datetime) -> dict[str, Standing]:
    """How the streak of each of them stands."""
    habits = {
        row.learner: Habits() if row.zone is None else read_habits(row.zone, row.border, row.wishes) for row in rows
    }
    entries = tx.execute(_ENTRIES, {"learners": list(habits)}) if habits else ()
    return {
        learner: count(tuple(map(entry, theirs)), habits[learner], now)
        for learner, theirs in groupby(entries, key=lambda row: str(row.learner))
    }


class StoredLeaderboards:
    """Leaderboards over what the store keeps."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def board(self, person: Person, period: Period, now: datetime) -> Board:
        return await self._store.read(lambda tx: board(tx, person, period, now))

    async def show(self, person: Person, now: datetime, *, listed: bool) -> None:
        await self._store.run(lambda tx: show(tx, person, now, listed=listed))
