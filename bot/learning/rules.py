"""What becomes of days without an answer: the one place where rest, pauses, freezes and goals are weighed.

Days are taken in order, from the beginning of the run that is alive to the last day that is over:

- A *pause* and a *rest day* bridge, at no cost. A pause goes before a rest day.
- A date that the zone itself left out is *skipped*.
- Any other day without an answer is *owed*. Owed days wait until the member comes back. Are there as many freezes as
  owed days by then, each is frozen; are there more owed days than freezes, all of them are missed at the end of the day
  that was one too many, and no freeze is lost. So a freeze is never spent in vain.
- In weeks with a *weekly goal* no single day is owed. At the week's end the days without an answer are free if the goal
  was reached, missed if not. The goal shrinks to the days that the member had: those before the streak began, paused
  or swallowed by a journey are not asked for. Freezes wait for the day on which the member goes back to every day.

Each entry is dated by the end of the day that decides it, not by the time of looking. So it is the same whether
somebody looks each day or once a year.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.core.days import Calendar, next_to, span, week
from bot.learning.habits import Habits
from bot.learning.ledger import Entry, Kind, by_day

MAX_FREEZES = 2
DAYS_A_FREEZE = 7

#: How the cause of a missed day begins, where it was the week that failed.
WEEK_FAILED = "the week's goal was not reached"

#: What takes a day out of a weekly goal: the member could not, or need not, answer on it.
_EXCUSED = frozenset({Kind.REST, Kind.PAUSED, Kind.SKIPPED, Kind.SOON, Kind.LINKED, Kind.FROZEN})
_DONE = frozenset({Kind.ANSWERED, Kind.REPAIRED})


@dataclass(slots=True)
class Tally:
    """The number, as it grows day by day. Fed each date's strongest entry, in order of dates.

    A freeze is earned for each seven days answered, bridges not counted; at two, no more are. Neither a break nor its
    repair takes away a freeze or the days towards the next: so nothing that comes later changes what was earned before.
    `first` is None while no streak is alive.
    """

    number: int = 0
    longest: int = 0
    total: int = 0
    freezes: int = 0
    first: date | None = None
    broken: list[Entry] = field(default_factory=list)  # the last break: its missed days
    lost: int = 0  # what the number was before it

    def add(self, one: Entry) -> None:
        if one.kind is Kind.MISSED:
            if self.broken and self.broken[0].at == one.at:  # days of one week that failed, with answers in between
                self.lost += self.number
            elif self.first is not None:
                self.lost, self.broken = self.number, []
            self.broken.append(one)
            self.number, self.first = 0, None
            return
        self.first = self.first or one.day
        if one.kind is Kind.FROZEN:
            self.freezes = max(0, self.freezes - 1)
        elif one.kind is Kind.ANSWERED:
            self.number += 1
            self.total += 1
            self.longest = max(self.longest, self.number)
            if self.total % DAYS_A_FREEZE == 0:
                self.freezes = min(MAX_FREEZES, self.freezes + 1)


def tally(days: Iterable[Entry]) -> Tally:
    result = Tally()
    for one in days:
        result.add(one)
    return result


class Settling:
    """Goes over the days once and collects what is to be written. `days` grows with it."""

    def __init__(self, ledger: Iterable[Entry], habits: Habits) -> None:
        self.days = by_day(ledger)
        self.habits = habits
        self.tally = Tally()
        self.new: list[Entry] = []
        self.owed: list[date] = []

    def until(self, last: date, calendar: Calendar, back: datetime | None = None) -> list[Entry]:
        """Judge every day up to `last`, which is over. `back`: the member answers at this moment."""
        for day in span(next(iter(self.days), next_to(last)), last):
            known = self.days.get(day)
            if known is not None:
                self._known(known)
            elif self.tally.first is not None:
                self._empty(day, calendar)
            if day.weekday() == 6 and self.habits.goal(day):
                self._judge(week(day), calendar)
        if back is not None:
            self._freeze(back, calendar)
        return self.new

    def _known(self, known: Entry) -> None:
        if known.kind in (Kind.ANSWERED, Kind.SOON):
            self._freeze(known.at, known.calendar)
        self.tally.add(known)

    def _empty(self, day: date, calendar: Calendar) -> None:
        habits = self.habits
        if habits.pauses_on(day):
            self._write(day, Kind.PAUSED, calendar, "a planned pause")
        elif not calendar.happens(day):
            self._write(day, Kind.SKIPPED, calendar, f"{calendar.zone} had no such date")
        elif habits.goal(day):
            return
        elif habits.rests(day):
            self._write(day, Kind.REST, calendar, "a rest day of your choice")
        else:
            self.owed.append(day)
            if len(self.owed) > self.tally.freezes:
                self._fail(self.owed, day, calendar, "no answer, and not enough freezes")

    def _judge(self, monday: date, calendar: Calendar) -> None:
        """The end of a week with a goal. Such a week has one goal throughout: goals change on Mondays."""
        if self.tally.first is None:
            return
        sunday = next_to(monday, 6)
        done, asked = standing_in(self.days, self.habits, max(monday, self.tally.first), sunday)
        free = [day for day in span(max(monday, self.tally.first), sunday) if day not in self.days]
        if done >= asked:
            for day in free:
                self._write(day, Kind.REST, calendar, f"the week's goal was reached: {done} of {asked}", on=sunday)
        elif free:
            # A day that lies before one with an answer must not end the run that the tally stands in: begin anew.
            missed = [*self.owed, *free]
            self._fail(missed, sunday, calendar, f"{WEEK_FAILED}: {done} of {asked}")
            self.tally = tally(e for e in sorted(self.days.values(), key=lambda e: e.day) if e.day <= sunday)

    def _freeze(self, at: datetime, calendar: Calendar) -> None:
        owed, self.owed = self.owed, []
        for day in owed:
            self._write(day, Kind.FROZEN, calendar, "a freeze was spent on its own", at=at)

    def _fail(self, days: list[date], on: date, calendar: Calendar, cause: str) -> None:
        for day in days:
            self._write(day, Kind.MISSED, calendar, cause, on=on)
        self.owed = []

    def _write(
        self,
        day: date,
        kind: Kind,
        calendar: Calendar,
        cause: str,
        *,
        on: date | None = None,
        at: datetime | None = None,
    ) -> None:
        one = Entry(day, kind, calendar, cause, at or calendar.end(on or day))
        self.new.append(one)
        self.days[day] = one
        self.tally.add(one)


def standing_in(days: dict[date, Entry], habits: Habits, first: date, sunday: date) -> tuple[int, int]:
    """Days done and days asked for in the week that ends on `sunday`, of which the streak knows `first` and later."""
    kinds = [days[day].kind if day in days else None for day in span(first, sunday)]
    paused = (kind is None and habits.pauses_on(day) for kind, day in zip(kinds, span(first, sunday), strict=True))
    open_days = len(kinds) - sum(kind in _EXCUSED for kind in kinds) - sum(paused)
    return sum(kind in _DONE for kind in kinds), min(habits.goal(sunday), open_days)
