"""Joining accounts as a conversation: a code here, typed there, and what is said of it."""

from dataclasses import dataclass

import pytest

from bot.core.chat import Call, Person, Place, Reply, Request
from bot.core.dispatch import Dispatcher
from bot.learning.linking import read_code
from tests.conftest import choices, told
from tests.life import Life


@dataclass
class Traveller(Life):
    """Somebody with an account on each of two platforms: "slack" and "discord" stand for them in `user`."""

    async def say(self, what: str | Call, user: str = "slack", *, public: bool = False) -> Reply:
        person = Person(user, "w", "ada", f"Ada of {user}")
        return await self.mind.answer(Request(person, what, self.now, Place(user, "w", "c"), public=public))

    async def code(self, user: str = "slack") -> str:
        reply = await self.say("link", user)
        assert reply.title == "Join your accounts"
        (code,) = {word for word in told(reply).replace(",", " ").split() if len(word) == 9 and read_code(word) == word}
        return code


@pytest.fixture
def ada(mind: Dispatcher) -> Traveller:
    return Traveller(mind)


async def test_a_code_is_for_its_owner_alone_and_says_how_to_use_it(ada: Traveller) -> None:
    reply = await ada.say("link")
    assert reply.private
    assert "Share" not in choices(reply)
    code = told(reply).split("Your code: ")[1].split()[0]
    assert f"Within 10 minutes, tell me link {code} from your other account. It works once." in told(reply)
    assert "That cannot be undone" in told(reply)
    assert "Joined already" not in told(reply)


async def test_in_the_open_no_code_is_made_and_a_button_gives_one_alone(ada: Traveller) -> None:
    for reply in (
        await ada.say("link", public=True),
        await ada.say(Call("link", public=True)),
    ):
        assert reply.title == "Not in front of everyone"
        assert "my slash command" in told(reply)
        assert "direct message" in told(reply)
    assert (await ada.say("privacy")).title == "I keep nothing about you"
    quiet = await ada.say(choices(reply)["Show me a code"])
    assert quiet.private
    assert "Your code: " in told(quiet)


async def test_the_code_joins_both_and_shows_streak_and_accounts(ada: Traveller) -> None:
    for user in ("slack", "discord"):
        await ada.answer(user=user)
        ada.wait(days=1)
    code = await ada.code("slack")
    reply = await ada.say(f"link {code.lower().replace('-', ' ')}", "discord")
    assert reply.title == "Your accounts are joined"
    assert reply.private
    for line in ("Accounts: Discord (Ada of discord) and Slack (Ada of slack)", "Streak: 2 days", "In total: 2 days"):
        assert line in told(reply).splitlines()
    assert "The history of both is kept." in told(reply)
    assert "settings" not in told(reply)
    for user in ("slack", "discord"):
        assert (await ada.say("streak", user)).title == "Your streak: 2 days"
    assert "Day 3. Kept for today." in told(await ada.answer(user="slack"))
    assert "Day 3. Today is kept already" in told(await ada.answer(user="discord"))
    again = await ada.say("link")
    assert "Joined already: Discord (Ada of discord) and Slack (Ada of slack)." in told(again)


async def test_what_is_joined_in_the_open_says_nothing_of_the_person(ada: Traveller) -> None:
    code = await ada.code("slack")
    reply = await ada.say(f"link {code}", "discord", public=True)
    assert reply.title == "Your accounts are joined"
    assert "Ada" not in told(reply)
    assert "Streak" not in told(reply)


async def test_settings_that_differ_are_told_with_the_zone_that_holds(ada: Traveller) -> None:
    await ada.say("settings zone Berlin", "slack")
    await ada.say("settings zone Tokyo", "discord")
    for user, days in (("slack", 1), ("discord", 2)):
        for _ in range(days):
            await ada.answer(user=user)
            ada.wait(days=1)
    reply = await ada.say(f"link {await ada.code('slack')}", "discord")
    assert "Their settings were not the same: from now on your days are counted in Asia/Tokyo." in told(reply)
    assert "Zone: Asia/Tokyo" in told(await ada.say("settings", "slack"))


async def test_a_code_too_old_and_one_that_never_was_are_answered_alike(ada: Traveller) -> None:
    code = await ada.code("slack")
    ada.wait(minutes=10)
    late, wrong = await ada.say(f"link {code}", "discord"), await ada.say("link 0000-0000", "discord")
    assert late == wrong
    assert late.title == "That code does not work"
    assert choices(late)["Type a code"].fill == "code"


async def test_what_is_no_code_is_named_and_costs_no_try(ada: Traveller) -> None:
    for _ in range(9):
        reply = await ada.say("link *hello*")
    assert reply.title == "Not quite"
    assert "“*hello*” is no code of mine: those have eight letters and digits, like 7KQ4-M2XD." in told(reply)
    assert (await ada.say(f"link {await ada.code('slack')}", "discord")).title == "Your accounts are joined"


async def test_after_five_wrong_codes_the_time_to_try_again_is_told(ada: Traveller) -> None:
    await ada.say("settings zone Berlin", "discord")
    for n in range(5):
        assert (await ada.say(f"link 0000-000{n}", "discord")).title == "That code does not work"
    ada.wait(minutes=59)
    code = await ada.code("slack")
    sixth = await ada.say(f"link {code}", "discord")
    assert sixth.title == "Too many wrong codes"
    assert "Try again after 11:00 on Monday 23 November (Europe/Berlin)." in told(sixth)
    assert "Berlin" not in told(await ada.say(f"link {code}", "discord", public=True))
    ada.wait(minutes=1)
    assert (await ada.say(f"link {code}", "discord")).title == "Your accounts are joined"


async def test_ones_own_code_is_said_to_be_so(ada: Traveller) -> None:
    own = await ada.say(f"link {await ada.code()}")
    assert own.title == "That code is your own"
    assert "from the other account" in told(own)
    await ada.say(f"link {await ada.code('slack')}", "discord")
    again = await ada.say(f"link {await ada.code('discord')}", "slack")
    assert again.title == "Joined already"
    assert "Discord (Ada of discord) and Slack (Ada of slack)" in told(again)
    in_the_open = await ada.say(f"link {await ada.code('discord')}", "slack", public=True)
    assert "Ada" not in told(in_the_open)


async def test_codes_are_drawn_anew_each_time_and_only_the_last_works(ada: Traveller) -> None:
    codes = [await ada.code() for _ in range(20)]
    assert len(set(codes)) == 20
    assert (await ada.say(f"link {codes[0]}", "discord")).title == "That code does not work"
    assert (await ada.say(f"link {codes[-1]}", "discord")).title == "Your accounts are joined"


async def test_to_forget_one_account_forgets_both_once_they_are_joined(ada: Traveller) -> None:
    await ada.answer(user="slack")
    await ada.say(f"link {await ada.code('slack')}", "discord")
    asked = await ada.say(choices(await ada.say("privacy", "discord"))["Delete it all…"], "discord")
    assert (await ada.say(choices(asked)["Delete it all"], "discord")).title == "Forgotten"
    for user in ("slack", "discord"):
        assert (await ada.say("streak", user)).title == "Your streak: 0 days"
        assert (await ada.say("privacy", user)).title == "I keep nothing about you"
