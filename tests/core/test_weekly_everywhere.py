"""Every weekly slot on earth from 2026 to 2031: each zone, week, weekday and quarter-hour.

A zone stands for all whose clocks go alike in these years. `make check-slow` runs this; it takes a few minutes.
"""

from datetime import UTC, date, datetime, time
from itertools import pairwise
from random import Random

import pytest

from bot.core.weekly import Weekly
from tests.core.walls import DAY, QUARTER, QUARTERS, around, distinct, mondays, shown, weeks_of_change

FIRST, LAST = date(2025, 12, 29), date(2032, 1, 5)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def zones() -> list[str]:
    found = list(distinct(FIRST - 3 * DAY, LAST + 3 * DAY))
    assert len(found) > 50
    return found


def test_minute_by_minute_in_each_week_in_which_a_clock_changes(zones: list[str]) -> None:
    weeks = 0
    for zone in zones:
        for monday in weeks_of_change(zone, FIRST, LAST):
            weeks += 1
            reached = around(zone, monday)
            for weekday in range(7):
                for at in QUARTERS:
                    weekly = Weekly(zone, weekday, at)
                    due = weekly.slot(monday)
                    assert due == reached[datetime.combine(monday + weekday * DAY, at)], (weekly, monday)
                    assert weekly.week_of(due) == monday, (weekly, monday)
    assert weeks > 300


def test_quarter_by_quarter_in_all_weeks_one_slot_each_none_lost_none_twice(zones: list[str]) -> None:
    """Each quarter-hour of six years on the wall of each zone; that clocks change on the quarter, it would show."""
    begins, ends = (datetime.combine(day, time(0), UTC) for day in (FIRST, LAST))
    weeks = list(mondays(FIRST, LAST))
    for zone in zones:
        reached = shown(zone, begins - 2 * DAY, ends + 2 * DAY, QUARTER)
        for weekday in range(7):
            for at in QUARTERS:
                weekly = Weekly(zone, weekday, at)
                slots = [weekly.slot(monday) for monday in weeks]
                wanted = [reached[datetime.combine(monday + weekday * DAY, at)] for monday in weeks]
                assert slots == wanted, weekly
                assert all(before < after for before, after in pairwise(slots)), weekly


def test_who_goes_from_slot_to_slot_meets_every_week_once(zones: list[str]) -> None:
    weeks = list(mondays(FIRST, LAST))
    for zone in zones:
        source = Random(zone)  # noqa: S311 # no secret
        for _ in range(32):
            weekly = Weekly(zone, source.randrange(7), source.choice((time(0), source.choice(QUARTERS))))
            now, met = datetime.combine(FIRST - 7 * DAY, time(0), UTC), []
            while now < datetime.combine(LAST + 7 * DAY, time(0), UTC):
                monday, now = weekly.next_after(now)
                met.append(monday)
                assert weekly.week_of(now) == monday, (weekly, monday)
            assert [monday for monday in met if FIRST <= monday < LAST] == weeks, weekly
