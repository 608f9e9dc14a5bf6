"""What people meet on Slack, over Socket Mode and over HTTP."""

import json
from typing import Any

import pytest

from bot.demo.slack import LocalSlack, Message, text_of
from bot.demo.slack.interactions import Payloads
from tests.platforms.slack.conftest import NOW, Gate, ask, element, press


# ── slash commands ────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_slash_command_is_answered_in_its_acknowledgement_for_the_asker_only(slack: LocalSlack) -> None:
    outcome = await slack.slash(slack.ada, slack.careers, "/career", "tip")
    assert outcome.ack
    assert outcome.message.only_for == slack.ada
    assert "Start a heap" in outcome.says
    assert not slack.calls_of("response_url")


async def test_a_request_carries_the_person_the_place_and_the_clock(slack: LocalSlack) -> None:
    team = slack.workspace.id
    told = text_of(await ask(slack, "whoami"))
    assert f"slack/{team}/{slack.ada} in Place(platform='slack', workspace='{team}'" in told
    assert slack.careers in told
    assert str(NOW) in told
    private = await slack.dm(slack.grace, "whoami", replies=1)
    assert f"{slack.grace} in None" in private.says


async def test_what_was_typed_wrong_is_answered_with_what_was_meant(slack: LocalSlack) -> None:
    message = await ask(slack, "salary aprentice")
    assert "Did you mean" in text_of(message)
    better = await press(slack, message, "Apprentice")
    assert "Salary: Apprentice" in better.says


async def test_nothing_typed_can_mention_anybody(slack: LocalSlack) -> None:
    message = await ask(slack, "ask is <b>&lt;!channel&gt;</b> *the* right `one`?")
    typed = message.blocks[1]["elements"][0]["elements"]
    assert {each["type"] for each in typed} == {"text"}
    assert "is <b>&lt;!channel&gt;</b> *the* right one?" in text_of(message)
    assert "is &lt;b&gt;&amp;lt;!channel&amp;gt;&lt;/b&gt; *the* right one?" in message.text


async def test_a_command_that_fails_is_answered_kindly_and_its_reason_kept_to_the_log(
    slack: LocalSlack, caplog: pytest.LogCaptureFixture
) -> None:
    message = await ask(slack, "broken")
    assert "Something went wrong on my side" in text_of(message)
    assert "secret reason" not in text_of(message)
    assert "secret reason" in caplog.text


async def test_a_slow_command_says_one_moment_and_answers_later(slack: LocalSlack) -> None:
    outcome = await slack.slash(slack.ada, slack.careers, "/career", "slow")
    assert outcome.message.text == "One moment…"
    Gate.opened.set()
    assert await slack.until(lambda: "At last" in text_of(slack.seen_by(slack.ada, slack.careers)[-1]))
    assert slack.seen_by(slack.ada, slack.careers)[-1].only_for == slack.ada


async def test_an_answer_of_many_messages_comes_whole_and_in_order(slack: LocalSlack) -> None:
    outcome = await slack.slash(slack.ada, slack.careers, "/career", "long", replies=2)
    first, last = outcome.messages
    assert text_of(first).startswith("Long")
    assert text_of(last).index("4 word") < text_of(last).index("The end")
    assert all(f"{n} word" in outcome.says for n in range(5))


# ── mentions and direct messages ──────────────────────────────────────────────────────────────────────────────────────
async def test_a_mention_is_answered_in_its_thread_for_all_to_see(slack: LocalSlack) -> None:
    outcome = await slack.mention(slack.ada, slack.careers, "tip", replies=1)
    assert outcome.sent
    assert (outcome.message.thread_ts, outcome.message.only_for) == (outcome.sent.ts, None)
    assert "Start a heap" in outcome.says
    assert "Share" not in outcome.says
    deeper = await slack.mention(slack.grace, slack.careers, "help `tip`", thread_ts=outcome.sent.ts, replies=1)
    assert deeper.message.thread_ts == outcome.sent.ts
    assert "tip [topic]" in deeper.says


async def test_a_slow_answer_to_a_mention_takes_the_place_of_one_moment(slack: LocalSlack) -> None:
    waiting = await slack.mention(slack.ada, slack.careers, "slow", replies=1)
    assert waiting.error == ""
    assert waiting.message.text == "One moment…"
    Gate.opened.set()
    assert await slack.until(lambda: slack.seen_by(slack.ada, slack.careers)[-1].text.startswith("At last"))
    assert slack.seen_by(slack.ada, slack.careers)[-1].ts == waiting.message.ts


