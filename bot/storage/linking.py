"""Accounts that become one learner. Each function is one whole transaction.

The ledger of a learner who was two is written anew, in the order that `merge` gives it: what both had stands in it, and
the later of two answers stands behind the earlier, as the rules expect it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, insert, or_, select, true, update

from bot.core.chat import Person
from bot.core.days import utc
from bot.learning.habits import Habits
from bot.learning.linking import (
    LIFE,
    MAX_TRIES,
    TRIES_FOR,
    Account,
    Joined,
    Past,
    Refused,
    Why,
    elder,
    united,
)
from bot.learning.streak import count
from bot.storage import reminders as reminders_of
from bot.storage.learners import append, entry, find, habits_row, is_account, make, read_habits
from bot.storage.store import Store
from bot.storage.tables import (
    answers,
    cards,
    codes,
    identities,
    learners,
    ledger,
    preferences,
    reminders,
    reports,
    tries,
    unlisted,
)

#: Of two rows in each other's way, whether the one that stays where it is goes before the one that would move there.
Better = Callable[[Any, Any], ColumnElement[bool]]

#: What moves, and which of two rows about the same thing is kept. The ledger and the settings are united by the rules.
_MOVED: tuple[tuple[Table, Better], ...] = (
    (answers, lambda here, there: here.at <= there.at),
    (
        cards,
        lambda here, there: or_(
            here.last_day > there.last_day, and_(here.last_day == there.last_day, here.due <= there.due)
        ),
    ),
    (reports, lambda here, there: here.at >= there.at),
    (reminders, lambda _here, _there: true()),
    (unlisted, lambda _here, _there: true()),
)


def offer(tx: Connection, person: Person, code: str, now: datetime) -> tuple[Account, ...]:
    learner, _ = make(tx, person, now)
    tx.execute(delete(codes).where(or_(codes.c.learner == learner, codes.c.made <= now - LIFE)))
    tx.execute(insert(codes), {"digest": _digest(code), "learner": learner, "made": now})
    return _accounts(tx, learner)


def join(tx: Connection, person: Person, code: str, now: datetime) -> Joined | Refused:
    """Use a code. Whatever comes of it, a code that fits is gone afterwards.

    It clears no wrong ones: who makes codes of their own for that would guess without end.
    """
    habits = find(tx, person, days=False).habits
    tx.execute(delete(tries).where(tries.c.since <= now - TRIES_FOR))
    tried = tx.execute(
        select(tries.c["count"].label("times"), tries.c.since).where(is_account(tries, person.account))
    ).one_or_none()
    if tried is not None and tried.times >= MAX_TRIES:
        return Refused(Why.TOO_OFTEN, habits, until=tried.since + TRIES_FOR)
    tx.execute(delete(codes).where(codes.c.made <= now - LIFE))
    maker: str | None = tx.scalar(delete(codes).where(codes.c.digest == _digest(code)).returning(codes.c.learner))
    if maker is None:
        _count_try(tx, person, now)
        return Refused(Why.UNKNOWN, habits)
    learner, _ = make(tx, person, now)
    if learner == maker:
        return Refused(Why.OWN, habits, _accounts(tx, learner))
    return _unite(tx, *elder(_past(tx, maker), _past(tx, learner), now), now)


def _unite(tx: Connection, stays: Past, goes: Past, now: datetime) -> Joined:
    """Give all that one learner has to the other, and delete the one who is left with nothing."""
    days, habits = united(stays, goes, now)
    both = (stays.learner, goes.learner)
    for table in (ledger, preferences, codes):
        tx.execute(delete(table).where(table.c.learner.in_(both)))
    append(tx, stays.learner, 0, days)
    if habits is not None:
        tx.execute(insert(preferences), {"learner": stays.learner, **habits_row(habits)})
    for table, better in _MOVED:
        _move(tx, table, goes.learner, stays.learner, better)
    tx.execute(update(identities).where(identities.c.learner == goes.learner).values(learner=stays.learner))
    tx.execute(delete(learners).where(learners.c.learner == goes.learner))
    since = min(stays.since, goes.since)
    tx.execute(update(learners).where(learners.c.learner == stays.learner).values(since=since))
    chosen = habits or Habits()
    reminders_of.move(tx, stays.learner, chosen, now)
    changed = any(past.ledger and _but_pauses(past.counted_by) != _but_pauses(chosen) for past in (stays, goes))
    return Joined(_accounts(tx, stays.learner), count(days, chosen, now), chosen, changed)


def _but_pauses(habits: Habits) -> Habits:
    return replace(habits, pauses=())


def _move(tx: Connection, table: Table, goes: str, stays: str, better: Better) -> None:
    """Make rows the other learner's. Of two with the same key, the better is kept."""
    rival = table.alias("rival")
    same = [rival.c[c.name] == table.c[c.name] for c in table.primary_key if c.name != "learner"]
    beaten = exists().where(rival.c.learner == stays, *same, better(rival.c, table.c)).correlate(table)
    tx.execute(delete(table).where(table.c.learner == goes, beaten))
    coming = exists().where(rival.c.learner == goes, *same).correlate(table)
    tx.execute(delete(table).where(table.c.learner == stays, coming))
    tx.execute(update(table).where(table.c.learner == goes).values(learner=stays))


def _past(tx: Connection, learner: str) -> Past:
    """All of it: each answer of the ledger, and not only the last as `find` reads it."""
    chosen = (preferences.c.zone, preferences.c.border, preferences.c.wishes)
    row = tx.execute(
        select(learners.c.since, *chosen)
        .outerjoin_from(learners, preferences, learners.c.learner == preferences.c.learner)
        .where(learners.c.learner == learner)
    ).one()
    days = tx.execute(select(ledger).where(ledger.c.learner == learner).order_by(ledger.c.position))
    habits = None if row.zone is None else read_habits(row.zone, row.border, row.wishes)
    return Past(learner, row.since, tuple(map(entry, days)), habits)


def _accounts(tx: Connection, learner: str) -> tuple[Account, ...]:
    """Each account once, though one that roams has a row for each workspace."""
    rows = tx.execute(select(identities).where(identities.c.learner == learner)).all()
    roaming = {(row.platform, row.user) for row in rows if not row.workspace}
    names: dict[tuple[str, str, str], str] = {}
    for row in sorted(rows, key=lambda row: (row.platform, row.workspace, row.user)):
        account = (row.platform, "" if (row.platform, row.user) in roaming else row.workspace, row.user)
        names[account] = names.get(account) or row.name
    return tuple(Account(platform, name) for (platform, _, _), name in names.items())


# ── codes and tries ───────────────────────────────────────────────────────────────────────────────────────────────────


def _digest(code: str) -> str:
    return sha256(code.encode()).hexdigest()


def _count_try(tx: Connection, person: Person, now: datetime) -> None:
    times = tries.c["count"]
    if tx.execute(update(tries).where(is_account(tries, person.account)).values({times: times + 1})).rowcount == 0:
        platform, workspace, user = person.account
        row = {"platform": platform, "workspace": workspace, "user": user, "count": 1, "since": utc(now)}
        tx.execute(insert(tries), row)


class StoredLinking:
    """Linking over what the store keeps."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def offer(self, person: Person, code: str, now: datetime) -> tuple[Account, ...]:
        return await self._store.run(lambda tx: offer(tx, person, code, now))

    async def join(self, person: Person, code: str, now: datetime) -> Joined | Refused:
        return await self._store.run(lambda tx: join(tx, person, code, now))
