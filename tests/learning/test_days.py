"""When a local day begins and ends, to the microsecond."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from random import Random
from zoneinfo import ZoneInfo, available_timezones

import pytest

from bot.core.days import Calendar, Counted, Turn, next_to, turn, week
from tests.learning.lives import BORDERS, TICK, ZONES

HOUR = timedelta(hours=1)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "border", "day", "begins", "hours"),
    [
        ("America/New_York", "00:00", "2026-03-08", "2026-03-08T05:00", 23),
        ("America/New_York", "00:00", "2026-11-01", "2026-11-01T04:00", 25),
        ("America/New_York", "02:30", "2026-03-08", "2026-03-08T07:00", 23.5),  # 2:30 was leapt over: at 3:00
        ("America/New_York", "01:30", "2026-11-01", "2026-11-01T05:30", 25),  # 1:30 came twice: the first
        ("America/New_York", "03:00", "2026-03-07", "2026-03-07T08:00", 23),
        ("Europe/Budapest", "00:00", "2026-03-29", "2026-03-28T23:00", 23),
        ("Europe/Budapest", "00:00", "2026-10-25", "2026-10-24T22:00", 25),
        ("Europe/Budapest", "03:00", "2026-10-24", "2026-10-24T01:00", 25),
        ("Australia/Lord_Howe", "00:00", "2026-04-05", "2026-04-04T13:00", 24.5),
        ("Australia/Lord_Howe", "00:00", "2026-10-04", "2026-10-03T13:30", 23.5),
        ("America/Santiago", "00:00", "2026-04-04", "2026-04-04T03:00", 25),  # 23:00 to 24:00 comes twice
        ("America/Santiago", "00:00", "2026-09-06", "2026-09-06T04:00", 23),  # has no midnight
        ("Asia/Beirut", "00:00", "2026-03-29", "2026-03-28T22:00", 23),  # has no midnight
        ("Asia/Kathmandu", "00:00", "2026-06-01", "2026-05-31T18:15", 24),
        ("Pacific/Kiritimati", "00:00", "2026-06-01", "2026-05-31T10:00", 24),
        ("UTC", "03:00", "2024-02-29", "2024-02-29T03:00", 24),
        ("Antarctica/Troll", "00:00", "2026-03-29", "2026-03-29T00:00", 22),
        ("Pacific/Apia", "00:00", "2011-12-30", "2011-12-30T10:00", 0),  # left out
    ],
)
def test_a_day_begins_and_ends_exactly(zone: str, border: str, day: str, begins: str, hours: float) -> None:
    calendar, on = Calendar(zone, time.fromisoformat(border)), date.fromisoformat(day)
    assert calendar.start(on) == moment(begins)
    assert calendar.end(on) - calendar.start(on) == hours * HOUR
    assert calendar.day(calendar.start(on) - TICK) == next_to(on, -1)
    assert calendar.happens(on) == (hours > 0)
    if hours:
        assert calendar.day(calendar.start(on)) == calendar.day(calendar.end(on) - TICK) == on


def test_a_night_owl_is_still_in_yesterday_until_the_border() -> None:
    owl = Calendar("Europe/Budapest", time(3))
    assert owl.day(moment("2026-07-02T00:59:59.999999")) == date(2026, 7, 1)
    assert owl.day(moment("2026-07-02T01:00")) == date(2026, 7, 2)


@lru_cache(maxsize=100_000)
def _wall(zone: str, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_is_the_latest_that_the_wall_has_shown(zone: str) -> None:
    """Slowly and differently: of the last three hours, minute by minute, the latest date that was read."""
    source = Random(zone)  # noqa: S311
    info = ZoneInfo(zone)
    hours = [moment("2026-01-01T00:00") + n * HOUR for n in range(24 * 365)]
    changes = [h for h in hours if h.astimezone(info).utcoffset() != (h + HOUR).astimezone(info).utcoffset()]
    for _ in range(40):
        border = source.choice(BORDERS)
        near = source.choice(changes or hours) + timedelta(minutes=source.randint(-1600, 1600))
        past = (near - timedelta(minutes=n) for n in range(180))
        shown = max((_wall(zone, at) - timedelta(hours=border.hour, minutes=border.minute)).date() for at in past)
        assert Calendar(zone, border).day(near) == shown


def test_days_neither_overlap_nor_leave_a_hole_in_any_zone_on_earth() -> None:
    for zone in sorted(available_timezones()):
        for border in (time(0), time(2, 30)):
            calendar = Calendar(zone, border)
            for n in range(0, 365, 5):
                day = date(2026, 1, 1) + timedelta(days=n)
                assert timedelta(hours=20) < calendar.end(day) - calendar.start(day) < timedelta(hours=28)
                assert calendar.day(calendar.start(day)) == calendar.day(calendar.end(day) - TICK) == day


def test_who_stays_in_one_zone_is_never_too_soon() -> None:
    """The last tick of one day, then the first tick of each next one, across every change of clocks of 2026."""
    for zone in sorted(available_timezones()):
        calendar, info = Calendar(zone), ZoneInfo(zone)
        noons = [moment("2026-01-01T12:00") + n * 24 * HOUR for n in range(365)]
        changes = [n for n in noons if n.astimezone(info).utcoffset() != (n + 24 * HOUR).astimezone(info).utcoffset()]
        for change in (noons[180], *changes):
            first = next_to(calendar.day(change), -4)
            earned = [Counted(first, calendar, calendar.end(first) - TICK)]
            for n in range(1, 10):
                at = calendar.start(next_to(first, n))
                assert turn(earned, calendar, at) is Turn.NEW, (zone, at)
                assert turn([*earned, Counted(next_to(first, n), calendar, at)], calendar, at) is Turn.SAME
                earned.append(Counted(next_to(first, n), calendar, at))


def test_a_border_and_a_moment_must_make_sense() -> None:
    with pytest.raises(ValueError, match="a day ends between 00:00 and 06:00"):
        Calendar("UTC", time(6, 1))
    with pytest.raises(ValueError, match="needs a zone"):
        Calendar("UTC").day(datetime(2026, 1, 1))  # noqa: DTZ001 # on purpose
    assert week(date(2026, 3, 1)) == date(2026, 2, 23)
    assert week(date(2026, 2, 23)) == date(2026, 2, 23)
