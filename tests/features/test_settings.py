"""Settings as conversations: what is typed, what changes, what is refused and how."""

import pytest

from bot.core.chat import Call
from bot.core.dispatch import Dispatcher
from bot.features._settings import LABELS
from tests.conftest import choices, told
from tests.life import Life


@pytest.fixture
def life(mind: Dispatcher) -> Life:
    return Life(mind)


async def test_a_new_learner_is_counted_every_day_in_utc(life: Life) -> None:
    said = told(await life.say("settings"))
    for line in ("Zone: UTC", "A day ends at: 00:00", "Rest days: none", "Goal: every day", "Pause: none"):
        assert line in said
    assert "For you it is 09:00 on Monday 23 November (UTC)." in said
    assert (await life.say("privacy")).title == "I keep nothing about you"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("zone new york", "Zone: America/New_York."),
        ("zone Europe/Budapest", "Zone: Europe/Budapest."),
        ("border 3", "A day ends at: 03:00."),
        ("border 04:30", "A day ends at: 04:30."),
        ("border 3 am", "A day ends at: 03:00."),
        ("rest Saturdays and sun.", "Rest days: Saturday and Sunday."),
        ("rest none", "Rest days: none."),
        ("goal 5 days a week", "Goal: 5 days a week."),
        ("goal off", "Goal: every day."),
        ("pause 7 days", "Pause: 2026-11-23 to 2026-11-29."),
        ("pause 2026-12-24 to 2027-01-02", "Pause: 2026-12-24 to 2027-01-02."),
        ("pause off", "Pause: none."),
    ],
)
async def test_each_is_changed_as_people_say_it(life: Life, typed: str, shown: str) -> None:
    reply = await life.say(f"settings {typed}")
    assert reply.title == "Changed"
    assert shown in told(reply)
    assert shown.rstrip(".") in told(await life.say("settings"))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("zone UTC+2", "An offset forgets daylight saving"),
        ("zone nowhere at all", "I know no such place."),
        ("border 7", "from 00:00 to 06:00"),
        ("border noon", "I can't read “noon” here."),
        ("rest mon tue wed", "Choose at most 2 weekdays to rest on."),
        ("rest someday", "Name up to two weekdays"),
        ("goal 8", "A weekly goal is 1 to 7 days."),
        ("goal many", "1 to 7"),
        ("pause 93 days", "A pause is 92 days at most."),
        ("pause 0 days", "Name up to 92 days"),
        ("pause 2026-11-01 2026-11-30", "A pause can begin today or later."),
        ("pause 2026-12-09 2026-12-01", "A pause ends on the day it begins, or later."),
        ("pause 2026-02-31", "Name up to 92 days"),
        ("pause 9999 days", "92 days at most"),
        ("midnight", "Tell me first what to change"),
    ],
)
async def test_what_cannot_be_is_refused_with_what_to_do_and_changes_nothing(
    life: Life, typed: str, sentence: str
) -> None:
    before = told(await life.say("settings"))
    reply = await life.say(f"settings {typed}")
    assert reply.title == "Not quite"
    assert sentence in told(reply)
    assert told(await life.say("settings")) == before


async def test_a_zone_that_is_meant_is_one_click_away_and_a_form_asks_again(life: Life) -> None:
    reply = await life.say("settings zone EST")
    assert "Zone: America/New_York." in told(await life.say(choices(reply)["America/New_York"]))
    assert choices(await life.say("settings goal 9"))["Try again"] == Call(
        "settings", (("what", "goal"),), fill="value"
    )
    assert choices(await life.say("settings rest"))["Change it"].fill == "value"


async def test_who_travels_keeps_the_streak_and_sees_the_zone_named(life: Life) -> None:
    await life.say("settings zone Tokyo")
    life.now = life.now.replace(hour=12)  # 21:00 on Monday in Tokyo
    await life.answer()
    life.wait(hours=26)  # a flight, and 06:00 on Tuesday in Los Angeles
    await life.say("settings zone Los Angeles")
    reply = await life.answer()
    assert "Day 2. Kept for today." in told(reply)
    assert "(America/Los_Angeles)" in told(reply)
    life.wait(hours=30)
    assert "Day 3. Kept for today." in told(await life.answer())


async def test_a_change_of_zone_earns_no_second_day(life: Life) -> None:
    await life.answer()  # Monday
    await life.say("settings zone Kiritimati")
    life.wait(hours=2)  # Tuesday there
    assert "Day 1." in told(await life.answer())


async def test_a_rest_day_and_a_pause_hold_the_streak(life: Life) -> None:
    await life.say("settings rest tue")
    await life.answer()
    life.wait(days=2)
    assert "Day 2. Kept for today." in told(await life.answer())
    await life.say("settings pause 5 days")
    life.wait(days=5)
    assert "Day 3. Kept for today." in told(await life.answer())


async def test_a_weekly_goal_counts_weeks(life: Life) -> None:
    await life.say("settings goal 3")  # a Monday: from today on
    for _ in range(3):
        reply = await life.answer()
        life.wait(days=1)
    assert "Week 1. Today counts. 3 of 3 days this week." in told(reply)
    assert (await life.say("streak")).title == "Your streak: 1 week"


async def test_each_settings_form_asks_for_just_that(life: Life) -> None:
    forms = [life.mind.form(choices(await life.say(f"settings {what}"))["Change it"]) for what in LABELS]
    assert (forms[0].label, forms[0].placeholder) == ("A large city near you", "Berlin")
    assert len({form.label for form in forms}) == len(LABELS)
    assert all(len(form.label) <= 45 for form in forms)  # Discord's limit for a label
    for what, form in zip(LABELS, forms, strict=True):
        assert (await life.say(Call.of("settings", what=what, value=form.placeholder))).title == "Changed"
