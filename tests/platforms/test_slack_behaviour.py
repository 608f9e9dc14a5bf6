"""What people meet on Slack: the real Bolt app against a local Slack, over Socket Mode and over HTTP."""

import asyncio
import functools
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import pytest
import uvicorn

from bot import app as careerbot
from bot.core.chat import Call, Choice, Reply, Request, Text
from bot.core.command import Group, Registry, command
from bot.core.dispatch import Dispatcher
from bot.core.parameters import World
from bot.demo.slack import (
    CutAfter,
    CutBefore,
    DropSocket,
    Http500,
    LocalSlack,
    Message,
    Outcome,
    RateLimited,
    Refused,
    text_of,
)
from bot.demo.slack.interactions import Payloads
from bot.platforms import pace
from bot.platforms.slack import listeners, socket, wire
from bot.platforms.slack.app import SlackBot
from tests.conftest import GARDENER

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Mode = Literal["socket", "http"]


#: For what happens behind the acknowledgement, where the way to us makes no difference.
once = pytest.mark.parametrize("slack", ["socket"], indirect=True)


# ── a bot, and a Slack for it ─────────────────────────────────────────────────────────────────────────────────────────
class Gate:
    """Holds the command `slow` back until it is opened. One stands for all, as a command is no closure."""

    opened = asyncio.Event()


@command(examples=[""], group=Group.BOT)
async def slow() -> Reply:
    """Answers when the gate opens."""
    await Gate.opened.wait()
    return Reply("At last", (Text("It took its time."),), (Choice("Again", Call("slow")),), again=Call("slow"))


@command(examples=[""], group=Group.BOT)
async def broken() -> Reply:
    """Always fails."""
    raise RuntimeError("the secret reason")


@command(examples=[""], group=Group.BOT)
async def long() -> Reply:
    """More than one message holds."""
    return Reply("Long", tuple(Text(f"{n} " + "word " * 550) for n in range(5)), (Choice("The end", Call("broken")),))


@command(examples=["a"], group=Group.BOT)
async def whoami(request: Request, word: Annotated[Literal["a"] | None, "A word"] = None) -> Reply:
    """Tells what the adapter made of a request."""
    person, place = request.person, request.place
    return Reply("You", (Text(f"{person.platform}/{person.workspace}/{person.user} in {place} at {request.at}"),))


def mind() -> Dispatcher:
    plain = careerbot.dispatcher(GARDENER)
    registry = Registry([*plain.registry, slow, broken, long, whoami])
    needs = {**plain._needs, Registry: registry, World: (world := World(plain.world.catalog, registry.commands))}
    return Dispatcher(registry, world, needs)


@asynccontextmanager
async def serving(bot: SlackBot) -> AsyncIterator[str]:
    """The bot's HTTP app on a real server; gives its address."""
    config = uvicorn.Config(bot.http_app(), host="127.0.0.1", port=0, log_config=None, ws="none", lifespan="on")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await bot.ready.wait()
    while not server.started:  # noqa: ASYNC110 # uvicorn has nothing else to wait for
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def connected(mode: Mode, slack: LocalSlack) -> AsyncIterator[SlackBot]:
    bot = SlackBot(mind(), lambda: NOW, slack.bot_token, slack.signing_secret, slack.api_url)
    if mode == "http":
        async with serving(bot) as address:
            slack.deliver_to(f"{address}/slack/events")
            yield bot
        return
    running = asyncio.create_task(bot.run_socket(slack.app_token))
    assert await slack.connected()
    yield bot
    await bot.close()
    await running


@pytest.fixture(params=["socket", "http"])
async def slack(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LocalSlack]:
    """A Slack that the bot is connected to, in both ways. At the end nothing must have been refused."""
    monkeypatch.setattr(listeners, "patiently", functools.partial(pace.patiently, patience=0.15))
    monkeypatch.setattr(Gate, "opened", asyncio.Event())
    monkeypatch.setattr(wire, "_BREATH", 0.05)
    async with LocalSlack(event_retry_seconds=(0.2,)) as local, connected(request.param, local):
        yield local
        Gate.opened.set()
    assert [str(refusal) for refusal in local.refusals] == []


def element(message: Message, label: str) -> Any:
    """A button by its label, or a menu by its placeholder."""
    for block in message.blocks:
        for each in block["elements"] if block["type"] == "actions" else ():
            if label in (each.get("text", each.get("placeholder")))["text"]:
                return each
    raise LookupError(f"no {label!r} in {text_of(message)}")


async def press(slack: LocalSlack, message: Message, label: str, *, person: str = "", replies: int = 1) -> Outcome:
    return await slack.click(person or slack.ada, message, element(message, label)["action_id"], replies=replies)


