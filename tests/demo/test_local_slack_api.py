"""The local Slack's Web API, response_urls and troubles, held against the real slack_sdk."""

from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.demo.slack import CutAfter, CutBefore, Fault, Http500, LocalSlack, RateLimited, Refused, Slow

from .conftest import FORM, client_of, heard_by, section


def responder(url: str) -> AsyncWebhookClient:
    return AsyncWebhookClient(url, retry_handlers=[])


async def refusal(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_post_change_read_and_delete_a_message_with_its_metadata(slack: LocalSlack) -> None:
    client, metadata = client_of(slack), {"event_type": "digest", "event_payload": {"id": "w1"}}
    first = await client.chat_postMessage(channel="#careers", text="one", metadata=metadata)
    await client.chat_postMessage(channel=slack.careers, text="reply", thread_ts=first["ts"])
    await client.chat_postEphemeral(channel=slack.careers, user=slack.ada, text="psst")
    second = await client.chat_postMessage(channel=slack.careers, text="two")
    assert second["ts"] > first["ts"]
    await client.chat_update(channel=slack.careers, ts=second["ts"], text="2", blocks=[section("*2*")])
    history = await client.conversations_history(channel=slack.careers, include_all_metadata=True)
    newest, oldest = history["messages"]
    assert (newest["text"], oldest["text"]) == ("2", "one")
    assert newest["edited"]["user"] == slack.bot_user_id
    assert oldest["metadata"] == metadata
    later = await client.conversations_history(channel=slack.careers, oldest=first["ts"])
    assert [each["text"] for each in later["messages"]] == ["2"]
    page = await client.conversations_history(channel=slack.careers, limit=1)
    assert page["has_more"]
    assert "metadata" not in (await client.conversations_history(channel=slack.careers))["messages"][1]
    await client.chat_delete(channel=slack.careers, ts=second["ts"])
    assert [each.text for each in slack.seen_by(slack.grace, slack.careers)] == ["one", "reply"]
    assert not slack.refusals


async def test_the_web_api_refuses_as_slack_does(slack: LocalSlack) -> None:
    client, careers, general = client_of(slack), slack.careers, slack.general
    theirs = slack.say(slack.ada, careers, "mine")
    assert await refusal(client_of(slack, "xoxb-wrong").auth_test()) == "invalid_auth"
    assert await refusal(AsyncWebClient(base_url=slack.api_url).auth_test()) == "not_authed"
    assert await refusal(client.apps_connections_open(app_token=slack.bot_token)) == "not_allowed_token_type"
    assert await refusal(client.chat_postMessage(channel="C404", text="x")) == "channel_not_found"
    assert await refusal(client.chat_postMessage(channel=general, text="x")) == "not_in_channel"
    assert await refusal(client.chat_update(channel=careers, ts=theirs.ts, text="x")) == "cant_update_message"
    assert await refusal(client.chat_delete(channel=careers, ts="1.0")) == "message_not_found"
    assert await refusal(client.chat_postMessage(channel=careers, text="x", thread_ts="1.0")) == "thread_not_found"
    slack.workspace.careers.members.remove(slack.ada)
    assert await refusal(client.chat_postEphemeral(channel=careers, user=slack.ada, text="x")) == "user_not_in_channel"
    assert await refusal(client.reactions_add(channel=careers, name="x", timestamp="1")) == "unknown_method"
    assert await refusal(client.chat_postMessage(channel=careers, text="x", colour="red")) == "invalid_arguments"
    assert len(slack.refusals) == 11


async def test_people_and_places_tell_who_they_are(slack: LocalSlack) -> None:
    client = client_of(slack)
    assert (await client.auth_test())["user_id"] == slack.bot_user_id
    user = (await client.users_info(user=slack.grace))["user"]
    assert (user["tz"], user["is_bot"]) == ("America/New_York", False)
    assert (await client.conversations_info(channel=slack.general))["channel"]["is_member"] is False
    assert slack.ada in (await client.conversations_members(channel=slack.general))["members"]
    dm = (await client.conversations_open(users=slack.ada))["channel"]["id"]
    assert (await client.chat_postMessage(channel=slack.ada, text="hi"))["channel"] == dm
    assert {each["name"] for each in (await client.conversations_list())["channels"]} == {"general", "careers"}


async def test_each_workspace_has_its_own_token_and_people(slack: LocalSlack) -> None:
    other = slack.add_workspace("Night School")
    client = client_of(slack, other.bot_token)
    assert (await client.auth_test())["team_id"] == other.id
    assert await refusal(client.chat_postMessage(channel=slack.careers, text="x")) == "channel_not_found"
    await client.chat_postMessage(channel=other.careers.id, text="hello")
    assert slack.seen_by(other.ada.id, other.careers.id)[0].text == "hello"
    assert not slack.seen_by(slack.ada, slack.careers)


async def test_a_file_is_shown_only_once_it_is_uploaded_and_processed() -> None:
    async with LocalSlack(files_ready_after=60) as slack:
        client = client_of(slack)
        done = await client.files_upload_v2(content=b"\x89PNG", filename="chart.png", title="Chart")
        shown = {"type": "image", "slack_file": {"id": done["files"][0]["id"]}, "alt_text": "x"}
        post = client.chat_postMessage
        assert await refusal(post(channel=slack.careers, text="x", blocks=[shown])) == "invalid_blocks"
        slack.workspace.files[shown["slack_file"]["id"]].ready_at = datetime.now(UTC)  # type: ignore[index]
        assert (await post(channel=slack.careers, text="x", blocks=[shown]))["ok"]
        by_url = {"type": "image", "slack_file": {"url": done["files"][0]["url_private"]}, "alt_text": "x"}
        assert (await post(channel=slack.careers, text="x", blocks=[by_url]))["ok"]
        address = done["files"][0]["url_private"]
        async with aiohttp.ClientSession() as session, session.get(address) as response:
            assert (response.content_type, await response.read()) == ("image/png", b"\x89PNG")


async def test_a_file_is_posted_where_its_completion_says_and_can_be_had_there(slack: LocalSlack) -> None:
    client = client_of(slack)
    dm = (await client.conversations_open(users=slack.ada))["channel"]["id"]
    for no_channel in (slack.ada, "#careers"):
        post = client.files_upload_v2(content=b"{}", filename="a.json", channel=no_channel)
        assert await refusal(post) == "invalid_arguments"
    await client.files_upload_v2(content=b"{}", filename="a.json", channel=dm, initial_comment="Yours.")
    (posted,) = slack.seen_by(slack.ada)
    assert (posted.channel, posted.text, len(posted.files)) == (dm, "Yours.", 1)
    assert not slack.seen_by(slack.grace)
    assert not slack.seen_by(slack.ada, slack.careers)
    (shown,) = (await client.conversations_history(channel=dm))["messages"][0]["files"]
    async with aiohttp.ClientSession() as session, session.get(shown["url_private"]) as response:
        assert await response.read() == b"{}"
        assert response.headers["Content-Disposition"] == "attachment"  # not to be opened in the page's own name
        assert response.content_type == "application/octet-stream"


async def test_tickets_run_out() -> None:
    now = [datetime(2026, 11, 2, 9, 0, tzinfo=UTC)]
    async with LocalSlack(clock=lambda: now[0], acknowledge_seconds=0.1) as slack:
        ada, client = slack.workspace.ada.id, client_of(slack)
        trigger = slack.workspace.new_trigger(ada).id
        await client.views_open(trigger_id=trigger, view=FORM)
        assert await refusal(client.views_open(trigger_id=trigger, view=FORM)) == "exchanged_trigger_id"
        late = slack.workspace.new_trigger(ada).id
        url = f"{slack.api_url.removesuffix('api/')}hooks/{slack.workspace.id}/"
        five = url + slack.workspace.new_response_url(slack.general, ada).token
        old = url + slack.workspace.new_response_url(slack.general, ada).token
        now[0] += timedelta(seconds=3.1)
        assert await refusal(client.views_open(trigger_id=late, view=FORM)) == "expired_trigger_id"
        answers = [await responder(five).send(text=f"{n}", response_type="in_channel") for n in range(6)]
        assert [each.status_code for each in answers] == [200] * 5 + [404]
        assert "used_url" in answers[-1].body
        now[0] += timedelta(minutes=30)
        assert "expired_url" in (await responder(old).send(text="x")).body
        assert len(slack.seen_by(slack.grace, slack.general)) == 5


async def test_a_response_url_is_held_to_the_limits_and_defaults_to_ephemeral(slack: LocalSlack, app: AsyncApp) -> None:
    await slack.slash(slack.ada, slack.general, "/career", "silent")
    respond = responder(heard_by(app)[0]["response_url"])
    bad = await respond.send(text="x", blocks=[section("x" * 3001)])
    assert bad.status_code == 400
    assert (slack.refusals[-1].where, slack.refusals[-1].error) == ("response_url", "invalid_blocks")
    await respond.send(text="only you")
    assert [each.text for each in slack.seen_by(slack.ada, slack.general)] == ["only you"]
    assert not slack.seen_by(slack.grace, slack.general)


async def test_views_are_stacked_three_deep_and_know_their_hash(slack: LocalSlack) -> None:
    client, workspace = client_of(slack), slack.workspace
    first = (await client.views_open(trigger_id=workspace.new_trigger(slack.ada).id, view=FORM))["view"]
    for _ in range(2):
        trigger = workspace.new_trigger(slack.ada, first["id"]).id
        pushed = (await client.views_push(trigger_id=trigger, view=FORM))["view"]
    assert pushed["root_view_id"] == first["id"]
    trigger = workspace.new_trigger(slack.ada, first["id"]).id
    assert await refusal(client.views_push(trigger_id=trigger, view=FORM)) == "push_limit_reached"
    changed = (await client.views_update(view_id=first["id"], view=FORM, hash=first["hash"]))["view"]
    assert changed["hash"] != first["hash"]
    conflict = client.views_update(view_id=first["id"], view=FORM, hash=first["hash"])
    assert await refusal(conflict) == "hash_conflict"
    home = {"type": "home", "blocks": [section("hi")]}
    shown = (await client.views_publish(user_id=slack.ada, view=home))["view"]
    await client.views_publish(user_id=slack.ada, view=home, hash=shown["hash"])
    assert await refusal(client.views_publish(user_id=slack.ada, view=home, hash=shown["hash"])) == "hash_conflict"


@pytest.mark.parametrize(
    ("kind", "error", "posted"),
    [
        (Refused("fatal_error"), "fatal_error", 0),
        (RateLimited(7), "ratelimited", 0),
        (CutBefore(), "ServerDisconnectedError", 0),
        (CutAfter(), "ServerDisconnectedError", 1),
        (Http500(), "500", 0),
        (Http500(done=True), "500", 1),
        (Slow(0.05), "", 1),
    ],
)
async def test_troubles_come_when_switched_on_and_only_as_often(
    slack: LocalSlack, kind: Fault, error: str, posted: int
) -> None:
    client = client_of(slack)
    slack.fail("chat.postMessage", kind)
    said = ""
    try:
        await client.chat_postMessage(channel=slack.careers, text="x")
    except (SlackApiError, aiohttp.ServerDisconnectedError) as caught:
        said = repr(caught)
    assert error in said
    assert bool(error) == bool(said)
    assert len(slack.seen_by(slack.ada, slack.careers)) == posted
    await client.chat_postMessage(channel=slack.careers, text="y")
    assert len(slack.seen_by(slack.ada, slack.careers)) == posted + 1


async def test_a_rate_limit_says_when_to_come_back(slack: LocalSlack) -> None:
    slack.fail("*", RateLimited(7), times=2)
    with pytest.raises(SlackApiError) as caught:
        await client_of(slack).auth_test()
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "7"


async def test_troubles_reach_response_urls_and_uploads_too(slack: LocalSlack, app: AsyncApp) -> None:
    await slack.slash(slack.ada, slack.general, "/career", "silent")
    slack.fail("*", Http500(), times=None)
    assert (await responder(heard_by(app)[0]["response_url"]).send(text="x")).status_code == 500
    slack.heal()
    slack.fail("upload", Http500())
    with pytest.raises(Exception, match="Failed to upload"):
        await client_of(slack).files_upload_v2(content=b"x", filename="a.png")