async def test_a_direct_message_is_answered_and_its_buttons_change_that_message(slack: LocalSlack) -> None:
    hello = await slack.dm(slack.ada, "", replies=1)
    assert "Hello! Here is what I can do" in hello.says
    changed = await press(slack, hello.message, "Skills")
    assert changed.message.ts == hello.message.ts
    assert "What a gardener learns" in changed.says
    assert "Share" not in changed.says


async def test_what_no_person_said_is_not_answered(slack: LocalSlack) -> None:
    team, dm = slack.workspace, slack.workspace.dm_of(slack.ada)
    assert dm
    base: dict[str, Any] = {"type": "message", "channel": dm.id, "channel_type": "im", "text": "tip", "ts": "1.2"}
    events: list[dict[str, Any]] = [
        base | {"user": team.bot.id, "bot_id": team.bot_id},
        base | {"bot_id": "B0OTHER", "subtype": "bot_message"},
        base | {"user": slack.ada, "subtype": "message_changed"},
        base | {"user": slack.ada, "edited": {"user": slack.ada, "ts": "1.3"}},
        base | {"user": slack.ada, "channel": slack.careers, "channel_type": "channel"},
        base | {"user": slack.ada, "type": "app_mention"},
        {"type": "app_home_opened", "user": slack.ada, "tab": "home"},
    ]
    for event in events:
        ack = await slack._core.deliver("events_api", Payloads(slack._core, team).event(event), answerable=False)
        assert not ack.error
    await slack.quiet(0.1)
    assert not slack.calls_of("chat.postMessage")


async def test_an_event_that_slack_repeats_is_answered_once(slack: LocalSlack) -> None:
    dm = slack.workspace.dm_of(slack.ada)
    assert dm
    event = {"type": "message", "channel": dm.id, "channel_type": "im", "user": slack.ada, "text": "tip", "ts": "1.2"}
    payload = Payloads(slack._core, slack.workspace).event(event)
    for _ in range(3):
        assert not (await slack._core.deliver("events_api", payload, answerable=False)).error
    await slack.quiet(0.1)
    assert len(slack.seen_by(slack.ada)) == 1


# ── buttons, menus, forms ─────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_button_on_a_private_answer_replaces_it(slack: LocalSlack) -> None:
    message = await ask(slack, "help")
    replaced = await press(slack, message, "Salary")
    assert (replaced.message.ts, replaced.message.only_for) == (message.ts, slack.ada)
    assert "What a gardener earns" in replaced.says
    assert "Hello" not in replaced.says


async def test_a_menu_answers_with_what_was_picked(slack: LocalSlack) -> None:
    message = await ask(slack, "help")
    menu = element(message, "More about")
    picked = await slack.select(slack.ada, message, menu["action_id"], "tip", replies=1)
    assert picked.message.ts == message.ts
    assert "Something you can do this week" in picked.says


async def test_a_button_on_a_public_answer_answers_the_presser_privately(slack: LocalSlack) -> None:
    public = await slack.mention(slack.ada, slack.careers, "salary", replies=1)
    menu = element(public.message, "Another level")
    answer = await slack.select(slack.grace, public.message, menu["action_id"], "Apprentice", replies=1)
    assert (answer.message.only_for, answer.message.thread_ts) == (slack.grace, public.message.thread_ts)
    assert "Salary: Apprentice" in answer.says
    assert text_of(slack.seen_by(slack.ada, slack.careers)[-1]) == text_of(public.message)


async def test_share_puts_the_answer_before_all_and_says_who_did(slack: LocalSlack) -> None:
    message = await ask(slack, "tip")
    shared = await press(slack, message, "Share")
    assert shared.message.only_for is None
    assert shared.message.ts != message.ts
    assert "Start a heap" in shared.says
    assert "Shared by ada" in shared.says
    assert "Share" not in [
        each["text"]["text"] for b in shared.message.blocks for each in b.get("elements", ()) if "value" in each
    ]
    assert text_of(message) in [text_of(seen) for seen in slack.seen_by(slack.ada, slack.careers)]
    assert len(slack.seen_by(slack.grace, slack.careers)) == 1


async def test_what_is_to_stay_is_answered_beside_it_in_a_channel_and_in_private(slack: LocalSlack) -> None:
    fork = await ask(slack, "fork")
    beside = (await press(slack, fork, "Beside")).message
    assert (beside.ts != fork.ts, beside.only_for) == (True, slack.ada)
    private = (await slack.dm(slack.ada, "fork", replies=1)).message
    beside = (await press(slack, private, "Beside")).message
    assert beside.ts != private.ts
    assert [text_of(one).splitlines()[0] for one in slack.seen_by(slack.ada)[-2:]] == ["Fork", "Start a heap"]
    assert (await press(slack, private, "In place")).message.ts == private.ts


