"""The global shortcut, a message's own, and what an installer is told."""

import asyncio

import pytest

from bot.demo.slack import LocalSlack, View, text_of
from bot.demo.slack.interactions import Payloads
from bot.demo.slack.schema import Json
from bot.platforms.slack.shortcuts import ABOUT, ASK
from tests.platforms.slack.conftest import Gate, connected, once, press
from tests.platforms.slack.test_home import labels, modal, shown


async def open_to_ask(slack: LocalSlack) -> View:
    assert (await slack.shortcut(slack.ada, ASK)).error == ""
    assert await slack.until(lambda: "Your question" in shown(slack))
    return modal(slack)


async def test_one_asks_in_a_modal_and_asks_again(slack: LocalSlack) -> None:
    asking = await open_to_ask(slack)
    assert "Salary" in labels(asking)
    first = await slack.submit(slack.ada, asking, {"question": "salary apprentice"})
    assert first.view
    assert "Salary: Apprentice" in text_of(first.view)
    assert first.view.state["ask"]["question"]["value"] == "salary apprentice"
    second = await slack.submit(slack.ada, modal(slack), {"question": "what about <heaps> & *leaves*?"})
    assert second.view
    assert "what about <heaps> & *leaves*?" in text_of(second.view)
    assert not slack.calls_of("chat.postMessage")


@once
async def test_a_button_in_the_modal_changes_what_stands_under_the_question(slack: LocalSlack) -> None:
    asking = await open_to_ask(slack)
    await slack.click(slack.ada, asking, labels(asking)["Skills"])
    assert await slack.until(lambda: "What a gardener learns" in shown(slack))
    assert "Your question" in shown(slack)


@once
async def test_a_slow_answer_says_one_moment_and_then_takes_its_place(slack: LocalSlack) -> None:
    asking = await open_to_ask(slack)
    outcome = await slack.submit(slack.ada, asking, {"question": "slow"})
    assert outcome.view
    assert "One moment…" in text_of(outcome.view)
    Gate.opened.set()
    assert await slack.until(lambda: "At last" in shown(slack))


def press_in(slack: LocalSlack, view: View, token: str) -> Json:
    """What Slack sends when a button of that call is pressed in the view as it is now."""
    button = {
        "type": "button",
        "action_id": "call:0",
        "block_id": "b",
        "value": token,
        "action_ts": slack.workspace.new_ts(),
    }
    return Payloads(slack._core, slack.workspace).view_action(slack.workspace.ada, view, button)


@once
async def test_of_two_buttons_the_later_one_s_answer_stays_though_the_first_takes_longer(slack: LocalSlack) -> None:
    asking = await open_to_ask(slack)
    first = asyncio.create_task(slack._core.deliver("interactive", press_in(slack, asking, "slow")))
    assert await slack.until(lambda: "One moment…" in shown(slack))
    await slack._core.deliver("interactive", press_in(slack, modal(slack), "skills"))
    assert await slack.until(lambda: "What a gardener learns" in shown(slack))
    Gate.opened.set()
    await first
    assert await slack.until(lambda: len(slack.calls_of("views.update")) == 3)
    assert "What a gardener learns" in shown(slack)


@once
async def test_what_was_typed_and_takes_long_does_not_write_over_a_button_pressed_meanwhile(slack: LocalSlack) -> None:
    await slack.submit(slack.ada, await open_to_ask(slack), {"question": "slow"})
    assert "One moment…" in shown(slack)
    await slack._core.deliver("interactive", press_in(slack, modal(slack), "skills"))
    assert await slack.until(lambda: "What a gardener learns" in shown(slack))
    Gate.opened.set()
    await slack.quiet(0.05)
    assert "What a gardener learns" in shown(slack)


@once
async def test_of_two_buttons_pressed_in_one_view_the_later_one_s_answer_is_shown(slack: LocalSlack) -> None:
    asking = await open_to_ask(slack)
    presses = [press_in(slack, asking, token) for token in ("tip", "skills")]
    for each in presses:
        await slack._core.deliver("interactive", each)
    assert await slack.until(lambda: "What a gardener learns" in shown(slack))
    hashes = [call.arguments.get("hash") for call in slack.calls_of("views.update")]
    assert hashes == [presses[0]["view"]["hash"]] * 2 + [None]


async def test_a_message_in_a_thread_is_a_question_answered_there_for_the_asker(slack: LocalSlack) -> None:
    first = slack.say(slack.grace, slack.careers, "Thinking aloud.")
    asked = slack.say(slack.grace, slack.careers, "@ada what is a heap?", thread_ts=first.ts)
    answer = await slack.message_shortcut(slack.ada, asked.ts, ABOUT, replies=1)
    assert (answer.message.thread_ts, answer.message.only_for) == (first.ts, slack.ada)
    assert slack.calls_of("response_url")[-1].arguments["thread_ts"] == first.ts
    assert "You asked: what is a heap?" in answer.message.text


@once
async def test_where_the_bot_is_no_member_a_message_can_be_asked_about_and_the_answer_shared(slack: LocalSlack) -> None:
    asked = slack.say(slack.grace, slack.general, "start a heap " + "of leaves " * 60)
    answer = await slack.message_shortcut(slack.ada, asked.ts, ABOUT, replies=1)
    assert "Something went wrong" not in answer.says
    assert "Not quite" not in answer.says
    asked = slack.say(slack.grace, slack.general, "apprentice pay in town")
    answer = await slack.message_shortcut(slack.ada, asked.ts, ABOUT, replies=1)
    await press(slack, answer.message, "Share")
    assert any("apprentice" in message.text.casefold() for message in slack.seen_by(slack.grace, slack.general)[2:])


@once
async def test_a_message_without_words_is_answered_with_a_way_to_ask(slack: LocalSlack) -> None:
    picture = slack.say(slack.grace, slack.careers, "<@U0>")
    answer = await slack.message_shortcut(slack.ada, picture.ts, ABOUT, replies=1)
    assert "One more thing" in answer.says


@pytest.mark.parametrize("admin", [True, False])
async def test_an_installer_is_told_how_to_begin_and_not_greeted_again(admin: bool) -> None:
    async with LocalSlack() as slack, connected("socket", slack) as bot:
        who = slack.ada if admin else slack.grace
        await bot._listeners.welcome_installer(slack.workspace.id, who)
        (welcome,) = slack.seen_by(who)
        assert "digest subscribe" in text_of(welcome)
        assert ("You look after this place" in text_of(welcome)) is admin
        assert ("ask an admin" in text_of(welcome)) is not admin
        seen = await slack.open_home(who, quiet=0.05)
        assert seen.home
        assert "I am careerbot." not in text_of(seen.home)
