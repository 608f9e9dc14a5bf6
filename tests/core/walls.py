"""What the clocks on the walls of the world show, by looking at them: slowly, and by other means than bot.core.days.

Not a test by itself; the tests of the weekly slots, and the report on APScheduler's trigger, look here.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

MINUTE = timedelta(minutes=1)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
#: Each change of a clock that lasts is seen by looking so often.
_OFTEN = timedelta(hours=6)
QUARTERS = tuple(time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45))


def shown(zone: str, first: datetime, last: datetime, step: timedelta) -> dict[datetime, datetime]:
    """Look at the wall at each step: each time that it shows, or leaps over, -> the first moment that it has."""
    info = ZoneInfo(zone)
    reached: dict[datetime, datetime] = {}
    at = first
    due = at.astimezone(info).replace(tzinfo=None)
    while at < last:
        wall = at.astimezone(info).replace(tzinfo=None)
        while due < wall:
            reached.setdefault(due, at)
            due += step
        reached.setdefault(wall, at)
        at, due = at + step, wall + step
    return reached


def around(zone: str, monday: date, weeks: int = 1) -> dict[datetime, datetime]:
    """The walls of a week or more, minute by minute, and of two days before and after."""
    begins = datetime.combine(monday, time(0), UTC)
    return shown(zone, begins - 2 * DAY, begins + weeks * WEEK + 2 * DAY, MINUTE)


def shifts(zone: str, first: date, last: date) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Each change of the clock, its state at the start the first: a moment before, one after, and the new offset."""
    info, offset = ZoneInfo(zone), None
    at, end = (datetime.combine(day, time(0), UTC) for day in (first, last))
    while at < end:
        if (now := at.astimezone(info).utcoffset()) != offset and now is not None:
            yield at - _OFTEN, at, now
            offset = now
        at += _OFTEN


def weeks_of_change(zone: str, first: date, last: date) -> list[date]:
    """The Mondays of the local weeks, between two Mondays, in which the clock is changed."""
    info = ZoneInfo(zone)
    days = {at.astimezone(info).date() for *both, _ in list(shifts(zone, first, last))[1:] for at in both}
    mondays = {day - timedelta(days=day.weekday()) for day in days}
    return sorted(monday for monday in mondays if first <= monday < last)


def distinct(first: date, last: date) -> dict[str, list[str]]:
    """One name for all zones on earth whose clocks go alike between two dates -> their names, this one among them."""
    alike: dict[tuple[tuple[datetime, datetime, timedelta], ...], list[str]] = {}
    for name in sorted(available_timezones() - {"localtime"}):  # some systems call their own zone so
        alike.setdefault(tuple(shifts(name, first, last)), []).append(name)
    return {names[0]: names for names in alike.values()}


def mondays(first: date, last: date) -> Iterator[date]:
    """Every Monday from the first, which is one, to the last, which is left out."""
    while first < last:
        yield first
        first += WEEK
