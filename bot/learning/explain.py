"""The streak, told: each day with its cause."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from bot.core.days import next_to, span
from bot.learning.habits import Habits
from bot.learning.ledger import Entry, Kind, Ledger
from bot.learning.streak import count, look


@dataclass(frozen=True, slots=True)
class Told:
    """One date. `kind` is None where nothing is known of it: before the first answer, after a break, or still open."""

    day: date
    kind: Kind | None
    sentence: str


_SENTENCES = {
    Kind.ANSWERED: "You answered: one day more.",
    Kind.REPAIRED: "This day was {cause}. It holds the streak, and adds no day.",
    Kind.FROZEN: "No answer; {cause}. It holds the streak, and adds no day.",
    Kind.REST: "Free: {cause}.",
    Kind.PAUSED: "Free: {cause}.",
    Kind.SKIPPED: "Not missed: {cause}.",
    Kind.SOON: "Kept: {cause}.",
    Kind.LINKED: "Not missed: {cause}.",
    Kind.MISSED: "Missed: {cause}. Here a streak ended.",
}


def explain(ledger: Ledger, habits: Habits, now: datetime, *, last_days: int = 28) -> tuple[Told, ...]:
    """The last days, oldest first, each in a sentence. Ends with today, or a later date earned further east."""
    standing = count(ledger, habits, now)
    days, owed = look(ledger, habits, now)
    today = standing.today
    return tuple(
        _told(day, days.get(day), owed, today) for day in span(next_to(today, 1 - last_days), max((today, *days)))
    )


def _told(day: date, one: Entry | None, owed: Iterable[date], today: date) -> Told:
    if one is not None:
        return Told(day, one.kind, f"{_SENTENCES[one.kind].format(cause=one.cause)} ({one.zone})")
    if day in owed:
        return Told(day, None, "No answer. A freeze covers this day if you come back in time.")
    return Told(day, None, "Still open." if day == today else "No streak was running, or the week's goal decides.")
