"""The ledger of a streak: what happened on each day, and why. Entries are only ever added, never changed.

A date may have several entries (missed, then repaired); the strongest speaks for it. Only `ANSWERED` adds to the
number. All the others but `MISSED` bridge: they hold the streak together and add nothing, because the number says on
how many days somebody learned.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.core.days import Calendar, Counted


class Kind(StrEnum):
    """From the strongest to the weakest word on a date."""

    ANSWERED = "answered"
    REPAIRED = "repaired"
    FROZEN = "frozen"
    REST = "rest"
    PAUSED = "paused"
    SKIPPED = "skipped"  # a date that a journey or the zone itself swallowed
    SOON = "soon"  # answered too soon after a change of zone (see bot.core.days): keeps, adds nothing
    LINKED = "linked"  # kept alive by the other of two ledgers when they became one
    MISSED = "missed"
    AGAIN = "again"  # one more answer for a counted date: says nothing about a date, but starts the 36 hours anew


@dataclass(frozen=True, slots=True)
class Entry:
    """day, calendar: the local date, and whose: zone and late-night border.
    cause: why, in a few words, for `explain`.
    at: the moment from which it holds, in UTC: of the answer, or when the day was over.
    """

    day: date
    kind: Kind
    calendar: Calendar
    cause: str
    at: datetime

    @property
    def zone(self) -> str:
        return self.calendar.zone


Ledger = tuple[Entry, ...]

_STRENGTH = {kind: n for n, kind in enumerate(reversed(Kind))}
_ANSWERS = (Kind.ANSWERED, Kind.SOON, Kind.AGAIN)


def by_day(entries: Iterable[Entry]) -> dict[date, Entry]:
    """The strongest entry of each date, in order of dates; of two answers to one date, the first."""
    best: dict[date, Entry] = {}
    for one in entries:
        if one.kind is Kind.AGAIN:
            continue
        known = best.get(one.day)
        if known is None or (_STRENGTH[one.kind], known.at) > (_STRENGTH[known.kind], one.at):
            best[one.day] = one
    return in_order(best)


def in_order(days: dict[date, Entry]) -> dict[date, Entry]:
    """The same in order of dates; it mostly is."""
    dates = sorted(days)
    return days if dates == list(days) else {day: days[day] for day in dates}


def last_answer(ledger: Ledger) -> Entry | None:
    """The latest answer of any sort: counted, too soon, or once more."""
    return max((one for one in ledger if one.kind in _ANSWERS), key=lambda one: one.at, default=None)


def counted(days: dict[date, Entry]) -> list[Counted]:
    """The days that were earned, in order of their moments."""
    earned = (Counted(e.day, e.calendar, e.at) for e in days.values() if e.kind is Kind.ANSWERED)
    return sorted(earned, key=lambda one: one.at)


def union(a: Ledger, b: Ledger) -> Ledger:
    """Every entry of both, once, in one order that does not depend on which comes first."""
    return tuple(sorted({*a, *b}, key=lambda e: (e.at, e.day, e.kind, e.zone, e.calendar.border, e.cause)))
