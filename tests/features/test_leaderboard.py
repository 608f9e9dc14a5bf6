"""The leaderboard as people ask for it, share it, and leave it."""

from dataclasses import dataclass

import pytest

from bot.core.chat import Call, Person, Place, Reply, Request
from bot.core.dispatch import Dispatcher
from tests.conftest import choices, told
from tests.life import Life


@dataclass
class Town(Life):
    """A life among people whom the platform gives names."""

    async def say(self, what: str | Call, user: str = "ada", *, public: bool = False, workspace: str = "w") -> Reply:
        person = Person("test", workspace, user, user.capitalize())
        place = Place("test", workspace, "c") if workspace else None
        return await self.mind.answer(Request(person, what, self.now, place, public=public))


@pytest.fixture
def town(mind: Dispatcher) -> Town:
    return Town(mind)


async def test_an_empty_board_says_so_and_offers_a_question(town: Town) -> None:
    reply = await town.say("leaderboard")
    assert reply.title == "Leaderboard: this week"
    assert "Nobody is on it yet. One answer makes you the first." in told(reply)
    assert (await town.say(choices(reply)["A question"])).title == "Quiz"
    assert (await town.say("privacy")).title == "I keep nothing about you"


async def test_a_board_has_places_scores_streaks_and_its_rule(town: Town) -> None:
    await town.answer(user="ada", right=False)
    town.wait(days=1)
    for user in ("ada", "grace"):
        await town.answer(user=user)
    reply = await town.say("leaderboard", "grace")
    assert reply.private
    for line in (
        "1. Ada: 2 days, 1 right, a streak of 2 days",
        "2. Grace (you): 1 day, 1 right, a streak of 1 day",
        "By days learned, then by right answers, since Monday 23 November. Who ties shares a place.",
    ):
        assert line in told(reply).splitlines()


async def test_each_period_is_one_click_away(town: Town) -> None:
    await town.answer()
    town.wait(days=7)  # the last day of November
    await town.answer()
    week = await town.say("leaderboard week")
    month = await town.say(choices(week)["This month"])
    assert "Ada (you): 1 day," in told(week)
    assert month.title == "Leaderboard: this month"
    assert "Ada (you): 2 days," in told(month)
    assert "since Sunday 1 November." in told(month)
    town.wait(days=1)
    assert "Nobody is on it yet." in told(await town.say(choices(week)["This month"]))
    ever = await town.say(choices(month)["All time"])
    assert "Ada (you): 2 days," in told(ever)
    assert "By days learned, then by right answers. Who ties" in told(ever)
    assert {"This week", "This month"} <= set(choices(ever))


async def test_who_is_behind_the_ten_sees_their_own_line_under_them(town: Town) -> None:
    for n in range(11):
        await town.answer(user=f"p{n}")
    await town.answer(user="zoe", right=False)
    lines = told(await town.say("leaderboard", "zoe")).splitlines()
    assert len([line for line in lines if line.startswith("1. P")]) == 10
    assert "12. You: 1 day, 0 right, a streak of 1 day" in lines
    assert "Zoe" not in told(await town.say("leaderboard", "p1"))


async def test_who_has_no_line_yet_is_told_how_to_get_one(town: Town) -> None:
    await town.answer(user="ada")
    assert "You are not on it yet: for that, answer a question here." in told(await town.say("leaderboard", "joan"))


@pytest.mark.parametrize("shared", [True, False])
async def test_before_everyone_nothing_is_said_of_the_one_who_asked(town: Town, *, shared: bool) -> None:
    for n in range(11):
        await town.answer(user=f"p{n}")
    await town.answer(user="zoe", right=False)
    await town.say("leaderboard hide", "p0")
    for user in ("p0", "p1", "zoe", "joan"):
        if shared:
            reply = await town.say(choices(await town.say("leaderboard", user))["Share"], user)
        else:
            reply = await town.say("leaderboard", user, public=True)
        assert not reply.private
        assert "you" not in told(reply).casefold()
        assert told(reply) == told(await town.say("leaderboard", "ada", public=True))
        assert set(choices(reply)) == {"This month", "All time", "Where am I?", "Take me off"}
    own = await town.say(choices(reply)["Where am I?"], "zoe")
    assert own.private
    assert "11. You: 1 day, 0 right" in told(own)


async def test_who_is_taken_off_sees_their_own_line_alone_and_comes_back(town: Town) -> None:
    for user in ("ada", "grace"):
        await town.answer(user=user)
    off = await town.say(choices(await town.say("leaderboard"))["Take me off"])
    assert "You are on no leaderboard now" in told(off)
    later = await town.say("leaderboard month")
    assert "You are on no leaderboard: only you see what is yours." in told(later)
    for reply in (off, later):
        assert "1. You: 1 day, 1 right, a streak of 1 day" in told(reply).splitlines()
        assert "Ada" not in told(reply)
        assert "1. Grace: 1 day" in told(reply)
    assert "Ada" not in told(await town.say("leaderboard", "grace"))
    back = await town.say(choices(off)["Put me on"])
    assert "1. Ada (you): 1 day" in told(back)
    assert "Take me off" in choices(back)
    assert "Ada" in told(await town.say("leaderboard", "grace"))


async def test_to_leave_is_typed_too_even_before_the_first_answer_and_where_there_is_no_board(town: Town) -> None:
    reply = await town.say("leaderboard hide", workspace="")
    assert "You are on no leaderboard now" in told(reply)
    await town.say("leaderboard hide")
    await town.answer()
    assert "Nobody is on it yet." in told(await town.say("leaderboard", "grace"))
    assert "1. Ada (you)" in told(await town.say("leaderboard show"))


async def test_where_there_is_no_workspace_a_sentence_says_where_to_ask(town: Town) -> None:
    reply = await town.say("leaderboard", workspace="")
    assert reply.title == "No leaderboard here"
    assert "ask me for it there" in told(reply)
    assert set(choices(reply)) == {"A question", "My streak"}


async def test_the_board_of_one_workspace_says_nothing_of_another(town: Town) -> None:
    await town.answer()
    assert "Ada" not in told(await town.say("leaderboard", "ada", workspace="elsewhere"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("**Bold** <@U1> [x](https://evil.example)", "**Bold** <@U1> [x](https://evil…"),
        ("x" * 300, "x" * 31 + "…"),
        ("\u202egnirts", "gnirts"),
        ("Two\nlines", "Two lines"),
        ("\u200b", "Somebody"),
        ("", "Somebody"),
    ],
)
async def test_a_name_is_text_and_not_too_long(town: Town, name: str, shown: str) -> None:
    asked = await town.say("quiz", "grace")
    person = Person("test", "w", "grace", name)
    await town.mind.answer(Request(person, town.button(asked), town.now, Place("test", "w", "c")))
    assert f"1. {shown}: 1 day, 1 right, a streak of 1 day" in told(await town.say("leaderboard", "joan")).splitlines()


async def test_the_name_is_the_one_that_the_platform_gave_last(town: Town) -> None:
    await town.answer(user="grace")
    asked = await town.say("quiz", "grace")
    person = Person("test", "w", "grace", "Amazing Grace")
    await town.mind.answer(Request(person, town.button(asked), town.now, Place("test", "w", "c")))
    assert "1. Amazing Grace: " in told(await town.say("leaderboard", "joan"))
