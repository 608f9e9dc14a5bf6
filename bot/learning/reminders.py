"""When to remind somebody that their day ends, and what the commands ask of the outside for it."""

from datetime import datetime, timedelta
from typing import Protocol

from bot.core.chat import Person
from bot.core.days import Calendar, utc


class Reminders(Protocol):
    """Each call is one transaction. Raises StorageUnavailable."""

    async def chosen(self, person: Person) -> int:
        """How many hours before their day ends this person is reminded; 0 for never."""

    async def choose(self, person: Person, hours: int, now: datetime) -> datetime | None:
        """Remind this person at this account, so many hours before each day's end; 0 ends it. The next moment."""


def when(calendar: Calendar, hours: int, now: datetime) -> datetime:
    """The first moment after `now` that is so many hours before a day ends, in UTC."""
    now = utc(now)
    day = calendar.day(now)
    while (at := calendar.end(day) - timedelta(hours=hours)) <= now:
        day += timedelta(days=1)
    return at
