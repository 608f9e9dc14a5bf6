"""Slack when pictures, connections and tokens give trouble; and how we start and stop."""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.demo.slack import (
    CutAfter,
    CutBefore,
    DropSocket,
    Http500,
    LocalSlack,
    RateLimited,
    Refused,
    text_of,
)
from bot.platforms import chart
from bot.platforms.slack import app, listeners, socket, wire
from bot.platforms.slack.app import SlackBot
from bot.platforms.slack.listeners import _a_while as a_while
from bot.platforms.slack.once import Once
from tests.platforms.slack.conftest import NOW, RANGES, Gate, Mode, ask, connected, element, mind, once, press


def held_back(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """No upload begins until the event is set."""
    go_on, upload = asyncio.Event(), wire.Wire.upload

    async def held(self: wire.Wire, *what: Any, **how: Any) -> str:
        await go_on.wait()
        return await upload(self, *what, **how)

    monkeypatch.setattr(wire.Wire, "upload", held)
    return go_on


# ── pictures ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_chart_is_a_picture_that_is_uploaded_once_for_all(slack: LocalSlack) -> None:
    chart.picture(RANGES)  # it is drawn, so it is in time
    first = await ask(slack, "salary")
    image = next(block for block in first.blocks if block["type"] == "image")
    assert "Apprentice, in town: €11,000 to €14,000" in image["alt_text"]
    assert first.only_for == slack.ada
    second = await slack.slash(slack.grace, slack.careers, "/career", "salary", replies=1)
    assert [block["type"] for block in second.message.blocks if block["type"] == "image"] == ["image"]
    await slack.slash(slack.ada, slack.careers, "/career", "salary 12k")
    await slack.quiet(0.1)
    assert len(slack.calls_of("files.getUploadURLExternal")) == 1  # once for all, and never with somebody's offer on it


@once
async def test_a_picture_that_takes_too_long_is_bars_at_once_and_a_picture_from_then_on(
    slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = held_back(monkeypatch)
    with monkeypatch.context() as impatient:
        impatient.setattr("bot.platforms.slack.gallery._WORTH_WAITING", 0.05)
        assert "█" in text_of(await ask(slack, "salary"))
    go_on.set()
    assert any(block["type"] == "image" for block in (await ask(slack, "salary")).blocks)
    assert len(slack.calls_of("files.completeUploadExternal")) == 1


@once
async def test_a_picture_that_slack_cannot_show_yet_is_bars_once_more(slack: LocalSlack) -> None:
    slack.workspace.files_ready_after = timedelta(hours=1)
    chart.picture(RANGES)
    assert "█" in text_of(await ask(slack, "salary"))
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
        async with asyncio.timeout(30):
            while "charts stay bars of text" not in caplog.text:  # noqa: ASYNC110 # the log wakes nobody
                await asyncio.sleep(0.01)
    assert caplog.text.count("charts stay bars of text") == 1


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@once
@pytest.mark.parametrize(
    ("where", "fault", "says", "arrived"),
    [
        ("conversations.open", Refused("missing_scope"), "ask whoever installed me here to install me once more", 0),
        ("conversations.open", Refused("cannot_dm_bot"), "Please tell whoever runs me", 0),
        ("files.getUploadURLExternal", Refused("internal_error"), "Please ask again in a minute", 0),
        ("upload", Http500(), "Please ask again in a minute", 0),
        ("files.completeUploadExternal", CutBefore(), "if it is not there, ask again", 0),
        ("files.completeUploadExternal", CutAfter(), "Look into our direct messages", 1),
    ],
)
async def test_a_file_that_does_not_arrive_is_told_with_what_to_do(
    slack: LocalSlack, where: str, fault: Any, says: str, arrived: int, caplog: pytest.LogCaptureFixture
) -> None:
    await ask(slack, "tip")
    slack.fail(where, fault)
    await ask(slack, "privacy export")
    assert await slack.until(lambda: says in text_of(slack.seen_by(slack.ada, slack.careers)[-1]))
    assert "I have put" not in text_of(slack.seen_by(slack.ada, slack.careers)[-1])
    assert len(slack.seen_by(slack.ada)) == arrived
    assert "a file" in caplog.text
    assert "rotation" not in caplog.text


@once
async def test_a_file_that_takes_long_is_announced_by_one_moment(
    slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def impatiently(work: Awaitable[Any], defer: Callable[[], Awaitable[None]]) -> Any:
        await defer()
        return await work

    await ask(slack, "tip")
    monkeypatch.setattr(listeners, "patiently", impatiently)
    go_on = held_back(monkeypatch)
    assert (await ask(slack, "privacy export")).text == "One moment…"
    go_on.set()
    assert await slack.until(lambda: "I have put" in text_of(slack.seen_by(slack.ada, slack.careers)[-1]))
    assert slack.seen_by(slack.ada)[-1].files


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
    assert await slack.until(lambda: len(slack.calls_of("response_url")) == 2)
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


async def test_a_token_of_the_settings_that_has_expired_is_named_at_the_start_as_nobody_renews_it() -> None:
    async with LocalSlack() as local:
        local.workspace.token_error = "token_expired"  # noqa: S105 # Slack's word
        with pytest.raises(wire.Refused, match="bot token"):
            await SlackBot(mind(), lambda: NOW, local.bot_token, api_url=local.api_url).run_socket(local.app_token)


async def test_trouble_of_slacks_own_at_the_start_does_not_stop_us() -> None:
    async with LocalSlack() as local:
        local.fail("auth.test", Refused("internal_error"))
        async with connected("socket", local):
            outcome = await local.mention(local.ada, local.careers, "tip", replies=1)
            assert "Start a heap" in outcome.says


async def test_socket_mode_comes_back_after_a_refresh_and_after_a_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "_PING", 0.3)
    async with LocalSlack() as local, connected("socket", local) as bot:
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
            assert bot.connected()
        # Cut, and with no way back, it does not hold itself for connected; /readyz tells so.
        local.fail("apps.connections.open", Refused("service_unavailable"), times=None)
        await local.sockets.close()
        async with asyncio.timeout(30):
            for _ in itertools.takewhile(lambda _: bot.connected(), itertools.count()):
                await asyncio.sleep(0.01)


async def test_stopping_waits_for_the_answer_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_LAST_ANSWERS", 30.0)
    async with LocalSlack() as local:
        bot = SlackBot(mind(), lambda: NOW, local.bot_token, api_url=local.api_url)
        running = asyncio.create_task(bot.run_socket(local.app_token))
        assert await local.connected()
        assert (await local.mention(local.ada, local.careers, "slow", replies=1)).error == ""
        closing = asyncio.create_task(bot.close())
        assert await local.until(lambda: local.sockets.connections == 0), "it hears nothing any more"
        Gate.opened.set()
        await closing
        await running
        assert "At last" in text_of(local.seen_by(local.ada, local.careers)[-1])
        assert not bot.ready.is_set()


async def test_stopping_does_not_wait_for_an_answer_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_LAST_ANSWERS", 0.01)
    async with LocalSlack() as local:
        bot = SlackBot(mind(), lambda: NOW, local.bot_token, api_url=local.api_url)
        running = asyncio.create_task(bot.run_socket(local.app_token))
        assert await local.connected()
        await local.mention(local.ada, local.careers, "slow")
        async with asyncio.timeout(30):
            await Gate.reached.wait()
            await bot.close()
            await running
        assert "At last" not in text_of(local.seen_by(local.ada, local.careers)[-1])


async def test_slack_hears_in_time_that_we_have_what_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "PATIENCE", 0.01)
    for_ever = asyncio.create_task(asyncio.sleep(3600))
    async with asyncio.timeout(30):
        await a_while(for_ever)
    assert not for_ever.done()
    for_ever.cancel()
    await a_while(asyncio.create_task(asyncio.sleep(0)))


def test_what_was_seen_is_forgotten_after_its_time_and_never_grows_beyond_its_bound() -> None:
    now = 0.0
    seen = Once(600, most=3, now=lambda: now)
    assert [seen.first(key) for key in ("a", "a", "b")] == [True, False, True]
    now = 599.0
    assert not seen.first("a")
    now = 600.0
    assert seen.first("a")
    assert [seen.first(key) for key in ("c", "d", "e")] == [True] * 3
    assert seen.first("a")  # the oldest had to go


def test_bolt_leaves_our_own_loggers_alone() -> None:
    """It sets the level of the logger that bears the app's name."""
    SlackBot(mind(), lambda: NOW, "xoxb-1")
    assert logging.getLogger("careerbot").level == logging.NOTSET
