import json
from typing import Any

import pytest

from bot.core.chat import Call, File, Reply
from tests.conftest import Say, choices, told


def exported(reply: Reply) -> dict[str, Any]:
    (file,) = (part for part in reply.parts if isinstance(part, File))
    data: dict[str, Any] = json.loads(file.content)
    return data


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


@pytest.mark.parametrize("typed", ["privacy delete", "privacy delete yes", "privacy do=delete sure=yes"])
async def test_nothing_that_is_typed_deletes_at_once(say: Say, typed: str) -> None:
    await say("tip")
    assert (await say(typed)).title in {"Delete everything?", "Not quite"}
    assert "How far you are in the tips: 1" in told(await say("privacy"))


async def test_all_of_it_can_be_had_as_a_file(say: Say) -> None:
    assert (await say("privacy export")).title == "I keep nothing about you"
    await say("tip")
    reply = await say(choices(await say("privacy"))["Export"])
    assert "careerbot-2026-11-23.json: All that I keep about you, in all your accounts: 1 entry" in told(reply)
    data = exported(reply)
    assert data["about"] == {
        "what": "All that careerbot keeps about you. Moments are in UTC.",
        "at": "2026-11-23T09:00:00+00:00",
        "accounts": [{"platform": "test", "workspace": "w", "user": "ada"}],
        "tables": {"rotation": "how far you are in the tips"},
    }
    (row,) = data["tables"]["rotation"]
    assert (row["user"], row["taken"]) == ("ada", 1)
    assert reply == await say("privacy export")
    assert "Share" not in choices(reply)


async def test_one_person_deletes_and_exports_nothing_of_another(say: Say) -> None:
    await say("tip", "ada")
    assert (await say("privacy export", "grace")).title == "I keep nothing about you"
    await say(Call.of("privacy", do="delete", sure="yes"), "grace")
    assert "How far you are in the tips" in told(await say("privacy", "ada"))


@pytest.mark.parametrize("typed", ["privacy", "privacy export", "privacy delete"])
async def test_asked_in_the_open_it_is_shown_only_to_whoever_presses(say: Say, typed: str) -> None:
    await say("tip", "ada")
    before_all = await say(typed, "ada", public=True)
    assert not before_all.private
    assert before_all.title == "That is for you alone"
    assert "tips" not in told(before_all)
    (button,) = choices(before_all).values()
    alone = await say(button, "ada")
    assert alone == await say(typed, "ada")
    assert alone.private
    assert (await say(button, "grace")).title == "I keep nothing about you"
