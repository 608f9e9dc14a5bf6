"""The local Slack, held against the real slack-bolt over Socket Mode."""

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.demo.slack import DropSocket, LocalSlack, View

from .conftest import Gate, client_of, connected, heard_by, impatient, toy


async def test_the_answer_in_an_acknowledgement_is_seen_by_its_person_only(slack: LocalSlack, app: AsyncApp) -> None:
    outcome = await slack.slash(slack.ada, slack.general, "/career", "salary <senior> & more")
    assert "You asked* salary &lt;senior&gt; &amp; more" in outcome.says
    assert outcome.message.ephemeral
    assert not slack.seen_by(slack.grace, slack.general)
    assert not slack.refusals
    payload = heard_by(app)[0]
    assert payload["user_id"] == slack.ada
    assert payload["channel_name"] == "general"
    assert payload["team_id"] == slack.workspace.id


async def test_an_answer_in_channel_is_seen_by_all(slack: LocalSlack, app: AsyncApp) -> None:
    await slack.slash(slack.ada, slack.careers, "/career", "public")
    assert [message.text for message in slack.seen_by(slack.grace, slack.careers)] == ["For all."]


async def test_a_later_answer_comes_by_the_response_url(slack: LocalSlack, app: AsyncApp) -> None:
    outcome = await slack.slash(slack.ada, slack.general, "/career", "later", replies=1)
    assert outcome.says == "At last."
    assert outcome.ack is None


async def test_a_button_of_an_ephemeral_message_carries_no_message(slack: LocalSlack, app: AsyncApp) -> None:
    asked = await slack.slash(slack.ada, slack.careers, "/career", "tip")
    with pytest.raises(LookupError, match="sees no message"):
        await slack.click(slack.grace, asked.message, "more")
    clicked = await slack.click(slack.ada, asked.message, "more", replies=1)
    payload = heard_by(app)[-1]
    assert "message" not in payload
    assert payload["container"]["is_ephemeral"] is True
    assert (clicked.message.ts, clicked.says) == (asked.message.ts, "More.")
    with pytest.raises(SlackApiError, match="message_not_found"):
        await client_of(slack).chat_update(channel=slack.careers, ts=asked.message.ts, text="no")


async def test_delete_original_takes_the_message_away(slack: LocalSlack, app: AsyncApp) -> None:
    asked = await slack.slash(slack.ada, slack.careers, "/career", "tip")
    done = await slack.click(slack.ada, asked.message, "done", replies=1)
    assert done.deleted == [asked.message.ts]
    assert not slack.seen_by(slack.ada, slack.careers)


async def test_slash_commands_do_not_work_in_threads_nor_by_unknown_names(slack: LocalSlack, app: AsyncApp) -> None:
    parent = slack.say(slack.ada, slack.careers, "hello")
    in_thread = await slack.slash(slack.ada, slack.careers, "/career", "tip", thread_ts=parent.ts)
    unknown = await slack.slash(slack.ada, slack.careers, "/carer")
    assert (in_thread.error, unknown.error) == ("not_supported_in_threads", "unknown_command")
    assert not heard_by(app)


async def test_a_late_acknowledgement_is_a_timeout_that_nobody_overlooks(slack: LocalSlack, app: AsyncApp) -> None:
    with impatient(slack):
        outcome = await slack.slash(slack.ada, slack.careers, "/career", "slow")
    assert outcome.error == "operation_timeout"
    assert not outcome.messages
    Gate.opened.set()
    assert await slack.until(lambda: slack.refusals[-1].error == "late_acknowledgement")
    assert "operation_timeout" in slack.seen_by(slack.ada, slack.careers)[-1].text


async def test_a_bad_acknowledgement_shows_nothing_and_says_why(slack: LocalSlack, app: AsyncApp) -> None:
    outcome = await slack.slash(slack.ada, slack.careers, "/career", "bad")
    assert outcome.error == "invalid_blocks"
    assert not outcome.messages
    assert "block 0 (section): must have at most 3000 characters, has 3001" in str(outcome.refusals[0])


