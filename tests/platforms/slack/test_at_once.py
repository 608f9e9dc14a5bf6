"""A slash command whose answer is ready is answered in its acknowledgement, past Bolt, and as it would be by Bolt."""

import asyncio
import json
from typing import Any

import pytest

from bot.core.command import Registry
from bot.core.dispatch import Dispatcher, Ended
from bot.core.parameters import World
from bot.core.rate_limits import BURST, RateLimits
from bot.demo.slack import LocalSlack, text_of
from bot.platforms import chart
from bot.platforms.slack import gallery, said
from bot.platforms.slack.app import SlackBot
from bot.platforms.slack.installations import OneInstallation
from tests.platforms.slack.conftest import NOW, RANGES, Mode, ask, connected, mind, once


def body(text: str = "trends", **more: str) -> Any:
    return {"command": "/career", "team_id": "T1", "channel_id": "C1", "user_id": "U1", "text": text, **more}


async def test_it_says_what_it_said_before_to_everybody(slack: LocalSlack) -> None:
    first = await slack.slash(slack.ada, slack.careers, "/career", "skills", replies=1)
    again = await slack.slash(slack.grace, slack.careers, "/career", "skills", replies=1)
    assert again.ack == first.ack
    assert again.message.only_for == slack.grace
    await slack.dm(slack.ada, "hello", replies=1)
    dm = slack.workspace.dm_of(slack.ada)
    assert dm
    alone = await slack.slash(slack.ada, dm.id, "/career", "skills", replies=1)
    assert "Share" in str(again.ack)
    assert "Share" not in str(alone.ack)


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_picture_that_slack_has_shown_comes_in_the_acknowledgement(mode: Mode) -> None:
    chart.picture(RANGES)  # it is drawn, so it is in time
    async with LocalSlack() as local, connected(mode, local) as bot:
        shown = await ask(local, "salary")
        await asyncio.gather(*bot._background._tasks)  # Slack has shown it, and we are told so
        for _ in range(2):
            again = await local.slash(local.grace, local.careers, "/career", "salary", replies=1)
            assert [block["type"] for block in again.ack["blocks"] if block["type"] == "image"] == ["image"]
            assert again.message.blocks == shown.blocks


@once
async def test_it_is_shown_once_more_after_a_while_so_that_slack_can_say_that_it_is_gone(
    slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    chart.picture(RANGES)
    monkeypatch.setattr(gallery, "_PROVEN", 0.0)
    await ask(slack, "salary")
    slack.workspace.files.clear()
    gone = await slack.slash(slack.ada, slack.careers, "/career", "salary", replies=1)
    assert not gone.ack
    assert "█" in text_of(gone.message)
    slack.refusals.clear()


async def test_an_acknowledgement_proves_nothing_so_it_is_shown_elsewhere_after_ten_minutes() -> None:
    chart.picture(RANGES)
    now = [0.0]
    async with LocalSlack() as local, connected("socket", local) as bot:
        bot._listeners._gallery._now = lambda: now[0]
        acknowledged = []
        for minute, text in ((0, "salary"), (6, "pay"), (12, "salary"), (13, "salary")):  # "pay" is not kept yet
            now[0] = 60.0 * minute
            asked = await local.slash(local.ada, local.careers, "/career", text, replies=1)
            acknowledged.append(bool(asked.ack))
            await asyncio.gather(*bot._background._tasks)  # Slack has shown it, and we are told so
    assert acknowledged == [False, True, False, True]


async def ready(limits: RateLimits | None = None) -> tuple[SlackBot, list[tuple[str, Ended]]]:
    """A bot that was asked for trends once; and what its observer is told."""
    told: list[tuple[str, Ended]] = []
    plain = mind()
    world = World(plain.world.catalog, plain.registry.commands)
    needs = {**plain._needs, Registry: plain.registry, World: world}
    asked = Dispatcher(plain.registry, world, needs, limits, lambda _: lambda *end: told.append(end))
    await asked.answer(said.command(body(), NOW))
    return SlackBot(asked, lambda: NOW, "xoxb-1", "secret"), told


async def test_each_counts_and_is_told_of() -> None:
    bot, told = await ready(RateLimits())
    for _ in range(BURST - 1):
        assert json.loads(await bot._at_once(body()) or "")["response_type"] == "ephemeral"
    assert await bot._at_once(body()) is None
    assert told == [("trends", Ended.OK)] * BURST


@pytest.mark.parametrize(
    "other",
    [body("tip"), body("salary"), body("long"), body(command="/other"), body(team_id=""), body(channel_id="D1"), {}],
)
async def test_what_is_not_ready_takes_its_usual_way(other: Any) -> None:
    bot, told = await ready()
    assert await bot._at_once(body())
    assert await bot._at_once(other) is None
    assert len(told) == 2


async def test_a_workspace_that_took_us_out_is_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(_self: object, _team: str) -> None:
        return None

    bot, _ = await ready()
    monkeypatch.setattr(OneInstallation, "of", gone)
    assert await bot._at_once(body()) is None
