"""A virtual Discord server with two people and the real bot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import simcord

from bot.core.dispatch import Dispatcher
from bot.platforms.discord.client import DiscordBot

#: Seconds for the bot to finish after each action; the first chart of a process takes a few on a slow machine.
_SETTLE = 30.0


@dataclass(frozen=True, slots=True)
class Town:
    """The server, its channels, and the people that a visitor may be."""

    env: simcord.Env
    general: simcord.ChannelHandle
    careers: simcord.ChannelHandle
    ada: simcord.MemberActor
    grace: simcord.MemberActor

    @property
    def mention(self) -> str:
        """What a member writes to speak to the bot."""
        return f"<@{self.env.bot.user.id}>" if self.env.bot.user else ""


@asynccontextmanager
async def town(dispatcher: Dispatcher) -> AsyncIterator[Town]:
    """Runs while it is held. Raises what the bot raised meanwhile, as an ExceptionGroup."""
    bot = DiscordBot(dispatcher, lambda: datetime.now(UTC), shard_count=1)
    async with simcord.run(bot, settle_timeout=_SETTLE) as env:
        if bot.user:
            await bot.user.edit(username="careerbot")
        guild = env.create_guild("Career Town")
        general, careers = (guild.create_text_channel(name) for name in ("general", "careers"))
        ada, grace = (guild.add_member(env.create_user(name.lower(), global_name=name)) for name in ("Ada", "Grace"))
        # The virtual clock begins on a fixed day; the visitor shall see today.
        await env.advance_time(max(0.0, (datetime.now(UTC) - env.now()).total_seconds()))
        yield Town(env, general, careers, ada, grace)
