"""Weekdays, times and days to come, as people type them."""

from datetime import date, time

import pytest

from bot.core.errors import BadValue
from bot.core.times import Until, Weekday, like_time, like_until, read_time, read_until, read_weekday


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("9", "09:00"),
        ("9:00", "09:00"),
        ("09:30", "09:30"),
        ("9.30", "09:30"),
        (" 9AM ", "09:00"),
        ("5 pm", "17:00"),
        ("5:45 p.m.", "17:45"),
        ("12 am", "00:00"),
        ("12pm", "12:00"),
        ("17h", "17:00"),
        ("17h30", "17:30"),
        ("23:59", "23:59"),
        ("0:00", "00:00"),
        ("Noon", "12:00"),
        ("midnight", "00:00"),
    ],
)
def test_a_time_is_read_as_people_write_it(typed: str, read: str) -> None:
    assert read_time(typed) == time.fromisoformat(read)
    assert like_time(typed)


@pytest.mark.parametrize("typed", ["24:00", "9:60", "13 pm", "0 am", "9:5", "930", "-9", "9:00:00", "٩", "soon", ""])
def test_what_is_no_time_is_refused_by_name(typed: str) -> None:
    with pytest.raises(BadValue, match="not a time of day") as refused:
        read_time(typed)
    assert f"“{typed}”" in str(refused.value)


@pytest.mark.parametrize("number", range(7))
def test_a_weekday_is_read_whole_short_or_in_the_plural(number: int) -> None:
    name = f"{date(2026, 11, 23 + number):%A}"
    for typed in (name, f"{name}s", name.upper(), name[:3], f" {name[:2]}. "):
        assert read_weekday(typed) == number
    assert Weekday(number).label == name


def test_no_two_weekdays_share_a_name() -> None:
    names = [name for day in Weekday for name in day.names]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("typed", ["m", "t", "someday", "days", "monda y", "mondayss", "0", ""])
def test_what_is_no_weekday_is_refused_by_name(typed: str) -> None:
    with pytest.raises(BadValue, match="not a weekday") as refused:
        read_weekday(typed)
    assert f"“{typed}”" in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "until", "day"),
    [
        ("2026-12-24", Until(date(2026, 12, 24)), date(2026, 12, 24)),
        ("3 weeks", Until(days=21), date(2026, 12, 14)),
        ("1 Week", Until(days=7), date(2026, 11, 30)),
        ("10 days", Until(days=10), date(2026, 12, 3)),
        ("2w", Until(days=14), date(2026, 12, 7)),
    ],
)
def test_a_day_to_come_is_a_date_or_counted_from_today(typed: str, until: Until, day: date) -> None:
    assert read_until(typed) == until
    assert until.counted_from(date(2026, 11, 23)) == day
    assert like_until(typed)


@pytest.mark.parametrize("typed", ["2026-02-30", "24 dec", "0 days", "1000 weeks", "-1 days", "weeks", "3", ""])
def test_what_is_no_day_is_refused_by_name(typed: str) -> None:
    with pytest.raises(BadValue, match="not a day that I can read") as refused:
        read_until(typed)
    assert f"“{typed}”" in str(refused.value)