async def ask(slack: LocalSlack, text: str) -> Message:
    """A slash command whose answer is in its acknowledgement."""
    outcome = await slack.slash(slack.ada, slack.careers, "/career", text)
    assert outcome.error == ""
    assert outcome.ack
    return outcome.message


# ── slash commands ────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_slash_command_is_answered_in_its_acknowledgement_for_the_asker_only(slack: LocalSlack) -> None:
    message = await ask(slack, "tip")
    assert message.only_for == slack.ada
    assert "Start a heap" in text_of(message)
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


async def test_a_slow_button_shows_one_moment_in_the_message_it_replaces(slack: LocalSlack) -> None:
    Gate.opened.set()
    message = await ask(slack, "slow")
    Gate.opened.clear()
    waiting = await press(slack, message, "Again")
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


async def test_an_old_button_of_a_command_that_is_gone_is_answered(slack: LocalSlack) -> None:
    message = await ask(slack, "help")
    for block in slack.seen_by(slack.ada, slack.careers)[-1].blocks:
        for each in block["elements"] if block["type"] == "actions" else ():
            each["value"] = "~level:gone?x=1"
    answer = await press(slack, message, "Salary")
    assert "older version of me" in answer.says


# ── pictures ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_chart_is_bars_at_once_and_a_picture_from_then_on(
    slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.slack.gallery._SETTLES", 0.0)
    assert "█" in text_of(await ask(slack, "salary"))
    assert await slack.until(lambda: len(slack.calls_of("files.completeUploadExternal")) == 1)
    await slack.quiet(0.05)
    second = await slack.slash(slack.grace, slack.careers, "/career", "salary", replies=1)
    image = next(block for block in second.message.blocks if block["type"] == "image")
    assert "Apprentice, in town: €11,000 to €14,000" in image["alt_text"]
    assert second.message.only_for == slack.grace
    await slack.slash(slack.ada, slack.careers, "/career", "salary 12k")
    await slack.quiet(0.1)
    assert len(slack.calls_of("files.getUploadURLExternal")) == 1  # once for all, and never with somebody's offer on it


