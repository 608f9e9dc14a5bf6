"""An admin mends somebody's streak: who may, whom they reach, and what it says to both."""

import pytest

from bot import app
from bot.core.catalog import Catalog
from bot.core.chat import Call, Person, Request
from tests.conftest import choices, told
from tests.life import Known, Life


@pytest.fixture
def life(ai_engineer: Catalog) -> Life:
    """Grace looks after the workspace."""
    return Life(app.dispatcher(ai_engineer, people=Known(managers={"grace"})))


async def broken(life: Life, user: str = "ada") -> None:
    """Three days answered, then two missed."""
    for _ in range(3):
        await life.answer(user=user)
        life.wait(days=1)
    life.wait(days=2)


async def test_a_mended_streak_stands_as_it_was_and_says_why(life: Life) -> None:
    await broken(life)
    assert (await life.say("streak")).title == "Your streak: 0 days"
    reply = await life.say("mend <@ada> the bot was down.", "grace")
    assert reply.title == "Mended"
    assert "is repaired: 3 days." in told(reply)
    assert (await life.say("streak")).title == "Your streak: 3 days"
    assert "This day was repaired by an admin: the bot was down. It holds the streak" in told(
        await life.say("streak why")
    )
    await life.answer()
    assert (await life.say("streak")).title == "Your streak: 4 days"


async def test_an_admin_may_mend_what_the_learner_can_no_longer(life: Life) -> None:
    await broken(life)
    life.wait(days=20)
    assert "Repair it" not in choices(await life.say("streak"))
    assert "3 days" in told(await life.say("mend <@ada> she was ill", "grace"))


async def test_who_is_no_admin_is_refused_and_changes_nothing(life: Life) -> None:
    await broken(life)
    for who in ("ada", "joan"):
        reply = await life.say("mend <@ada> she was ill", who)
        assert reply.title == "For admins"
        assert "Only those who look after this place may do that" in told(reply)
    assert (await life.say("streak")).title == "Your streak: 0 days"


@pytest.mark.parametrize(
    ("typed", "title", "sentence"),
    [
        ("mend <@joan> the bot was down", "Nothing to mend", "They don't learn with me here"),
        ("mend <@grace> nothing broke", "Nothing to mend", "No broken streak is there to repair."),
        ("mend ada the bot was down", "One more thing", "mend needs one more thing: whose streak to mend, by mention"),
        ("mend <@ada>", "One more thing", "mend needs one more thing: why, in a few words"),
        (f"mend <@ada> {'x' * 121}", "Not quite", "That reason has 121 characters; I keep up to 120."),
    ],
)
async def test_what_cannot_be_mended_is_said_kindly(life: Life, typed: str, title: str, sentence: str) -> None:
    await life.answer(user="grace")
    reply = await life.say(typed, "grace")
    assert (reply.title, sentence in told(reply)) == (title, True), told(reply)


async def test_a_form_takes_a_member_id_and_says_what_it_cannot_take(life: Life) -> None:
    await broken(life)
    asked = choices(await life.say("mend", "grace"))["Tell me"]
    assert life.mind.form(asked).placeholder == "A member ID"
    assert (await life.say(Call.of("mend", person="ada", reason="an outage"), "grace")).title == "Mended"
    wrong = await life.say(Call.of("mend", person="@ada", reason="an outage"), "grace")
    assert "“@ada” is nobody that I can look up. Mention them, as in @ada, or give their member ID." in told(wrong)


async def test_a_reason_styles_and_mentions_nothing(life: Life) -> None:
    await broken(life)
    reply = await life.say("mend <@ada> **bold** <@everyone|everyone> [x](https://evil.example)", "grace")
    for shown in (told(reply), told(await life.say("streak why"))):
        assert "repaired by an admin: **bold** @everyone [x](https://evil.example)" in shown


async def test_the_admin_sees_a_name_and_a_number_and_nothing_else(life: Life) -> None:
    await life.mind.answer(Request(Person("test", "w", "ada", "Ada L."), "settings rest none", life.now))
    await broken(life)
    reply = await life.say("mend <@ada> an outage", "grace")
    said = (
        "Mended",
        "The streak of Ada L. is repaired: 3 days.",
        "streak why tells them: repaired by an admin: an outage.",
    )
    assert told(reply).split("\n") == [*said, ""]
    assert choices(reply) == {}
