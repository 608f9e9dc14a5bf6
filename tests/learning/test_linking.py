"""Codes that people can read and type, and whose settings hold when two learners become one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from bot.core.days import next_to
from bot.learning.board import dates
from bot.learning.habits import Habits, Pause
from bot.learning.ledger import Ledger
from bot.learning.linking import BITS, Past, elder, read_code, spell, united
from bot.learning.streak import answered, count

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


# ── codes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_code_that_is_shown_is_read_back() -> None:
    source = Random(3)  # noqa: S311 # numbers, not secrets
    numbers = [0, 1, 2**BITS - 1, *(source.getrandbits(BITS) for _ in range(500))]
    codes = [spell(number) for number in numbers]
    assert len(set(codes)) == len(numbers)
    for code in codes:
        assert len(code) == 9
        assert not set(code) & set("ILOU")
        assert read_code(code) == code


@pytest.mark.parametrize(
    "typed",
    [
        "7KQ0-M2X1",
        "7kq0-m2x1",
        "7kq0m2x1",
        " 7KQ0 M2X1 ",
        "7k q0 m2 x1",
        "7KQ0–M2X1",
        "`7KQ0-M2X1`",
        "7KQO-M2Xl",
        "7KQo-M2Xi",
    ],
)
def test_a_code_is_read_in_any_case_with_or_without_its_dash_and_with_letters_for_digits(typed: str) -> None:
    assert read_code(typed) == "7KQ0-M2X1"


@pytest.mark.parametrize(
    "typed", ["", "hello", "7KQ0-M2X", "7KQ0-M2X12", "7KQ0-M2XU", "ÀÀÀÀ-ÀÀÀÀ", "٣٣٣٣-٣٣٣٣", "-" * 8]
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


# ── two learners ──────────────────────────────────────────────────────────────────────────────────────────────────────


def past(name: str, days: int, habits: Habits | None = None, since: datetime = NOW) -> Past:
    """Somebody who answered on each of the last days."""
    ledger: Ledger = ()
    for n in range(days):
        ledger += answered(ledger, habits or Habits(), NOW - (days - 1 - n) * DAY)
    return Past(name, since, ledger, habits)


BERLIN, TOKYO = Habits("Europe/Berlin"), Habits("Asia/Tokyo")


@pytest.mark.parametrize(
    ("one", "other", "zone"),
    [
        (past("a", 9, BERLIN), past("b", 2, TOKYO), "Europe/Berlin"),
        (past("a", 2, BERLIN), past("b", 9, TOKYO), "Asia/Tokyo"),
        (past("a", 9), past("b", 2, TOKYO), "Asia/Tokyo"),
        (past("a", 0, BERLIN, NOW - DAY), past("b", 0, TOKYO), "Europe/Berlin"),
    ],
)
def test_the_settings_of_the_longer_streak_hold_or_the_only_ones_chosen(one: Past, other: Past, zone: str) -> None:
    for pair in ((one, other), (other, one)):
        _, habits = united(*elder(*pair, NOW), NOW)
        assert habits is not None
        assert habits.zone == zone


def test_a_pause_that_either_planned_holds() -> None:
    mine, theirs = (Pause(date(2026, 12, day), date(2026, 12, day + 3)) for day in (1, 20))
    one, other = past("a", 9, replace(BERLIN, pauses=(mine,))), past("b", 2, replace(TOKYO, pauses=(theirs, mine)))
    _, habits = united(*elder(one, other, NOW), NOW)
    assert habits == replace(BERLIN, pauses=(mine, theirs))


def test_two_who_chose_nothing_have_chosen_nothing_together() -> None:
    ledger, habits = united(*elder(past("a", 3), past("b", 2), NOW), NOW)
    assert habits is None
    assert count(ledger, Habits(), NOW).days == 3


# ── a board's days ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_week_begins_on_monday_and_a_month_on_its_first() -> None:
    for n in range(800):
        today = next_to(date(2027, 1, 1), n)
        monday, sunday = dates("week", today)
        assert (monday.weekday(), sunday.weekday()) == (0, 6)
        first, last = dates("month", today)
        assert (first.day, next_to(last).day) == (1, 1)
        assert first.month == today.month == last.month
        for begin, end in ((monday, sunday), (first, last), dates("all", today)):
            assert begin <= today <= end
