"""Every command, from its one file, on every platform and in every way that a person has there."""

import asyncio
from typing import Any

import discord
import pytest
import simcord

from bot import app, features
from bot.core.chat import Call
from bot.core.command import Command, Registry
from bot.core.dispatch import Dispatcher
from bot.core.parameters import MentionKind
from bot.core.reading import read
from bot.demo.slack import LocalSlack, text_of
from bot.platforms import chart
from bot.platforms.discord.client import DiscordBot
from bot.platforms.discord.shards import Shards
from bot.platforms.profiles import Directory
from bot.platforms.slack.app import SlackBot
from bot.platforms.slack.shortcuts import ASK
from tests.conftest import NOW

COMMANDS = tuple(Registry.discover(features))
#: Commands that speak to the whole channel.
FOR_ALL = {"round"}
NOT_AN_ANSWER = ("Not quite", "One more thing", "Something went wrong", "older version")


@pytest.fixture(autouse=True)
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture takes half a second; what stands around it is what counts here."""
    monkeypatch.setattr(chart, "picture", lambda _: b"\x89PNG")


@pytest.fixture
def simcord_bot(mind: Dispatcher) -> DiscordBot:
    """What simcord's own fixture, `simcord_env`, runs."""
    return DiscordBot(mind, lambda: NOW, shards=Shards((0,), 1))


def answers(said: str) -> None:
    assert said.strip()
    assert not any(words in said for words in NOT_AN_ANSWER), said


def arguments(mind: Dispatcher, found: Command, somebody: simcord.MemberActor) -> dict[str, Any]:
    call: Call = read(f"{found.name} {found.examples[-1]}", mind.registry, mind.world)
    members = {parameter.name for parameter in found.parameters if isinstance(parameter.kind, MentionKind)}
    return {name: somebody if name in members else value for name, value in call.arguments}


@pytest.mark.parametrize("found", COMMANDS, ids=lambda found: found.name)
async def test_on_discord_by_slash_by_mention_and_in_a_direct_message(
    found: Command, simcord_env: simcord.Env, mind: Dispatcher
) -> None:
    guild = simcord_env.create_guild("Town")
    admins = guild.create_role("admins", permissions=discord.Permissions(manage_guild=True))
    channel, ada = (
        guild.create_text_channel("careers"),
        guild.add_member(simcord_env.create_user("ada"), roles=[admins]),
    )
    by_slash = await ada.slash(channel, found.name, **arguments(mind, found, ada))
    assert by_slash.response is not None
    assert by_slash.ephemeral is (found.name not in FOR_ALL)
    answers(str(by_slash.response.components))
    typed = f"{found.name} {found.examples[-1]}"
    assert simcord_env.bot.user
    await ada.send(channel, f"<@{simcord_env.bot.user.id}> {typed}")
    assert channel.last_message
    answers(str([part.to_dict() for part in channel.last_message.components]))
    asked = await ada.send_dm(typed)
    answer = ada.user.dm_channel.last_message
    assert answer
    assert answer.id != asked.id
    answers(str([part.to_dict() for part in answer.components]))
    simcord_env.raise_errors()


async def test_on_slack_by_slash_by_mention_in_a_direct_message_and_by_shortcut() -> None:
    async with LocalSlack(should_escape=True) as slack:
        people = Directory()
        mind = app.dispatcher("ai-engineer", people=people)
        bot = SlackBot(mind, lambda: NOW, slack.bot_token, api_url=slack.api_url)
        people.add("slack", bot.profiles)
        serving = asyncio.create_task(bot.run_socket(slack.app_token))
        assert await slack.connected()
        try:
            asking = await slack.shortcut(slack.ada, ASK, quiet=0.05)
            for found in COMMANDS:
                typed = f"{found.name} {found.examples[-1]}"
                for seen in (
                    await slack.slash(slack.ada, slack.careers, "/career", typed, replies=1),
                    await slack.mention(slack.ada, slack.careers, typed, replies=1),
                    await slack.dm(slack.ada, typed, replies=1),
                ):
                    assert seen.error == "", typed
                    answers(seen.message.text)
                assert asking.view
                by_shortcut = await slack.submit(slack.ada, asking.view, {"question": typed})
                assert by_shortcut.view
                answers(text_of(by_shortcut.view))
            assert slack.refusals == []
        finally:
            await bot.close()
            await serving