@once
async def test_a_picture_that_slack_cannot_show_yet_is_bars_once_more(
    slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.slack.gallery._SETTLES", 0.0)
    slack.workspace.files_ready_after = timedelta(hours=1)
    await ask(slack, "salary")
    assert await slack.until(lambda: len(slack.calls_of("files.completeUploadExternal")) == 1)
    await slack.quiet(0.05)
    second = await slack.slash(slack.ada, slack.careers, "/career", "salary", replies=1)
    assert "█" in second.says
    assert [(refusal.where, refusal.error) for refusal in slack.refusals] == [("response_url", "invalid_blocks")]
    slack.refusals.clear()
    assert "█" in text_of(await ask(slack, "salary"))  # let be for a while: no second refusal, and no detour


@once
@pytest.mark.parametrize("fault", [Refused("missing_scope"), CutBefore()])
async def test_where_no_picture_can_be_uploaded_bars_stay_and_the_log_says_so_once(
    slack: LocalSlack, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, fault: Refused | CutBefore
) -> None:
    slack.fail("files.getUploadURLExternal", fault, times=None)
    for text in ("salary", "salary", "salary apprentice"):
        assert "█" in text_of(await ask(slack, text))
        async with asyncio.timeout(3):
            while "charts stay bars of text" not in caplog.text:  # noqa: ASYNC110 # the log wakes nobody
                await asyncio.sleep(0.01)
    assert caplog.text.count("charts stay bars of text") == 1


# ── trouble ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@once
async def test_told_to_wait_we_wait_and_then_answer(slack: LocalSlack) -> None:
    slack.fail("chat.postMessage", RateLimited(1))
    started = asyncio.get_running_loop().time()
    outcome = await slack.mention(slack.ada, slack.careers, "tip", replies=1)
    assert "Start a heap" in outcome.says
    assert asyncio.get_running_loop().time() - started >= 1.0


@once
@pytest.mark.parametrize("fault", [CutAfter(), Http500(done=True)])
async def test_a_connection_cut_after_the_post_leaves_exactly_one_post(
    slack: LocalSlack, fault: CutAfter | Http500, caplog: pytest.LogCaptureFixture
) -> None:
    slack.fail("chat.postMessage", fault)
    await slack.mention(slack.ada, slack.careers, "tip", replies=1)
    await slack.quiet(0.2)
    assert len(slack.calls_of("chat.postMessage")) == 1
    assert "did not arrive" in caplog.text
    assert "Start a heap" not in caplog.text


@once
async def test_a_cut_while_replacing_is_tried_again_because_that_is_safe(slack: LocalSlack) -> None:
    message = await ask(slack, "help")
    slack.fail("response_url", CutAfter())
    await press(slack, message, "Skills", replies=1)
    await slack.quiet(0.2)
    seen = slack.seen_by(slack.ada, slack.careers)
    assert ["What a gardener learns" in text_of(each) for each in seen] == [True]
    assert len(slack.calls_of("response_url")) == 2


@once
async def test_a_form_filled_in_after_the_address_is_spent_is_answered_beside_it(slack: LocalSlack) -> None:
    start = await ask(slack, "salary")
    await slack.click(slack.ada, start, element(start, "Compare an offer")["action_id"])
    assert await slack.until(lambda: slack.workspace.top_view(slack.ada) is not None)
    for ticket in slack.workspace.response_urls.values():
        ticket.uses_left = 0
    view = slack.workspace.top_view(slack.ada)
    assert view
    answer = await slack.submit(slack.ada, view, {"value": "12k"}, replies=1)
    assert "Your offer" in answer.says
    assert answer.message.only_for == slack.ada
    assert [refusal.error for refusal in slack.refusals] == ["used_url"]
    slack.refusals.clear()


async def test_neither_tokens_nor_what_people_say_reach_the_log(
    slack: LocalSlack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await slack.dm(slack.ada, "a very private question", replies=1)
    await ask(slack, "ask a very private question")
    await slack._core.deliver("interactive", {"type": "shortcut", "secret": "a very private question"})
    ours = [r for r in caplog.records if r.name.startswith(("bot.", "slack"))]
    assert not any("private question" in record.getMessage() for record in ours)
    for secret in (slack.bot_token, slack.app_token, slack.signing_secret):
        assert not any(secret in record.getMessage() for record in ours)


# ── start and stop ────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_whatever_the_environment_says_only_what_was_given_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BOT_TOKEN", "APP_TOKEN", "SIGNING_SECRET", "CLIENT_ID", "CLIENT_SECRET", "VERIFICATION_TOKEN"):
        monkeypatch.setenv(f"SLACK_{name}", "from the environment")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    modes: tuple[Mode, ...] = ("socket", "http")
    for mode in modes:
        async with LocalSlack() as local, connected(mode, local):
            assert "Start a heap" in text_of(await ask(local, "tip"))
            assert not local.refusals


@pytest.mark.parametrize(("bot_token", "app_token"), [("xoxb-wrong", ""), ("", "xapp-wrong")])
async def test_a_token_that_slack_does_not_take_is_named_at_the_start(bot_token: str, app_token: str) -> None:
    async with LocalSlack() as local:
        bot = SlackBot(mind(), lambda: NOW, bot_token or local.bot_token, api_url=local.api_url)
        with pytest.raises(wire.Refused, match=r"app-level token" if app_token else r"bot token") as refused:
            await bot.run_socket(app_token or local.app_token)
        assert refused.value.error == "invalid_auth"


async def test_trouble_of_slacks_own_at_the_start_does_not_stop_us() -> None:
    async with LocalSlack() as local:
        local.fail("auth.test", Refused("internal_error"))
        async with connected("socket", local):
            outcome = await local.mention(local.ada, local.careers, "tip", replies=1)
            assert "Start a heap" in outcome.says


async def test_socket_mode_comes_back_after_a_refresh_and_after_a_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "_PING", 0.3)
    async with LocalSlack() as local, connected("socket", local):
        interruptions: list[Callable[[], Any]] = [
            lambda: local.sockets.refresh(),
            lambda: local.fail("socket_mode", DropSocket()),
        ]
        for interrupt in interruptions:
            done = interrupt()
            if done is not None:
                await done
            else:
                await local.slash(local.ada, local.careers, "/career", "tip")
            assert await local.connected()
            outcome = await local.dm(local.ada, "tip", replies=1)
            assert "Start a heap" in outcome.says


async def test_stopping_waits_for_the_answer_under_way_and_ends_within_seconds() -> None:
    async with LocalSlack() as local:
        bot = SlackBot(mind(), lambda: NOW, local.bot_token, api_url=local.api_url)
        running = asyncio.create_task(bot.run_socket(local.app_token))
        assert await local.connected()
        local.fail("chat.postMessage", RateLimited(1))
        await local.mention(local.ada, local.careers, "tip")
        started = asyncio.get_running_loop().time()
        await bot.close()
        await running
        assert asyncio.get_running_loop().time() - started < 3
        assert "Start a heap" in text_of(local.seen_by(local.ada, local.careers)[-1])
        assert not bot.ready.is_set()
        assert local.sockets.connections == 0 or await local.until(lambda: local.sockets.connections == 0)
