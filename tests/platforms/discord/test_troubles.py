"""Discord when things go wrong, and at length."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import discord
import pytest
import simcord
from simcord.http.client import FakeWebhookAdapter

from bot.core.dispatch import Dispatcher
from bot.platforms import chart, pace
from bot.platforms.discord import invite
from tests.platforms.discord.conftest import Here, bot_with, click, parts, shown, texts

# ── when things go wrong ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_slow_command_says_one_moment_and_then_becomes_its_answer(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def impatiently(work: Awaitable[Any], defer: Callable[[], Awaitable[None]]) -> Any:
        await defer()
        return await work

    monkeypatch.setattr(pace, "patiently", impatiently)
    answer = shown(await here.ada.slash(here.channel, "slow"))
    assert answer.ephemeral
    assert "Slow, but there" in texts(answer)
    clicked = shown(await here.ada.click(answer, label="Once more"))
    assert clicked.id == answer.id
    shared = shown(await here.ada.click(clicked, label="Share"))
    assert not shared.ephemeral
    deferred_message, deferred_update = 5, 6
    first = [request.json["type"] for request in here.requests("POST", "/callback")]
    assert first == [deferred_message, deferred_update, deferred_message]
    assert len(here.requests("PATCH", "/messages/@original")) == 3
    await here.ada.send(here.channel, f"{here.me} slow")
    assert here.requests("POST", "/typing")
    assert here.channel.last_message
    assert "Slow, but there" in texts(here.channel.last_message)


async def test_what_is_kept_is_said_without_waiting_for_it(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    first = shown(await here.ada.slash(here.channel, "salary"))

    async def never(work: Awaitable[Any], defer: object) -> Any:
        raise AssertionError("nothing was to be waited for")

    monkeypatch.setattr(pace, "patiently", never)
    again = shown(await here.grace.slash(here.channel, "salary"))
    assert texts(again) == texts(first)
    assert again.id != first.id


async def test_a_failing_command_is_answered_kindly(here: Here) -> None:
    answer = shown(await here.ada.slash(here.channel, "broken"))
    assert "Something went wrong on my side" in texts(answer)
    assert "secret" not in texts(answer)


@pytest.mark.parametrize(
    "custom_id", ["0:gone?x=1", "somebody_elses_button", "0:~offer:gone", "0:~gone:salary", ":", "0:"]
)
async def test_a_stale_or_foreign_button_gets_a_kind_private_sentence(here: Here, custom_id: str) -> None:
    await here.ada.send(here.channel, f"{here.me} tip")
    public = here.channel.last_message
    assert public
    answer = shown(await click(here.grace, public, custom_id))
    assert answer.ephemeral
    assert "older version of me" in texts(answer) or custom_id == "0:~gone:salary"


async def test_buttons_work_after_a_restart(here: Here, gardener: Dispatcher) -> None:
    answer = shown(await here.ada.slash(here.channel, "tip"))
    await here.env.restart_bot(bot_with(gardener))
    assert shown(await here.ada.click(answer, label="Another tip")).id == answer.id
    assert len(here.requests("PUT", "/commands")) == 1, "nothing changed, so nothing is registered again"


async def test_a_long_answer_goes_on_in_further_messages_up_to_what_discord_allows(here: Here) -> None:
    result = await here.ada.slash(here.channel, "long", size="3")
    assert len(result.followups) == 2
    assert all(message.ephemeral for message in (shown(result), *result.followups))
    assert [part["label"] for part in parts(result.followups[-1]) if part["type"] == 2] == ["OK"]
    longest = await here.ada.slash(here.channel, "long", size="30")
    assert len(longest.followups) == 4
    assert [part["label"] for part in parts(longest.followups[-1]) if part["type"] == 2] == ["OK"]


async def test_an_answer_that_discord_took_but_called_a_failure_is_not_given_twice(
    here: Here, caplog: pytest.LogCaptureFixture
) -> None:
    here.env.inject_error("POST", "/interactions/*/callback", status=400, code=40060)
    await here.ada.slash(here.channel, "tip")
    assert len(here.requests("POST", "/callback")) == 1
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_an_answer_that_comes_too_late_is_logged_and_let_be(here: Here, caplog: pytest.LogCaptureFixture) -> None:
    here.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062)
    await here.ada.slash(here.channel, "long")
    assert "too late" in caplog.text
    assert len(here.requests("POST", "/callback")) == 1


async def test_an_answer_that_discord_refuses_is_replaced_by_an_apology(here: Here) -> None:
    here.env.inject_error("POST", "/interactions/*/callback", status=400, code=50035)
    assert "Something went wrong on my side" in texts(shown(await here.ada.slash(here.channel, "tip")))


async def test_what_goes_on_after_an_answer_and_is_refused_takes_nothing_back(
    here: Here, caplog: pytest.LogCaptureFixture
) -> None:
    here.env.inject_error("POST", "/webhooks/*", status=400, code=50035)
    result = await here.ada.slash(here.channel, "long")
    assert "## Long" in texts(shown(result))
    assert "Discord refused the answer to long" in caplog.text
    assert len(here.requests("POST", "/callback")) == 1


async def test_an_answer_whose_line_was_cut_is_given_once(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    real = FakeWebhookAdapter.request
    cuts = iter([True])

    async def cut(self: FakeWebhookAdapter, *given: Any, **named: Any) -> Any:
        done = await real(self, *given, **named)
        if next(cuts, False):
            raise aiohttp.ServerDisconnectedError
        return done

    monkeypatch.setattr(FakeWebhookAdapter, "request", cut)
    assert "Start a heap" in texts(shown(await here.ada.slash(here.channel, "tip")))
    assert len(here.channel.history(viewer=here.ada)) == 1
    assert len(here.requests("POST", "/callback")) == 2


async def test_a_chart_that_cannot_be_drawn_is_told_in_bars(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart, "picture", lambda _: 1 / 0)
    answer = shown(await here.ada.slash(here.channel, "salary"))
    assert answer.attachments == []
    assert "█" in texts(answer)


async def test_where_it_may_not_write_it_lets_be(here: Here, caplog: pytest.LogCaptureFixture) -> None:
    here.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
    await here.ada.send(here.channel, f"{here.me} tip")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_commands_that_cannot_be_registered_do_not_stop_the_start(gardener: Dispatcher) -> None:
    bot = bot_with(gardener)
    env = simcord.Env(bot)
    env.inject_error("PUT", "/applications/*/commands", status=500)
    await env.start()
    await env.shutdown()


# ── at length ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_thousand_answers_and_forms_leave_nothing_behind_in_the_client(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def glance(**options: Any) -> None:  # simcord looks 50 ms after each action whether the bot is done
        for _ in range(20):
            await asyncio.sleep(0)

    answer = shown(await here.ada.slash(here.channel, "salary"))
    with monkeypatch.context() as quick:
        quick.setattr(here.env, "_settle_internal", glance)
        for _ in range(500):
            assert (await here.ada.slash(here.channel, "tip")).response
            assert (await here.ada.click(answer, label="Compare an offer")).modal
    store = here.env.bot._connection._view_store
    assert not store._views
    assert not store._modals
    assert not store._synced_message_views


def test_the_invitation_asks_for_no_more_than_is_used() -> None:
    url = invite.to_server(42)
    assert "client_id=42" in url
    assert "scope=bot+applications.commands" in url
    (asked,) = (int(part.removeprefix("permissions=")) for part in url.split("&") if part.startswith("permissions="))
    rights = discord.Permissions(asked)
    assert rights.send_messages
    assert not rights.mention_everyone
    assert not rights & discord.Permissions.elevated()
