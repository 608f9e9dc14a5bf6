"""Reminders in the store: who wants one, and which are due. Each function is one whole transaction."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bot.core.chat import Person
from bot.core.days import utc
from bot.delivery.outbox import Delivery, Target, delivery_id
from bot.learning.habits import Habits
from bot.learning.reminders import when
from bot.learning.streak import count
from bot.storage import outbox
from bot.storage.learners import find, learner_of, make
from bot.storage.left import left_of
from bot.storage.store import Store
from bot.storage.tables import reminders

#: The kind of delivery that a reminder is.
KIND = "reminder"
#: How many are looked at in one transaction.
_ARMFUL = 50
_DUE = select(reminders).where(reminders.c.next <= bindparam("now")).order_by(reminders.c.next).limit(_ARMFUL)


def chosen(tx: Connection, person: Person) -> int:
    return int(tx.scalar(select(reminders.c.hours).where(reminders.c.learner == learner_of(person))) or 0)


def choose(tx: Connection, person: Person, hours: int, now: datetime) -> datetime | None:
    if not hours and not chosen(tx, person):
        return None  # who only says no becomes no learner
    learner, known = make(tx, person, now)
    tx.execute(delete(reminders).where(reminders.c.learner == learner))
    if not hours:
        return None
    platform, workspace, user = person.account
    at = when(known.habits.calendar, hours, now)
    row = {"learner": learner, "platform": platform, "workspace": workspace, "user": user, "hours": hours, "next": at}
    tx.execute(insert(reminders), row)
    return at


def move(tx: Connection, learner: str, habits: Habits, now: datetime) -> None:
    """The learner's days end at another time from now on."""
    mine = reminders.c.learner == learner
    hours = tx.scalar(select(reminders.c.hours).where(mine))
    if hours is not None:
        tx.execute(update(reminders).where(mine).values(next=when(habits.calendar, hours, now)))


def put_due(tx: Connection, now: datetime) -> int:
    """Put what is due into the outbox, and say how many were looked at.

    A reminder of a day that is over, because nobody was here, is no use to anybody: it is left out. So is one to an
    account of a workspace that has taken the bot out; whoever roams has no such account, and is reminded on.
    """
    now = utc(now)
    rows = tx.execute(_DUE, {"now": now}).all()
    left = left_of(tx, ((row.platform, row.workspace) for row in rows))
    for row in rows:
        person = Person(row.platform, row.workspace, row.user)
        known = find(tx, person)
        stands = count(known.ledger, known.habits, now)
        here = (row.platform, row.workspace) not in left
        if here and not stands.kept and known.habits.calendar.day(row.next) == stands.today:
            name = delivery_id(KIND, row.learner, stands.today.isoformat())
            target = Target(row.platform, row.workspace, user=row.user)
            outbox.put(tx, Delivery(name, KIND, target, {}, now, stands.ends))
        at = when(known.habits.calendar, row.hours, now)
        tx.execute(update(reminders).where(reminders.c.learner == row.learner).values(next=at))
    return len(rows)


class StoredReminders:
    """The port over a store, and the tick that puts what is due into the outbox."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def chosen(self, person: Person) -> int:
        return await self._store.read(lambda tx: chosen(tx, person))

    async def choose(self, person: Person, hours: int, now: datetime) -> datetime | None:
        return await self._store.run(lambda tx: choose(tx, person, hours, now))

    async def tick(self, now: datetime) -> None:
        """Raises StorageUnavailable."""
        while await self._store.read(lambda tx: tx.scalar(_DUE, {"now": utc(now)})) is not None:
            await self._store.run(lambda tx: put_due(tx, now))