async def test_a_slow_button_shows_one_moment_in_the_message_it_replaces(slack: LocalSlack) -> None:
    Gate.opened.set()
    message = await ask(slack, "slow")
    Gate.opened.clear()
    waiting = await press(slack, message, "Again")
    assert waiting.error == ""
    assert (waiting.message.ts, waiting.message.text) == (message.ts, "One moment…")
    Gate.opened.set()
    assert await slack.until(lambda: slack.seen_by(slack.ada, slack.careers)[-1].text.startswith("At last"))
    assert slack.seen_by(slack.ada, slack.careers)[-1].ts == message.ts


@pytest.mark.parametrize("where", ["private", "public", "direct"])
async def test_a_form_asks_and_its_answer_goes_where_the_button_was(slack: LocalSlack, where: str) -> None:
    match where:
        case "private":
            start = await ask(slack, "salary")
        case "public":
            start = (await slack.mention(slack.ada, slack.careers, "salary", replies=1)).message
        case _:
            start = (await slack.dm(slack.ada, "salary", replies=1)).message
    await slack.click(slack.ada, start, element(start, "Compare an offer")["action_id"])
    assert await slack.until(lambda: slack.workspace.top_view(slack.ada) is not None)
    view = slack.workspace.top_view(slack.ada)
    assert view

    wrong = await slack.submit(slack.ada, view, {"value": "plenty"})
    assert wrong.view
    assert "is not an amount I can read" in wrong.errors["form"]

    answer = await slack.submit(slack.ada, wrong.view, {"value": "12k"}, replies=1)
    assert answer.view is None
    assert "in the lower third" in answer.says or "in the middle third" in answer.says
    assert (answer.message.ts == start.ts) is (where != "public")
    assert answer.message.only_for == (None if where == "direct" else slack.ada)


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
SENT = "I have put careerbot-2026-11-23.json into our direct messages."


def file_of(slack: LocalSlack, message: Message) -> Any:
    """The data in the one file of a message."""
    (file,) = (slack.workspace.files[each] for each in message.files)
    assert file.content
    return json.loads(file.content)


async def test_a_file_goes_into_the_direct_messages_and_the_answer_says_so(slack: LocalSlack) -> None:
    await ask(slack, "tip")
    kept = await ask(slack, "privacy")
    await press(slack, kept, "Export")
    assert await slack.until(lambda: SENT in slack.seen_by(slack.ada, slack.careers)[-1].text)
    answer, posted = slack.seen_by(slack.ada, slack.careers)[-1], slack.seen_by(slack.ada)[-1]
    assert (answer.ts, answer.only_for) == (kept.ts, slack.ada)
    assert posted.text == "All that I keep about you, in all your accounts: 1 entry, as JSON."
    assert [row["user"] for row in file_of(slack, posted)["tables"]["rotation"]] == [slack.ada]
    assert slack.workspace.files[posted.files[0]].name == "careerbot-2026-11-23.json"
    assert not slack.seen_by(slack.grace)
    assert not slack.seen_by(slack.grace, slack.careers)


async def test_a_file_asked_for_in_the_open_reaches_only_who_presses(slack: LocalSlack) -> None:
    await ask(slack, "tip")
    public = await slack.mention(slack.ada, slack.careers, "privacy export", replies=1)
    assert "That is for you alone" in public.says
    assert not slack.calls_of("files.completeUploadExternal")
    await press(slack, public.message, "Show me")
    assert await slack.until(lambda: SENT in slack.seen_by(slack.ada, slack.careers)[-1].text)
    assert slack.seen_by(slack.ada, slack.careers)[-1].only_for == slack.ada
    assert file_of(slack, slack.seen_by(slack.ada)[-1])
    other = await press(slack, public.message, "Show me", person=slack.grace)
    assert "I keep nothing about you" in other.says
    dm = slack.workspace.dm_of(slack.ada)
    assert dm
    assert [call.arguments["channel_id"] for call in slack.calls_of("files.completeUploadExternal")] == [dm.id]


async def test_in_a_direct_message_the_file_comes_there(slack: LocalSlack) -> None:
    await slack.dm(slack.ada, "tip", replies=1)
    await slack.dm(slack.ada, "privacy export", replies=2)
    assert await slack.until(lambda: any(SENT in message.text for message in slack.seen_by(slack.ada)))
    (posted,) = (message for message in slack.seen_by(slack.ada) if message.files)
    assert file_of(slack, posted)


async def test_an_old_button_of_a_command_that_is_gone_is_answered(slack: LocalSlack) -> None:
    message = await ask(slack, "help")
    for block in slack.seen_by(slack.ada, slack.careers)[-1].blocks:
        for each in block["elements"] if block["type"] == "actions" else ():
            each["value"] = "~level:gone?x=1"
    answer = await press(slack, message, "Salary")
    assert "older version of me" in answer.says
