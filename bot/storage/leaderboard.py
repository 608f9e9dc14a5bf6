"""Who learned most in a workspace, out of what the learners' own rows say. Each function is one whole transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import CTE, Connection, Row, Select, and_, case, delete, func, insert, or_, select, tuple_

from bot.core.chat import Person
from bot.learning.board import LINES, Board, Line, Period, dates
from bot.learning.habits import Habits
from bot.learning.ledger import Kind
from bot.learning.streak import Standing, count
from bot.storage.learners import entry, find, make, read_habits
from bot.storage.store import Store
from bot.storage.tables import answers, identities, ledger, preferences, unlisted


def board(tx: Connection, person: Person, period: Period, now: datetime) -> Board:
    """The workspace's board, as this person sees it: by their calendar, and with their own line."""
    viewer = find(tx, person, days=False)
    first, last = dates(period, viewer.habits.calendar.day(now))
    rows = tx.execute(_ranked(person, viewer.id or "", first, last)).all()
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


def _ranked(person: Person, viewer: str, first: date, last: date, most: int = LINES) -> Select[Any]:
    """The best who are listed, and the viewer, in order, each with their habits.

    Somebody who is unlisted is there for themselves alone, and moves nobody's place.
    """
    here = _here(person)
    learned, knew = _learned(here, first, last), _knew(here, first, last)
    right = func.coalesce(knew.c.right, 0).label("right")
    listed = unlisted.c.learner.is_(None)
    best = (learned.c.days.desc(), right.desc())
    better = func.count(case((listed, 1))).over(order_by=best, groups=(None, -1))
    nth = func.row_number().over(order_by=(listed.desc(), *best, here.c.name, here.c.learner))
    ranked = (
        select(here, learned.c.days, right, listed.label("listed"), (better + 1).label("place"), nth.label("nth"))
        .join_from(here, learned, here.c.learner == learned.c.learner)
        .outerjoin(knew, here.c.learner == knew.c.learner)
        .outerjoin(unlisted, here.c.learner == unlisted.c.learner)
        .where(or_(listed, here.c.learner == viewer))
        .cte("ranked")
    )
    return (
        select(ranked, preferences.c.zone, preferences.c.border, preferences.c.wishes)
        .outerjoin_from(ranked, preferences, ranked.c.learner == preferences.c.learner)
        .where(or_(and_(ranked.c.listed, ranked.c.nth <= most), ranked.c.learner == viewer))
        .order_by(ranked.c.nth)
    )


@dataclass(frozen=True, slots=True)
class Learned:
    """Somebody who learned in some days, and on how many of them."""

    learner: str
    name: str
    days: int
    standing: Standing


def between(tx: Connection, person: Person, first: date, last: date, most: int, now: datetime) -> tuple[Learned, ...]:
    """Those who learned most between two dates, both included, in the workspace; nobody who is unlisted."""
    rows = tx.execute(_ranked(person, "", first, last, most)).all()
    standings = _standings(tx, rows, now)
    return tuple(Learned(row.learner, row.name, row.days, standings[row.learner]) for row in rows if row.name)


def days_between(tx: Connection, person: Person, first: date, last: date) -> dict[str, int]:
    """On how many of these days each learner of the workspace learned."""
    learned = _learned(_here(person), first, last)
    return {row.learner: row.days for row in tx.execute(select(learned.c.learner, learned.c.days))}


def _here(person: Person) -> CTE:
    """Who learns in the workspace; each once, whatever accounts they have in it, with one name."""
    return (
        select(identities.c.learner, func.max(identities.c.name).label("name"))
        .where(identities.c.platform == person.platform, identities.c.workspace == person.workspace)
        .group_by(identities.c.learner)
        .cte("here")
    )


def _learned(here: CTE, first: date, last: date) -> CTE:
    """Days, as the streak counts them: two ledgers that became one may hold a date twice."""
    return (
        select(ledger.c.learner, func.count(ledger.c.day.distinct()).label("days"))
        .where(ledger.c.learner.in_(select(here.c.learner)))
        .where(ledger.c.kind == Kind.ANSWERED.value, ledger.c.day.between(first, last))
        .group_by(ledger.c.learner)
        .cte("learned")
    )


def _knew(here: CTE, first: date, last: date) -> CTE:
    return (
        select(answers.c.learner, func.count().label("right"))
        .where(answers.c.learner.in_(select(here.c.learner)))
        .where(answers.c.right, answers.c.day.between(first, last))
        .group_by(answers.c.learner)
        .cte("knew")
    )


def _standings(tx: Connection, rows: Iterable[Row[Any]], now: datetime) -> dict[str, Standing]:
    """How the streak of each of them stands."""
    habits = {
        row.learner: Habits() if row.zone is None else read_habits(row.zone, row.border, row.wishes) for row in rows
    }
    again = ledger.c.kind == Kind.AGAIN.value
    last = select(ledger.c.learner, func.max(ledger.c.position)).where(again).group_by(ledger.c.learner)
    entries = tx.execute(
        select(ledger)
        .where(
            ledger.c.learner.in_(habits),
            or_(~again, tuple_(ledger.c.learner, ledger.c.position).in_(last.where(ledger.c.learner.in_(habits)))),
        )
        .order_by(ledger.c.learner, ledger.c.position)
    )
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
