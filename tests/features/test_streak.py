"""The streak as it is told: the number, the calendar, each day's cause, and a repair."""

from datetime import timedelta

import pytest

from bot.core.dispatch import Dispatcher
from tests.conftest import choices, told
from tests.life import Life


@pytest.fixture
def life(mind: Dispatcher) -> Life:
    return Life(mind)


async def test_who_has_not_begun_is_told_so_without_a_trace(life: Life) -> None:
    reply = await life.say("streak")
    assert reply.title == "Your streak: 0 days"
    assert "Open until 00:00 on Tuesday 24 November (UTC)." in told(reply)
    assert "Repair it" not in choices(reply)
    assert (await life.say("privacy")).title == "I keep nothing about you"


async def test_a_streak_has_a_number_a_calendar_and_what_is_left(life: Life) -> None:
    for _ in range(8):
        await life.answer()
        life.wait(days=1)
    reply = await life.say("streak")  # Tuesday 1 December
    assert reply.title == "Your streak: 8 days"
    for line in (
        "Longest: 8 days",
        "In total: 8 days",
        "Freezes left: 1 of 2; one more after 6 days of answers",
        "🟩🟩🟩🟩🟩🟩🟩 week of 23 November",
        "🟩🟨 week of 30 November",
        "Open until 00:00 on Wednesday 2 December (UTC).",
    ):
        assert line in told(reply)
    await life.answer()
    assert "🟩🟩 week of 30 November" in told(await life.say("streak"))
    assert "Kept. The next day begins at 00:00 on Wednesday 2 December" in told(await life.say("streak"))


async def test_why_gives_each_day_its_cause(life: Life) -> None:
    for _ in range(7):
        await life.answer()
        life.wait(days=1)
    life.wait(days=1)
    reply = await life.answer()
    why = told(await life.say(choices(reply)["Why this streak?"]))
    assert why.startswith("Why your streak is 8 days")
    assert "Mon 30 Nov No answer; a freeze was spent on its own. It holds the streak, and adds no day. (UTC)" in why
    assert "Tue 1 Dec You answered: one day more. (UTC)" in why
    assert "Sun 22 Nov" not in why


async def test_a_break_is_told_and_repaired_with_a_button_once(life: Life) -> None:
    for _ in range(3):
        await life.answer()
        life.wait(days=1)
    life.wait(days=1)
    broken = await life.say("streak")
    assert broken.title == "Your streak: 0 days"
    assert "A streak of 3 days ended on Thu 26 Nov: no answer, and not enough freezes." in told(broken)
    assert "You can repair it until 00:00 on Monday 30 November (UTC)." in told(broken)
    button = choices(broken)["Repair it"]
    mended = await life.say(button)
    assert mended.title == "Your streak: 3 days"
    assert "Repair it" not in choices(mended)
    assert "No broken streak is there to repair." in told(await life.say(button))
    await life.answer()
    assert (await life.say("streak")).title == "Your streak: 4 days"


async def test_a_repair_that_is_too_late_is_refused_kindly(life: Life) -> None:
    await life.answer()
    life.wait(days=2)
    button = choices(await life.say("streak"))["Repair it"]
    life.now += timedelta(days=9)
    assert "An admin still can." in told(await life.say(button))
    assert "Repair it" not in choices(await life.say("streak"))
