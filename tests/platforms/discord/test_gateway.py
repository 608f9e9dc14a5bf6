"""A gateway that will have none of the bot, or not now."""

import asyncio

import discord
import pytest

from bot import app
from bot.core.catalog import Catalog
from bot.core.errors import CareerbotError
from bot.platforms.discord import checkup, gateway
from bot.platforms.discord.client import DiscordBot
from tests.conftest import NOW
from tests.doubles.discord_gateway import DiscordGateway
from tests.doubles.discord_rest import discord_at


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (4004, "Reset it in the developer portal"),
        (4010, "Mend --shards and --shard-count"),
        (4011, "too many servers for so few shards"),
        (4012, "Upgrade careerbot"),
        (4013, "nothing privileged"),
        (4014, "nothing privileged"),
    ],
)
async def test_a_connection_that_is_closed_for_good_ends_with_what_to_do(
    code: int, says: str, ai_engineer: Catalog
) -> None:
    async with DiscordGateway(1) as discord:
        discord.refuses = code
        with discord_at(discord.api_url):
            bot = DiscordBot(app.dispatcher(ai_engineer), lambda: NOW)
            with pytest.raises(CareerbotError, match=says) as told:
                await asyncio.wait_for(bot.start(discord.token), 10)
        assert str(told.value).endswith(f"(gateway close code {code})")
        assert len(discord.identified) == 1, "it does not come again of itself"


async def test_with_too_few_sessions_left_for_today_none_is_begun_until_there_are_enough(
    ai_engineer: Catalog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    waits, enough = asyncio.Event(), asyncio.Event()

    async def sleep(seconds: float) -> None:
        waits.set()
        await enough.wait()

    monkeypatch.setattr(gateway, "_rest", sleep)
    async with DiscordGateway(1) as discord:
        discord.town.sessions = 0
        with discord_at(discord.api_url):
            bot = DiscordBot(app.dispatcher(ai_engineer), lambda: NOW)
            started = asyncio.create_task(bot.start(discord.token))
            await asyncio.wait_for(waits.wait(), 10)
            assert "lets the bot begin 0 more sessions today, and it needs 1" in caplog.text
            assert discord.identified == []
            discord.town.sessions = 1
            enough.set()
            await discord.connected(1)
            await bot.close()
            await asyncio.wait_for(started, 10)


async def test_no_start_and_no_check_warns_of_voice_which_the_bot_does_not_use(
    ai_engineer: Catalog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def once_more() -> None:
        for warning in ("warn_nacl", "warn_dave"):
            monkeypatch.setattr(discord.VoiceClient, warning, True)

    once_more()
    discord.Client(intents=discord.Intents.none())
    assert caplog.text.count("voice") == 2, "else this test sees nothing"
    caplog.clear()
    once_more()
    DiscordBot(app.dispatcher(ai_engineer), lambda: NOW)
    once_more()
    async with DiscordGateway(1) as there:
        with discord_at(there.api_url):
            assert [finding async for finding in checkup.look(there.token, there.api_url, (), lambda: NOW)]
    assert "voice" not in caplog.text
