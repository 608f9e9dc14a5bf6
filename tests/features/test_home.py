"""A person's own page as a conversation, and the first word."""

from datetime import timedelta

import pytest

from bot.core.chat import Call, Choices, Person, Place, Reply, Request
from bot.core.dispatch import Dispatcher
from bot.core.errors import StorageUnavailable
from bot.core.ports import Greetings
from tests.conftest import NOW, Say, choices, told
from tests.life import Life, answers


@pytest.fixture
def life(mind: Dispatcher) -> Life:
    return Life(mind, alone=True)


def asked(page: Reply) -> dict[str, Call]:
    """The answers that the page offers, which stand under the question and not at the end."""
    offered = tuple(choice for part in page.parts if isinstance(part, Choices) for choice in part.choices)
    return answers(Reply("", choices=offered))


async def test_todays_question_is_answered_there_and_then_gone(life: Life) -> None:
    page = await life.say("home")
    assert page.title == "Your streak: 0 days"
    assert "Today's question. Open until 00:00 on Tuesday 24 November (UTC)." in told(page)
    assert (await life.say("privacy")).title == "I keep nothing about you"  # to look leaves nothing
    verdict = await life.say(next(iter(asked(page).values())))
    assert "Day 1. Kept for today." in told(verdict)
    after = await life.say("home")
    assert after.title == "Your streak: 1 day"
    assert "Today. Kept." in told(after)
    assert asked(after) == {}
    assert "🟩 week of 23 November" in told(after)
    life.wait(days=1)
    assert len(asked(await life.say("home"))) == 4


async def test_it_tells_the_next_digest_of_ones_own_and_the_first_of_a_channel(mind: Dispatcher, say: Say) -> None:
    life = Life(mind)
    assert "None comes yet" in told(await life.say("home"))
    await say("digest subscribe friday 9:00 Berlin", manages=True)
    await life.say("digest me monday 8:00 Berlin")
    page = await say("home")
    assert "For you: Monday 30 November, 08:00 (Europe/Berlin), 07:00 UTC" in told(page)
    assert "In a channel: Friday 27 November, 09:00 (Europe/Berlin), 08:00 UTC" in told(page)
    assert (await life.say(choices(page)["My digest"])).title == "Your digest"
    await say("digest pause 8 weeks", manages=True)
    assert "In a channel" not in told(await say("home"))


async def test_every_setting_stands_there_with_the_way_to_change_it(life: Life) -> None:
    page = await life.say("home")
    assert "Zone: UTC" in told(page)
    assert "I remind you: never" in told(page)
    await life.say(choices(page)["3 hours"])
    change = await life.say(choices(page)["Rest days…"])
    assert choices(change)["Change it"].fill == "value"
    await life.say("settings rest sun")
    after = told(await life.say("home"))
    assert "I remind you: 3 hours before your day ends" in after
    assert "Rest days: Sunday" in after


async def test_looks_at_something_else_leave_the_page_and_answers_take_its_place(life: Life) -> None:
    page = await life.say("home")
    staying = {call.command for call in choices(page).values() if call.beside}
    assert staying == {"streak", "digest", "settings", "remind", "help", "leaderboard", "privacy"}
    assert {call.command for call in choices(page).values() if not call.beside} == {"quiz"}


async def test_before_everybody_it_is_given_by_a_button_only(say: Say) -> None:
    assert (await say("home", public=True)).title == "That is for you alone"


async def test_hello_tells_who_looks_after_the_place_how_to_begin(say: Say) -> None:
    assert "digest subscribe" not in told(await say("hello"))
    first_steps = await say("hi", manages=True)
    assert "digest subscribe" in told(first_steps)
    assert "The weekly digest" in choices(first_steps)


async def test_the_first_word_comes_once(mind: Dispatcher) -> None:
    request = Request(Person("test", "w", "ada"), "tip", NOW, Place("test", "w", "c"))
    greeting = await mind.greeting(request)
    assert greeting
    assert "I am careerbot." in told(greeting)
    later = Request(request.person, "", NOW + timedelta(days=400))
    assert await mind.greeting(later) is None


async def test_while_nobody_knows_who_is_new_nobody_is_greeted(mind: Dispatcher) -> None:
    class Gone:
        async def first(self, person: Person, at: object) -> bool:
            raise StorageUnavailable

    mind._needs[Greetings] = Gone()
    assert await mind.greeting(Request(Person("test", "w", "ada"), "", NOW)) is None
