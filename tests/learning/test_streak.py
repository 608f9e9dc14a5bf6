"""Named cases: what a member lives through, and what the streak says to it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.learning import streak
from bot.learning.explain import explain
from bot.learning.habits import Habits, Unwanted, choose_goal, choose_rest, pause, resume
from bot.learning.ledger import Kind, Ledger, by_day
from bot.learning.streak import NoRepair, Standing, answered, count, merge, repair, settle

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


def moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def told(*answers: tuple[str, Habits], ledger: Ledger = ()) -> Ledger:
    """The ledger of these answers; before a change of zone the old habits are settled, as the caller must."""
    before: Habits | None = None
    for when, habits in answers:
        at = moment(when)
        if before is not None and before.calendar != habits.calendar:
            ledger += settle(ledger, before, at)
        ledger += answered(ledger, habits, at)
        before = habits
    return ledger


def kinds(ledger: Ledger) -> str:
    return " ".join(f"{day:%d}:{one.kind}" for day, one in by_day(ledger).items())


def days_from(first: str, number: int, habits: Habits, ledger: Ledger = ()) -> Ledger:
    for n in range(number):
        ledger += answered(ledger, habits, moment(first) + n * DAY)
    return ledger


HOME = Habits("UTC")


# ── staying in one place ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("zone", "border", "walls"),
    [
        (
            "America/New_York",
            "00:00",
            ["03-07T23:59:59.999999-05:00", "03-08T00:00-05:00", "03-09T23:59:59.999999-04:00"],
        ),
        (
            "America/New_York",
            "00:00",
            ["10-31T23:59:59.999999-04:00", "11-01T01:30-05:00", "11-02T23:59:59.999999-05:00"],
        ),
        (
            "America/New_York",
            "03:00",
            ["03-08T01:59:59.999999-05:00", "03-08T03:00-04:00", "03-10T02:59:59.999999-04:00"],
        ),
        ("Europe/Budapest", "00:00", ["03-28T00:00+01:00", "03-29T23:59:59.999999+02:00", "03-30T00:00+02:00"]),
        ("Europe/Budapest", "00:00", ["10-24T00:00+02:00", "10-25T23:59:59.999999+01:00", "10-26T00:00+01:00"]),
        (
            "Europe/Budapest",
            "03:00",
            ["10-25T02:59:59.999999+01:00", "10-25T03:00+01:00", "10-27T02:59:59.999999+01:00"],
        ),
        ("Australia/Lord_Howe", "00:00", ["04-04T00:00+11:00", "04-05T23:59:59.999999+10:30", "04-06T00:00+10:30"]),
        ("Australia/Lord_Howe", "00:00", ["10-03T00:00+10:30", "10-04T23:59:59.999999+11:00", "10-05T00:00+11:00"]),
        ("America/Santiago", "00:00", ["04-03T00:00-03:00", "04-04T23:59:59.999999-04:00", "04-05T00:00-04:00"]),
        (
            "America/Santiago",
            "00:00",
            ["09-05T23:59:59.999999-04:00", "09-06T01:00-03:00", "09-07T23:59:59.999999-03:00"],
        ),
        ("Asia/Kathmandu", "00:00", ["01-01T00:00+05:45", "01-02T23:59:59.999999+05:45", "01-03T00:00+05:45"]),
        ("Pacific/Kiritimati", "00:00", ["12-30T00:00+14:00", "12-31T23:59:59.999999+14:00", "12-31T10:00+00:00"]),
    ],
)
def test_three_days_at_the_edges_are_three_days(zone: str, border: str, walls: Sequence[str]) -> None:
    habits = Habits(zone, time.fromisoformat(border))
    ledger = told(*((f"2026-{wall}", habits) for wall in walls))
    assert [one.kind for one in ledger] == [Kind.ANSWERED] * 3
    assert (ledger[2].day - ledger[0].day).days == 2
    assert count(ledger, habits, moment(f"2026-{walls[2]}")).number == 3


def test_a_second_answer_on_one_date_adds_nothing_and_the_same_answer_told_twice_leaves_no_trace() -> None:
    ledger = told(("2026-05-01T00:00", HOME), ("2026-05-01T23:59:59.999999", HOME))
    assert [one.kind for one in ledger] == [Kind.ANSWERED, Kind.AGAIN]
    assert answered(ledger, HOME, moment("2026-05-01T23:59:59.999999")) == ()


def test_the_leap_day_is_a_day_like_any_other() -> None:
    ledger = days_from("2024-02-27T12:00", 4, HOME)
    assert [one.day for one in ledger][2:] == [date(2024, 2, 29), date(2024, 3, 1)]
    assert count(ledger, HOME, moment("2024-03-01T13:00")).number == 4


def test_a_date_that_samoa_left_out_is_not_missed() -> None:
    apia = Habits("Pacific/Apia")
    ledger = told(("2011-12-29T20:00-10:00", apia), ("2011-12-31T20:00+14:00", apia))
    assert kinds(ledger) == "29:answered 30:skipped 31:answered"


def test_a_missed_day_at_home_breaks_even_within_36_hours() -> None:
    ledger = told(("2026-05-01T13:00", HOME), ("2026-05-03T00:30", HOME))
    assert kinds(ledger) == "01:answered 02:missed 03:answered"
    standing = count(ledger, HOME, moment("2026-05-03T01:00"))
    assert (standing.number, standing.longest, standing.total) == (1, 1, 2)


def test_today_is_open_until_its_last_tick() -> None:
    ledger = told(("2026-05-01T13:00", HOME))
    standing = count(ledger, HOME, moment("2026-05-02T23:59:59.999999"))
    assert (standing.number, standing.kept, standing.ends) == (1, False, moment("2026-05-03T00:00"))
    assert count(ledger, HOME, moment("2026-05-03T00:00")).number == 0


# ── journeys ──────────────────────────────────────────────────────────────────────────────────────────────────────────

HONOLULU, KIRITIMATI = Habits("Pacific/Honolulu"), Habits("Pacific/Kiritimati")
NEW_YORK, TOKYO = Habits("America/New_York"), Habits("Asia/Tokyo")


def test_eastward_over_the_date_line_the_swallowed_date_is_not_missed() -> None:
    """From Honolulu to Kiritimati, where the clock shows the same hour of tomorrow."""
    ledger = told(("2026-05-01T20:00-10:00", HONOLULU), ("2026-05-03T20:00+14:00", KIRITIMATI))
    assert kinds(ledger) == "01:answered 02:skipped 03:answered"
    assert count(ledger, KIRITIMATI, moment("2026-05-03T21:00+14:00")).number == 2


def test_westward_over_the_date_line_the_same_date_earns_nothing_and_breaks_nothing() -> None:
    ledger = told(
        ("2026-05-02T20:00+14:00", KIRITIMATI),
        ("2026-05-02T20:00-10:00", HONOLULU),  # a day later, and the same date
        ("2026-05-03T20:00-10:00", HONOLULU),
    )
    assert [one.kind for one in ledger] == [Kind.ANSWERED, Kind.AGAIN, Kind.ANSWERED]
    assert count(ledger, HONOLULU, moment("2026-05-03T21:00-10:00")).number == 2


def test_from_new_york_to_tokyo_and_back_each_sleep_is_a_day() -> None:
    ledger = told(
        ("2026-05-01T20:00-04:00", NEW_YORK),
        ("2026-05-03T00:30+09:00", TOKYO),  # 15.5 hours later: 2 May was over before the plane landed
        ("2026-05-04T09:00+09:00", TOKYO),
        ("2026-05-05T09:00+09:00", TOKYO),
        ("2026-05-05T21:00-04:00", NEW_YORK),  # the same date once more
        ("2026-05-06T09:00-04:00", NEW_YORK),
    )
    assert kinds(ledger) == "01:answered 02:skipped 03:answered 04:answered 05:answered 06:answered"
    assert count(ledger, NEW_YORK, moment("2026-05-06T10:00-04:00")).number == 5


def test_thirty_six_hours_to_the_tick() -> None:
    start = moment("2026-05-01T13:00")
    moved = Habits("Europe/Budapest")
    for late, kind in ((timedelta(0), Kind.SKIPPED), (TICK, Kind.MISSED)):
        ledger = told((start.isoformat(), HOME), ((start + 36 * timedelta(hours=1) + late).isoformat(), moved))
        assert by_day(ledger)[date(2026, 5, 2)].kind is kind


def test_a_long_journey_owes_only_what_is_over_on_both_calendars() -> None:
    """Forty hours from Honolulu to Kiritimati: two dates are gone there, one at home."""
    ledger = days_from("2026-04-24T18:00", 7, HONOLULU)
    assert count(ledger, HONOLULU, moment("2026-04-30T20:00")).freezes == 1
    ledger = told(("2026-05-02T10:30", KIRITIMATI), ledger=ledger)  # 3 May there, 2 May still in Honolulu
    assert kinds(ledger).endswith("30:answered 01:frozen 02:skipped 03:answered")


def test_a_hop_at_noon_does_not_make_a_day_of_the_same_sitting() -> None:
    ledger = told(("2026-05-01T12:00-04:00", NEW_YORK), ("2026-05-01T12:01-04:00", KIRITIMATI))
    assert ledger[-1].kind is Kind.SOON
    assert count(ledger, KIRITIMATI, moment("2026-05-01T12:02-04:00")).number == 1


def test_a_border_that_moves_earns_no_second_day() -> None:
    owl = Habits("UTC", time(3))
    ledger = told(("2026-05-02T01:00", owl), ("2026-05-02T01:01", HOME), ("2026-05-02T01:02", owl))
    assert [one.kind for one in ledger] == [Kind.ANSWERED, Kind.SOON, Kind.AGAIN]


def test_three_midnights_in_an_hour_are_not_three_days() -> None:
    """The best that hopping could do without rule 3: Marquesas at midnight, then Kiritimati at midnight."""
    marquesas = Habits("Pacific/Marquesas")
    ledger = told(("2026-05-02T09:29", marquesas), ("2026-05-02T09:31", KIRITIMATI), ("2026-05-02T10:01", KIRITIMATI))
    assert [one.kind for one in ledger] == [Kind.ANSWERED, Kind.ANSWERED, Kind.SOON]
    assert count(ledger, KIRITIMATI, moment("2026-05-02T10:02")).number == 2


def test_a_zone_that_changes_its_name_changes_nothing() -> None:
    ledger = days_from("2026-05-01T20:00", 3, Habits("Europe/Kiev"))
    renamed = Habits("Europe/Kyiv")
    ledger += answered(ledger, renamed, moment("2026-05-04T20:59:59.999999"))
    assert count(ledger, renamed, moment("2026-05-04T20:59:59.999999")).number == 4


# ── freezes, rest days, pauses ────────────────────────────────────────────────────────────────────────────────────────


def test_seven_days_earn_a_freeze_and_there_are_never_more_than_two() -> None:
    assert [
        count(days_from("2026-05-01T12:00", n, HOME), HOME, moment("2026-05-01T13:00") + (n - 1) * DAY).freezes
        for n in (6, 7, 13, 14, 21, 28)
    ] == [0, 1, 1, 2, 2, 2]


@pytest.mark.parametrize(("missed", "number", "left"), [(1, 15, 1), (2, 15, 0), (3, 1, 2)])
def test_freezes_are_spent_only_if_they_cover_every_missed_day(missed: int, number: int, left: int) -> None:
    ledger = days_from("2026-05-01T12:00", 14, HOME)
    back = moment("2026-05-14T12:00") + (missed + 1) * DAY
    waiting = count(ledger, HOME, back)
    assert waiting.freezes == 2
    assert len(waiting.frozen) == (missed if missed < 3 else 0)
    assert waiting.number == (14 if missed < 3 else 0)
    new = answered(ledger, HOME, back)
    assert sum(one.kind is Kind.FROZEN for one in new) == (missed if missed < 3 else 0)
    standing = count((*ledger, *new), HOME, back)
    assert (standing.number, standing.freezes) == (number, left)


def test_rest_days_cost_nothing_and_hold_from_the_day_of_the_choice() -> None:
    habits = choose_rest(HOME, {5, 6}, date(2026, 5, 6))  # Wednesday; Saturday and Sunday
    ledger = told(("2026-05-08T12:00", habits), ("2026-05-11T12:00", habits))
    assert kinds(ledger) == "08:answered 09:rest 10:rest 11:answered"
    late = choose_rest(HOME, {5}, date(2026, 5, 10))  # on Sunday, for the Saturday that is over
    ledger = told(("2026-05-08T12:00", HOME), ("2026-05-10T12:00", late))
    assert kinds(ledger) == "08:answered 09:missed 10:answered"
    with pytest.raises(Unwanted, match="at most 2"):
        choose_rest(HOME, {1, 2, 3}, date(2026, 5, 1))


def test_a_pause_is_planned_ahead_and_can_be_ended() -> None:
    today = date(2026, 5, 2)
    habits = pause(HOME, today, date(2026, 5, 20), today)
    ledger = days_from("2026-05-01T12:00", 1, habits)
    assert count(ledger, habits, moment("2026-05-20T12:00")).number == 1
    back = resume(habits, date(2026, 5, 10))
    ledger += answered(ledger, back, moment("2026-05-10T12:00"))
    assert kinds(ledger).endswith("09:paused 10:answered")
    assert count(ledger, back, moment("2026-05-12T00:00")).number == 0
    for first, last in ((date(2026, 5, 1), today), (today, date(2026, 5, 1)), (today, date(2027, 5, 1))):
        with pytest.raises(Unwanted):
            pause(HOME, first, last, today)


# ── repairs ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def broken() -> Ledger:
    return days_from("2026-05-01T12:00", 5, HOME)  # missed 6 May: repairable until the end of 9 May


def test_a_broken_streak_can_be_repaired_until_the_end_of_the_third_day_after() -> None:
    ledger = broken()
    standing = count(ledger, HOME, moment("2026-05-07T08:00"))
    assert standing.broken is not None
    assert (standing.number, standing.broken.lost) == (0, 5)
    assert standing.broken.until == moment("2026-05-10T00:00")
    mended = (*ledger, *repair(ledger, HOME, moment("2026-05-09T23:59:59.999999")))
    assert count(mended, HOME, moment("2026-05-09T23:59:59.999999")).number == 5
    with pytest.raises(NoRepair, match="3 days"):
        repair(ledger, HOME, moment("2026-05-10T00:00"))
    admin = (*ledger, *repair(ledger, HOME, moment("2026-05-20T00:00"), admin="the bot was down"))
    assert count(admin, HOME, moment("2026-05-20T01:00")).number == 5
    assert "the bot was down" in admin[-1].cause


def test_a_repair_joins_the_new_streak_to_the_old() -> None:
    ledger = told(("2026-05-08T12:00", HOME), ("2026-05-09T12:00", HOME), ledger=broken())
    ledger += repair(ledger, HOME, moment("2026-05-09T13:00"))
    assert count(ledger, HOME, moment("2026-05-09T13:00")).number == 7
    assert kinds(ledger).endswith("05:answered 06:repaired 07:repaired 08:answered 09:answered")


def test_a_member_repairs_once_in_thirty_days() -> None:
    ledger = broken()
    at = moment("2026-05-07T08:00")
    ledger += repair(ledger, HOME, at)
    ledger += answered(ledger, HOME, at)
    again = days_from("2026-05-30T12:00", 4, HOME, ledger)  # one freeze cannot cover 3, 4 and 5 June
    for later, allowed in ((timedelta(days=30) - TICK, False), (timedelta(days=30), True)):
        now = at + later
        assert count(again, HOME, now).number == 0
        if allowed:
            assert repair(again, HOME, now)
        else:
            with pytest.raises(NoRepair, match="last 30 days"):
                repair(again, HOME, now)
            assert repair(again, HOME, now, admin="a mistake of ours")


def test_nothing_broken_needs_no_repair() -> None:
    with pytest.raises(NoRepair, match="No broken streak"):
        repair((), HOME, moment("2026-05-01T00:00"))


def test_an_admin_excuses_days_that_are_over() -> None:
    ledger = told(("2026-05-01T12:00", HOME), ("2026-05-04T12:00", HOME))
    now = moment("2026-05-04T13:00")
    ledger += streak.excuse(HOME, date(2026, 5, 2), date(2026, 5, 3), now, "an illness")
    assert count(ledger, HOME, now).number == 2
    with pytest.raises(NoRepair):
        streak.excuse(HOME, date(2026, 5, 4), date(2026, 5, 4), now, "today is not over")


# ── a weekly goal ─────────────────────────────────────────────────────────────────────────────────────────────────────


def weekly(*on: str, goal: int = 4) -> tuple[Ledger, Habits]:
    habits = choose_goal(HOME, goal, date(2026, 5, 4))  # a Monday: from today
    return told(*((f"{day}T12:00", habits) for day in on)), habits


def at(ledger: Ledger, habits: Habits, when: str) -> Standing:
    return count(ledger, habits, moment(when))


def test_a_weekly_goal_counts_weeks() -> None:
    ledger, habits = weekly("2026-05-04", "2026-05-06", "2026-05-07", "2026-05-10", "2026-05-11")
    assert at(ledger[:3], habits, "2026-05-10T11:00").this_week == (3, 4)
    assert at(ledger[:3], habits, "2026-05-10T11:00").number == 0
    assert at(ledger[:4], habits, "2026-05-10T13:00").number == 1
    assert at(ledger, habits, "2026-05-17T23:59:59.999999").number == 1
    assert at(ledger, habits, "2026-05-18T00:00").number == 0
    assert kinds(ledger) == "04:answered 05:rest 06:answered 07:answered 08:rest 09:rest 10:answered 11:answered"


def test_the_first_week_asks_only_for_the_days_that_were_left() -> None:
    ledger, habits = weekly("2026-05-09", "2026-05-10", "2026-05-11")
    assert at(ledger, habits, "2026-05-11T13:00").number == 1


def test_a_failed_week_can_be_repaired_whole() -> None:
    ledger, habits = weekly("2026-05-04", "2026-05-05", "2026-05-06", "2026-05-07", "2026-05-11", "2026-05-15")
    assert at(ledger, habits, "2026-05-17T13:00").number == 1
    standing = at(ledger, habits, "2026-05-18T08:00")
    assert standing.number == 0
    assert standing.broken is not None
    assert standing.broken.cause == "the week's goal was not reached: 2 of 4"
    ledger += repair(ledger, habits, moment("2026-05-20T08:00"))
    assert at(ledger, habits, "2026-05-20T09:00").number == 2


def test_a_pause_makes_the_goal_smaller() -> None:
    ledger, habits = weekly("2026-05-04", "2026-05-05", "2026-05-06", "2026-05-07")
    habits = pause(habits, date(2026, 5, 11), date(2026, 5, 15), date(2026, 5, 8))
    ledger = told(
        ("2026-05-16T12:00", habits), ("2026-05-17T12:00", habits), ("2026-05-18T12:00", habits), ledger=ledger
    )
    assert at(ledger, habits, "2026-05-18T13:00").number == 2


def test_a_goal_begins_on_monday_and_the_days_before_are_judged_one_by_one() -> None:
    habits = choose_goal(HOME, 3, date(2026, 5, 6))
    assert habits.goal(date(2026, 5, 10)) == 0
    assert habits.goal(date(2026, 5, 11)) == 3
    assert choose_goal(habits, 0, date(2026, 5, 7)).goal(date(2026, 5, 11)) == 0
    with pytest.raises(Unwanted):
        choose_goal(HOME, 8, date(2026, 5, 6))


# ── the story, and two ledgers ────────────────────────────────────────────────────────────────────────────────────────


def test_every_day_is_explained() -> None:
    ledger = days_from("2026-05-01T12:00", 7, HOME)
    ledger = told(("2026-05-09T12:00", HOME), ledger=ledger)
    story = explain(ledger, HOME, moment("2026-05-11T09:00"), last_days=12)
    assert [one.day for one in story][-1] == date(2026, 5, 11)
    sentences = {one.day.day: one.sentence for one in story}
    assert sentences[30] == "No streak was running, or the week's goal decides."
    assert sentences[7] == "You answered: one day more. (UTC)"
    assert sentences[8].startswith("No answer; a freeze was spent on its own.")
    assert sentences[10].startswith("Missed: no answer, and not enough freezes.")
    assert sentences[11] == "Still open."


def test_two_ledgers_become_one_and_no_streak_is_shorter() -> None:
    now = moment("2026-05-12T12:00")
    slack = days_from("2026-05-01T12:00", 9, HOME)  # until the 9th; a freeze covers the 10th, the 11th not
    discord = told(("2026-05-10T09:00", TOKYO), ("2026-05-11T09:00", TOKYO), ("2026-05-12T09:00", TOKYO))
    both = merge((slack, HOME), (discord, TOKYO), now)
    assert count(both, HOME, now).number == 12
    assert set(slack) | set(discord) <= set(both)
    assert merge((both, HOME), (slack, HOME), now) == both
    assert count(merge((discord, TOKYO), (slack, HOME), now), HOME, now) == count(both, HOME, now)


def test_a_journey_in_weekly_mode_is_not_asked_for_the_swallowed_date() -> None:
    habits = choose_goal(HONOLULU, 7, date(2026, 5, 4))
    there = replace(habits, zone="Pacific/Kiritimati")
    days = [(f"2026-05-0{n}T20:00-10:00", habits) for n in (4, 5, 6, 7)]
    ledger = told(*days, ("2026-05-09T20:00+14:00", there), ("2026-05-10T20:00+14:00", there))
    assert at(ledger, there, "2026-05-11T08:00+14:00").number == 1
