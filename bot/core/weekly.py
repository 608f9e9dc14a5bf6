"""Weekly slots: the one moment in each local week at which something is due; and the names of weeks.

A local week is seven local days (bot.core.days), Monday first, and is known by its Monday. Weeks follow each other
without a hole and without an overlap, whatever the clock does.

**The slot of a week** is the first moment at which the clock on the wall has reached the wanted time on the wanted
weekday's date. A time that the clock shows twice in autumn is due once, the first time. A time that it leaps over in
spring is due when it has leapt. So is any time on a date that the zone left out: Samoa had no Friday, 30 December
2011, and what was due on it was due when Saturday began.

**What follows.** Every week has its slot, and only one. No leap is longer than a day, so the slots of two weeks that
follow each other are six days apart at least: they differ, and come in the order of their weeks. A slot lies in its own
week, but for one case: where the clock leaps over the end of a Sunday, that Sunday's slot is the moment at which Monday
begins. It stays the slot of the week that it was computed for, so keep the week beside the moment.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.core.days import Calendar, moment, utc, week
from bot.core.errors import BadValue
from bot.core.markup import clip, quote

_WEEK = timedelta(weeks=1)
_NAME = re.compile(r"([0-9]{4})-?W([0-9]{2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Weekly:
    """Once a week: an IANA zone, a weekday (Monday is 0), and a local time on the minute."""

    zone: str
    weekday: int
    time: time

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise ValueError(f"a weekday is 0 to 6, not {self.weekday}")
        if self.time.tzinfo is not None or self.time.second or self.time.microsecond:
            raise ValueError(f"a local time is on the minute and carries no zone, unlike {self.time}")

    def slot(self, monday: date) -> datetime:
        """The moment, in UTC, at which it is due in a week. Raises ValueError for a day that is no Monday."""
        if monday.weekday():
            raise ValueError(f"a week is known by its Monday, and {monday} is none")
        return moment(self.zone, monday + timedelta(days=self.weekday), self.time)

    def next_after(self, at: datetime) -> tuple[date, datetime]:
        """The first slot that is later than a moment: its week's Monday, and when it is due, in UTC."""
        now = utc(at)
        monday = self.week_of(now)
        if self.slot(monday) <= now:
            monday += _WEEK
        return monday, self.slot(monday)

    def week_of(self, at: datetime) -> date:
        """The Monday of the local week that a moment belongs to."""
        return week(Calendar(self.zone).day(at))


def week_name(monday: date) -> str:
    """The ISO 8601 name of a week: `2026-W49`. Its year is the one that most of its days are in."""
    year, number, _ = monday.isocalendar()
    return f"{year:04}-W{number:02}"


def read_week(text: str) -> date:
    """The Monday of the week of that name. Raises BadValue where no week is called so."""
    found = _NAME.fullmatch(text.strip())
    try:
        if found:
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:  # a year has 52 weeks or 53
        pass
    raise BadValue(f"I know no week “{quote(clip(text.strip(), 60))}”. Write it like **2026-W49**.")
