"""The local Slack, where a bot says something unasked: how often it may, and where it may no longer."""

from collections.abc import Awaitable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.demo.slack import LocalSlack, Pace, Refused, Slow

from .conftest import client_of


async def answer(call: Awaitable[Any]) -> str:
    """ "ok", or the error, with what Retry-After says."""
    try:
        await call
    except SlackApiError as no:
        wait = no.response.headers.get("Retry-After", "")
        return f"{no.response['error']} {wait}".strip()
    return "ok"


async def test_a_place_that_is_no_longer_there_for_us_says_which_way(slack: LocalSlack) -> None:
    client, workspace = client_of(slack), slack.workspace
    archived, gone, left = (workspace.add_channel(name) for name in ("old", "lost", "left"))
    for channel in (archived, gone, left):
        await client.chat_postMessage(channel=channel.id, text="once")
    archived.archived = True
    workspace.drop_channel(gone.id)
    left.members.remove(workspace.bot.id)
    said = [await answer(client.chat_postMessage(channel=each.id, text="x")) for each in (archived, gone, left)]
    assert said == ["is_archived", "channel_not_found", "not_in_channel"]
    assert (await client.conversations_info(channel=archived.id))["channel"]["is_archived"] is True
    assert [each["text"] for each in (await client.conversations_history(channel=archived.id))["messages"]] == ["once"]


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive"])
async def test_a_token_that_is_no_longer_good_is_one_workspaces_trouble(slack: LocalSlack, error: str) -> None:
    other = slack.add_workspace("Night School")
    slack.workspace.token_error = error
    assert await answer(client_of(slack).chat_postMessage(channel=slack.careers, text="x")) == error
    assert await answer(client_of(slack, other.bot_token).chat_postMessage(channel=other.careers.id, text="x")) == "ok"


async def test_a_history_may_be_refused_where_posting_is_not(slack: LocalSlack) -> None:
    client = client_of(slack)
    slack.fail("conversations.history", Refused("missing_scope"), times=None)
    assert await answer(client.chat_postMessage(channel=slack.careers, text="x")) == "ok"
    assert await answer(client.conversations_history(channel=slack.careers)) == "missing_scope"


async def test_there_may_be_many_channels_and_people(slack: LocalSlack) -> None:
    client, workspace = client_of(slack), slack.workspace
    channels = [workspace.add_channel(f"c{number}") for number in range(100)]
    people = [workspace.add_person(f"p{number}", "Europe/Berlin") for number in range(20)]
    for channel in (channels[0], channels[-1]):
        await client.chat_postMessage(channel=channel.id, text=channel.name)
        assert [each.text for each in slack.seen_by(slack.ada, channel.name)] == [channel.name]
    await client.chat_postMessage(channel=people[-1].id, text="psst")
    assert [each.text for each in slack.seen_by(people[-1].id)] == ["psst"]
    assert (await client.users_info(user=people[0].id))["user"]["tz"] == "Europe/Berlin"


async def test_a_trouble_may_wait_for_its_call_and_an_answer_may_be_slow_after_it_was_done(slack: LocalSlack) -> None:
    client = client_of(slack)
    slack.fail("chat.postMessage", Refused("fatal_error"), times=2, skip=1)
    said = [await answer(client.chat_postMessage(channel=slack.careers, text=str(number))) for number in range(4)]
    assert said == ["ok", "fatal_error", "fatal_error", "ok"]
    client.timeout = 1
    slack.fail("chat.postMessage", Slow(5, done=True))
    with pytest.raises(TimeoutError):
        await client.chat_postMessage(channel=slack.careers, text="late")
    assert [each.text for each in slack.seen_by(slack.ada, slack.careers)] == ["0", "3", "late"]


async def test_a_pace_holds_each_channel_and_the_whole_workspace() -> None:
    ticks = [0.0]
    pace = Pace(workspace=4, now=lambda: ticks[0])
    async with LocalSlack(pace=pace) as slack:
        client = client_of(slack)
        more = slack.workspace.add_channel("more").id

        async def post(channel: str) -> str:
            return await answer(client.chat_postMessage(channel=channel, text="x"))

        assert [await post(slack.careers), await post("#careers"), await post(more)] == ["ok", "ratelimited 1", "ok"]
        ticks[0] = 1.0
        assert [await post(slack.ada), await post(slack.careers), await post(more)] == ["ok", "ok", "ratelimited 59"]
        ticks[0] = 60.0
        assert await post(more) == "ok"
        looks = [await answer(client.conversations_history(channel=more)) for _ in range(51)]
        assert looks[-2:] == ["ok", "ratelimited 60"]
        assert pace.refused == {"chat.postMessage": 2, "conversations.history": 1}
        assert len(slack.seen_by(slack.ada, "more")) == 2