async def test_a_mention_is_heard_only_where_the_bot_is(slack: LocalSlack, app: AsyncApp) -> None:
    outcome = await slack.mention(slack.ada, slack.careers, "@careerbot hi & bye", replies=1)
    assert outcome.sent is not None
    assert outcome.message.thread_ts == outcome.sent.ts
    assert heard_by(app)[0]["text"] == f"<@{slack.bot_user_id}> hi &amp; bye"
    deaf = await slack.mention(slack.ada, slack.general, "hi")
    assert deaf.error == "not_in_channel"
    await slack.invite(slack.ada, slack.general)
    assert (await slack.mention(slack.ada, slack.general, "hi", replies=1)).says == "You called?"


async def test_a_direct_message_and_the_home_are_one_persons_own(slack: LocalSlack, app: AsyncApp) -> None:
    assert (await slack.dm(slack.grace, "hello", replies=1)).says == "You said: hello"
    assert heard_by(app)[0]["channel_type"] == "im"
    await slack.open_home(slack.grace)
    assert await slack.until(lambda: slack.grace in slack.workspace.homes)
    visit = await slack.open_home(slack.grace)
    assert visit.home is not None
    assert "view" in heard_by(app)[-1]
    assert not slack.seen_by(slack.ada)


async def _form(slack: LocalSlack) -> View:
    await slack.slash(slack.ada, slack.general, "/career", "form")
    assert await slack.until(lambda: slack.workspace.top_view(slack.ada) is not None)
    view = slack.workspace.top_view(slack.ada)
    assert view is not None
    return view


async def test_a_modal_says_what_is_wrong_and_closes_when_all_is_well(slack: LocalSlack, app: AsyncApp) -> None:
    view = await _form(slack)
    empty = await slack.submit(slack.ada, view)
    assert (empty.error, list(empty.errors)) == ("incomplete", ["goal"])
    wrong = await slack.submit(slack.ada, view, {"goal_text": "none"})
    assert wrong.errors == {"goal": "Dream bigger."}
    well = await slack.submit(slack.ada, view, {"goal": "learn"}, replies=1)
    assert well.view is None
    assert well.says == "Goal: learn"
    with pytest.raises(LookupError):
        await slack.submit(slack.ada, view)


async def test_a_modal_closed_unasked_tells_the_app_nothing(slack: LocalSlack, app: AsyncApp) -> None:
    view = await _form(slack)
    before = len(heard_by(app))
    assert (await slack.close_view(slack.ada, view)).view is None
    assert len(heard_by(app)) == before


async def test_an_envelope_goes_to_any_one_of_the_connections(slack: LocalSlack) -> None:
    apps = [toy(slack), toy(slack)]
    async with connected(apps[0], slack), connected(apps[1], slack):
        for number in range(4):
            await slack.slash(slack.ada, slack.careers, "/career", f"tip {number}")
    assert [len(heard_by(each)) for each in apps] == [2, 2]


async def test_the_client_comes_back_when_asked_to_reconnect_and_after_a_cut(slack: LocalSlack, app: AsyncApp) -> None:
    await slack.sockets.refresh()
    assert await slack.connected()
    assert not (await slack.slash(slack.ada, slack.careers, "/career", "tip")).error
    slack.sockets.drop()
    assert (await slack.slash(slack.ada, slack.careers, "/career", "tip")).error == "dispatch_failed"
    assert await slack.connected()
    assert not (await slack.slash(slack.ada, slack.careers, "/career", "tip")).error


async def test_an_event_that_is_lost_with_its_socket_comes_again(slack: LocalSlack, app: AsyncApp) -> None:
    async with connected(toy(slack), slack):
        slack.fail("socket_mode", DropSocket())
        outcome = await slack.mention(slack.ada, slack.careers, "still there?", replies=1)
    assert outcome.error == "operation_timeout"
    assert "You called?" in outcome.says
