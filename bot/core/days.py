"""Local days: which date a moment belongs to, when that date ends, and when an answer is a new day.

**A day.** A `Calendar` is a zone and a late-night border. The date D begins at the first moment at which the clock on
the wall has reached the border on D, and ends where the next one begins. So days follow each other without a hole and
without an overlap, whatever the clock does: a border inside a spring gap begins the day when the clock leaps over it; a
border that the clock passes twice in autumn begins the day the first time, and what is shown again belongs to the day
that has begun. A date that a zone leaves out (Samoa had no 30 December 2011) is empty: it begins and ends at once.

**The zone rule.** An answer at a moment belongs to the date on its own calendar at that moment. The date is stored and
never derived again. With C the last counted date, and the calendar in which it was counted:

1. *No date twice.* An answer counts only if its date is later than C. Who flies west over the date line and sees the
   same date again keeps the streak by answering, and earns nothing.
2. *A change brings no day sooner.* If zone or border were changed since C, the answer counts only if it is a new date
   on the calendar of C as well, or at least 12 hours (`APART`) have passed. Before that it keeps the streak, but adds
   no day.
3. *Never more days than time.* Each counted day needs 24 hours. Two days may be drawn at once (23:59 and 0:00 are two
   days for people who stay at home), and 3 hours (`SLACK`) are given for daylight saving. An answer beyond that keeps
   the streak, but adds no day.
4. *36 hours keep.* If zone or border were changed since the last answer (counted or not) and at most 36 hours (`GRACE`)
   have passed, no date in between is missed: it was swallowed by the journey.
5. *A swallowed date is not missed.* After more than 36 hours, a date is missed only if it is over on both calendars:
   the one of the last answer, and the one in use now. Who stays in one zone is judged by its dates alone.

**What follows.** From 3, whatever zones and borders are picked at each answer: N counted days take at least
(N - 2) * 24 - 3 hours; in any stretch of T hours at most T / 24 + 2 + 1/8 days are counted. Those who stay in one place
can have up to T / 24 + 2, so no rule that leaves them alone can promise less, but for the eighth of a day that daylight
saving needs. Proof: let F be the time at which the next day is due: after a count at t, F = max(t, F) + 24 h, and a
count at t needs t >= F - 27 h. After counts at t(1) .. t(k), F >= t(1) + k * 24 h; so t(N) >= t(1) + (N - 1) * 24 h -
27 h. From 4, a streak whose answers are at most 36 hours apart outlives every change of zone: a date can be missed only
between two answers on the same calendar. What a hopper may gain is time of day (he may answer for a date until it ends
in the last zone on earth), never a day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import lru_cache
from zoneinfo import ZoneInfo

APART = timedelta(hours=12)
DAY = timedelta(hours=24)
SLACK = timedelta(hours=3)
GRACE = timedelta(hours=36)
#: The latest that a day may end: by then people get up, and the border would split their morning.
LATEST_BORDER = time(6)

_ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Whose days: an IANA zone, and the local time at which a day ends and the next begins."""

    zone: str
    border: time = time(0)

    def __post_init__(self) -> None:
        if self.border > LATEST_BORDER or self.border.tzinfo is not None:
            raise ValueError(f"a day ends between 00:00 and {LATEST_BORDER:%H:%M}, not at {self.border}")

    def day(self, at: datetime) -> date:
        """The date that a moment belongs to. The moment must carry a zone, any zone."""
        return _date(self.zone, self.border, utc(at))

    def start(self, day: date) -> datetime:
        """The moment at which a date begins, in UTC."""
        return moment(self.zone, day, self.border)

    def end(self, day: date) -> datetime:
        """The moment at which a date is over, in UTC: the first that no longer belongs to it."""
        return moment(self.zone, day + _ONE, self.border)

    def happens(self, day: date) -> bool:
        """False for a date that the zone left out."""
        return self.start(day) < self.end(day)


@lru_cache(maxsize=1024)
def calendar(zone: str, border: time) -> Calendar:
    """The one of that zone and border. Raises ValueError as `Calendar` does."""
    return Calendar(zone, border)


def utc(at: datetime) -> datetime:
    """The same moment in UTC; sums and differences of moments are only right there."""
    if at.tzinfo is None:
        raise ValueError(f"a moment needs a zone: {at}")
    return at.astimezone(UTC)


def week(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def span(first: date, last: date) -> Iterable[date]:
    """Every date from `first` to `last`, both included."""
    return (date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1))


def next_to(day: date, by: int = 1) -> date:
    return day + timedelta(days=by)


# ── the zone rule ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Counted:
    """A day that was earned: its date, the calendar that it was on, and the moment."""

    day: date
    calendar: Calendar
    at: datetime


class Turn(Enum):
    NEW = "a new day"
    SAME = "a date that was counted before"
    SOON = "a new date, but too soon after a change of zone"


def turn(counted: Iterable[Counted], calendar: Calendar, at: datetime) -> Turn:
    """What an answer is, after those that were counted (in order of their moments): rules 1, 2 and 3."""
    last: Counted | None = None
    due = at
    latest = date.min
    for one in counted:
        # The cap bites only where two ledgers were merged: each was within the bound, both together need not be.
        due = min((one.at if last is None else max(one.at, due)) + DAY, one.at + DAY + DAY + SLACK)
        latest = max(latest, one.day)
        last = one
    today = calendar.day(at)
    if last is None:
        return Turn.NEW
    if today <= latest:
        return Turn.SAME
    sooner = calendar != last.calendar and last.calendar.day(at) <= latest and at - last.at < APART
    return Turn.SOON if sooner or at < due - DAY - SLACK else Turn.NEW


def over(last: Calendar, now_in: Calendar, now: datetime) -> date:
    """The latest date that is over on both calendars: rule 5."""
    here = now_in.day(now)
    return next_to(here if last == now_in else min(here, last.day(now)), -1)


# ── moments and walls ─────────────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=16384)
def moment(zone: str, day: date, at: time) -> datetime:
    """The first moment, in UTC, at which the clock on the wall of a zone has reached a time on a date.

    A time that it shows twice is reached the first time; one that it leaps over, or that lies on a date that the zone
    left out, when it has leapt.
    """
    local = datetime.combine(day, at, ZoneInfo(zone))
    first, second = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    if first <= second:  # one such moment, or two: the first of them
        return first
    # The clock leaps over it (PEP 495: then the two readings stand crosswise around the leap). Find the leap.
    info, low, high = ZoneInfo(zone), second, first
    before = low.astimezone(info).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if middle.astimezone(info).utcoffset() == before else (low, middle)
    return high


@lru_cache(maxsize=16384)
def _date(zone: str, border: time, at: datetime) -> date:
    wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    day = (wall - timedelta(hours=border.hour, minutes=border.minute, seconds=border.second)).date()
    while at < moment(zone, day, border):
        day -= _ONE
    while at >= moment(zone, day + _ONE, border):
        day += _ONE
    return day
