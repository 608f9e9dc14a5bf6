"""The zone of a profile: counted in it who never chose one, told of it who is counted in another."""

from datetime import timedelta

import pytest

from bot import app
from bot.core.catalog import Catalog
from bot.core.chat import Call
from bot.core.dispatch import Dispatcher
from tests.conftest import choices, told
from tests.life import Known, Life

HINT = "Your days end at 00:00 UTC until you tell me your zone."


@pytest.fixture
def known() -> Known:
    return Known({"ada": "America/New_York"})


@pytest.fixture
def life(ai_engineer: Catalog, known: Known) -> Life:
    return Life(app.dispatcher(ai_engineer, people=known))


async def test_who_never_chose_a_zone_is_counted_in_that_of_their_profile(life: Life) -> None:
    assert "Open until 00:00 on Tuesday 24 November (America/New_York)." in told(await life.say("streak"))
    assert "Zone: America/New_York" in told(await life.say("settings"))
    assert (await life.say("privacy")).title == "I keep nothing about you"
    reply = await life.answer()
    assert "The next day begins at 00:00 on Tuesday 24 November (America/New_York)." in told(reply)
    assert "My zone" not in choices(reply)


async def test_it_stays_theirs_when_the_profile_changes_and_one_press_changes_it(life: Life, known: Known) -> None:
    await life.answer()
    known.zones["ada"] = "Asia/Tokyo"
    shown = await life.say("settings")
    assert "Zone: America/New_York" in told(shown)
    assert "Test says you are in Asia/Tokyo." in told(shown)
    changed = await life.say(choices(shown)["Use Asia/Tokyo"])
    assert "Zone: Asia/Tokyo." in told(changed)
    assert "Test says" not in told(await life.say("settings"))


async def test_a_zone_that_was_chosen_is_never_replaced_by_a_profile(life: Life) -> None:
    await life.say("settings zone Berlin")
    await life.answer()
    assert "Zone: Europe/Berlin" in told(await life.say("settings"))


async def test_a_profile_whose_clock_shows_the_same_time_says_nothing(life: Life, known: Known) -> None:
    await life.say("settings zone New York")
    known.zones["ada"] = "America/Toronto"
    assert "Test says" not in told(await life.say("settings"))


async def test_days_that_are_over_stay_as_they_were_when_a_profile_is_known_later(life: Life, known: Known) -> None:
    zone = known.zones.pop("ada")
    for _ in range(3):
        await life.answer()
        life.wait(days=1)
    known.zones["ada"] = zone
    assert "Day 4. Kept for today." in told(await life.answer())
    why = told(await life.say("streak why"))
    assert "Wed 25 Nov You answered: one day more. (UTC)" in why
    assert "Thu 26 Nov You answered: one day more. (America/New_York)" in why
    known.zones["ada"] = "Asia/Tokyo"
    assert told(await life.say("streak why")) == why


async def test_a_profile_earns_no_second_day(life: Life, known: Known) -> None:
    del known.zones["ada"]
    await life.answer()
    known.zones["ada"] = "Pacific/Kiritimati"
    life.wait(hours=2)  # Tuesday there
    assert "Day 1." in told(await life.answer())


async def test_where_no_zone_is_known_the_first_day_says_when_days_end_and_asks(life: Life) -> None:
    first = await life.answer(user="grace")
    assert HINT in told(first)
    assert choices(first)["My zone"] == Call("settings", (("what", "zone"),), fill="value")
    for wait in (timedelta(minutes=1), timedelta(days=1)):
        life.now += wait
        later = await life.answer(user="grace")
        assert HINT not in told(later)
        assert "My zone" not in choices(later)


async def test_who_chose_a_zone_before_the_first_answer_is_not_asked(life: Life) -> None:
    await life.say("settings zone UTC", "grace")
    assert HINT not in told(await life.answer(user="grace"))


async def test_without_profiles_all_is_as_it_was(mind: Dispatcher) -> None:
    life = Life(mind)
    assert HINT in told(await life.answer())
    assert "Zone: UTC" in told(await life.say("settings"))
