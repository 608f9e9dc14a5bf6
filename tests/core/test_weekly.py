"""When a weekly slot is: once in each local week, whatever the clock does."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import BadValue
from bot.core.weekly import Weekly, read_week, week_name
from bot.core.zones import is_zone
from tests.core.walls import DAY, MINUTE, QUARTERS, WEEK, around, mondays, weeks_of_change

FIRST, LAST = date(2026, 1, 5), date(2027, 1, 4)
ODD = (
    "America/New_York Europe/Budapest Australia/Lord_Howe America/Santiago Asia/Kathmandu Pacific/Kiritimati "
    "Africa/Casablanca Antarctica/Troll Pacific/Apia Africa/Cairo Asia/Beirut America/Havana America/Asuncion Asia/Gaza"
).split()
SAMPLE = Random(2026).sample(sorted(set(filter(is_zone, available_timezones())) - set(ODD)), 40)  # noqa: S311 # no secret


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "weekday", "at", "week", "due"),
    [
        ("Europe/Berlin", 0, "09:00", "2026-W48", "2026-11-23T08:00"),
        ("Europe/Berlin", 6, "02:30", "2026-W13", "2026-03-29T01:00"),  # leapt over: at 3:00
        ("Europe/Berlin", 6, "02:30", "2026-W43", "2026-10-25T00:30"),  # comes twice: the first
        ("Europe/Berlin", 0, "00:30", "2026-W14", "2026-03-29T22:30"),  # the day after the change
        ("America/New_York", 6, "01:30", "2026-W44", "2026-11-01T05:30"),  # comes twice: the first
        ("Australia/Lord_Howe", 6, "02:15", "2026-W40", "2026-10-03T15:30"),  # half an hour is leapt over
        ("America/Santiago", 6, "00:00", "2026-W36", "2026-09-06T04:00"),  # has no midnight
        ("America/Santiago", 5, "23:30", "2026-W14", "2026-04-05T02:30"),  # comes twice: the first
        ("Asia/Kathmandu", 3, "17:15", "2026-W53", "2026-12-31T11:30"),
        ("Antarctica/Troll", 6, "01:15", "2026-W13", "2026-03-29T01:00"),  # two hours are leapt over
        ("Pacific/Kiritimati", 0, "00:00", "2026-W01", "2025-12-28T10:00"),
        ("Pacific/Apia", 4, "09:00", "2011-W52", "2011-12-30T10:00"),  # no such date: when the next begins
        ("Africa/Algiers", 6, "23:30", "1971-W16", "1971-04-25T23:00"),  # the end of Sunday is leapt over
    ],
)
def test_a_slot_is_where_the_wall_first_reaches_its_time(zone: str, weekday: int, at: str, week: str, due: str) -> None:
    assert Weekly(zone, weekday, time.fromisoformat(at)).slot(read_week(week)) == moment(due)


@pytest.mark.parametrize("zone", [*ODD, *SAMPLE])
def test_each_quarter_hour_of_the_weeks_in_which_a_clock_changes_has_its_slot(zone: str) -> None:
    """Against the walls, minute by minute; in two weeks without a change as well."""
    some = Random(zone).sample(list(mondays(FIRST, LAST)), 2)  # noqa: S311 # no secret
    for monday in {*weeks_of_change(zone, FIRST, LAST), *some}:
        reached = around(zone, monday)
        for weekday in range(7):
            for at in QUARTERS:
                weekly = Weekly(zone, weekday, at)
                due = weekly.slot(monday)
                assert due == reached[datetime.combine(monday + weekday * DAY, at)], (weekly, monday)
                assert weekly.week_of(due) == monday, (weekly, monday)


@pytest.mark.parametrize(
    ("zone", "left_out"),
    [
        ("Pacific/Apia", "2011-12-30"),
        ("Pacific/Fakaofo", "2011-12-30"),
        ("Pacific/Kwajalein", "1993-08-21"),
        ("Pacific/Kiritimati", "1994-12-31"),
        ("Pacific/Enderbury", "1994-12-31"),
    ],
)
def test_a_week_with_a_date_too_few_has_the_slot_of_that_date_when_the_next_begins(zone: str, left_out: str) -> None:
    day = date.fromisoformat(left_out)
    monday = day - timedelta(days=day.weekday())
    reached = around(zone, monday)
    begins = reached[datetime.combine(day + DAY, time(0))]
    for weekday in range(7):
        for at in QUARTERS:
            before, due, after = (Weekly(zone, weekday, at).slot(monday + n * WEEK) for n in (-1, 0, 1))
            assert due == reached[datetime.combine(monday + weekday * DAY, at)]
            assert (due == begins) == (weekday == day.weekday() or (weekday == day.weekday() + 1 and at == time(0)))
            assert 6 * DAY <= due - before <= 8 * DAY
            assert 6 * DAY <= after - due <= 8 * DAY


def test_where_the_end_of_sunday_is_leapt_over_its_slot_still_belongs_to_its_week() -> None:
    weekly, monday = Weekly("Africa/Algiers", 6, time(23, 30)), date(1971, 4, 19)
    due = weekly.slot(monday)
    assert weekly.week_of(due - MINUTE) == monday
    assert weekly.week_of(due) == monday + WEEK
    assert weekly.next_after(due - MINUTE) == (monday, due)
    assert weekly.next_after(due) == (monday + WEEK, moment("1971-05-02T22:30"))


_weekly = st.builds(Weekly, st.sampled_from([*ODD, *SAMPLE]), st.integers(0, 6), st.sampled_from(QUARTERS))
_moments = st.datetimes(datetime(1970, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 # just there


@given(_weekly, _moments)
def test_the_next_slot_is_later_than_now_and_none_lies_between(weekly: Weekly, now: datetime) -> None:
    monday, due = weekly.next_after(now)
    assert due > now
    assert weekly.slot(monday) == due
    assert weekly.slot(monday - WEEK) <= now
    assert weekly.next_after(due - timedelta(microseconds=1)) == (monday, due)
    assert weekly.next_after(due) == (monday + WEEK, weekly.slot(monday + WEEK))


def test_a_slot_of_no_week_and_a_time_of_no_day_are_refused() -> None:
    with pytest.raises(ValueError, match="known by its Monday"):
        Weekly("UTC", 0, time(9)).slot(date(2026, 11, 24))
    with pytest.raises(ValueError, match="0 to 6"):
        Weekly("UTC", 7, time(9))
    for wrong in (time(9, 0, 1), time(9, tzinfo=UTC)):
        with pytest.raises(ValueError, match="on the minute"):
            Weekly("UTC", 0, wrong)


def test_every_week_has_a_name_of_its_own_that_leads_back_to_it() -> None:
    every = list(mondays(date(1999, 1, 4), date(2101, 1, 3)))
    names = [week_name(monday) for monday in every]
    assert [read_week(name) for name in names] == every
    assert all(before < after for before, after in pairwise(names))
    assert week_name(date(2026, 12, 28)) == "2026-W53"
    assert week_name(date(2027, 1, 4)) == "2027-W01"
    assert read_week(" 2026w53 ") == date(2026, 12, 28)


@pytest.mark.parametrize(
    "typed", ["2027-W53", "2026-W00", "2026-W54", "2026-49", "W49", "0000-W01", "", "２０２６-W49"]
)
def test_what_is_no_week_is_refused_by_name(typed: str) -> None:
    with pytest.raises(BadValue, match="2026-W49") as refused:
        read_week(typed)
    assert f"“{typed}”" in str(refused.value)
