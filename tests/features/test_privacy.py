from bot.core.chat import Call
from tests.conftest import Say, choices, told


async def test_what_is_kept_is_told_and_deleted_only_when_confirmed(say: Say) -> None:
    assert (await say("privacy")).title == "I keep nothing about you"
    await say("tip")
    kept = await say("privacy")
    assert "How far you are in the tips: 1" in told(kept)
    asked = await say(choices(kept)["Delete it all…"])
    assert asked.title == "Delete everything?"
    assert "How far you are" in told(await say(choices(asked)["Keep it"]))
    gone = await say(choices(asked)["Delete it all"])
    assert gone.title == "Forgotten"
    assert gone.private
    assert (await say("privacy")).title == "I keep nothing about you"


async def test_one_person_deletes_nothing_of_another(say: Say) -> None:
    await say("tip", "ada")
    await say(Call.of("privacy", delete="yes"), "grace")
    assert "How far you are in the tips" in told(await say("privacy", "ada"))
