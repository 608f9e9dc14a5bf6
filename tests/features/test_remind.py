"""Reminders as a conversation, and the reminder itself."""

from datetime import timedelta
from typing import cast

import pytest

from bot.core.chat import Call
from bot.core.dispatch import Dispatcher
from bot.delivery.outbox import Delivery, Target
from bot.features import remind
from bot.learning.port import Learning
from tests.conftest import NOW, choices, told
from tests.life import Life


@pytest.fixture
def life(mind: Dispatcher) -> Life:
    return Life(mind)


async def test_it_is_chosen_shown_and_stopped(life: Life) -> None:
    assert "You get none." in told(await life.say("remind"))
    chosen = await life.say("remind 3")
    assert "3 hours before your day ends" in told(chosen)
    assert "The first may come at 21:00 on Monday 23 November (UTC)." in told(chosen)
    assert "3 hours before your day ends" in told(await life.say("remind"))
    assert (await life.say(choices(chosen)["No more reminders"])).title == "No more reminders"
    assert "You get none." in told(await life.say("remind"))


async def test_what_cannot_be_chosen_is_answered_with_what_can(life: Life) -> None:
    reply = await life.say(Call.of("remind", hours="25"))
    assert reply.title == "Not quite"
    assert "“25”" in told(reply)


async def test_the_reminder_tells_until_when_and_is_silent_once_the_day_is_kept(life: Life) -> None:
    learning = cast("Learning", life.mind._needs[Learning])
    delivery = Delivery("id", "reminder", Target("test", "w", user="ada"), {}, NOW, NOW + timedelta(hours=15))
    await life.answer()
    life.wait(days=1)
    reply = await remind.compose(delivery, life.now - timedelta(hours=12), learning)
    assert reply is None
    late = Delivery("id", "reminder", Target("test", "w", user="ada"), {}, life.now, life.now + timedelta(hours=15))
    reply = await remind.compose(late, life.now, learning)
    assert reply
    assert "One answer keeps your streak of 1 day. Your day ends at 00:00 on Wednesday 25 November" in told(reply)
    assert {"A question", "No more reminders"} == set(choices(reply))
    await life.answer()
    assert await remind.compose(late, life.now, learning) is None
