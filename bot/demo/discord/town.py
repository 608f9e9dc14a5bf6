"""A virtual Discord server with two people and the real bot."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import discord
import simcord

from bot.core.dispatch import Mind
from bot.platforms.discord.client import DiscordBot
from bot.platforms.discord.shards import Shards

#: Seconds for the bot to finish after each action; the first chart of a process takes a few on a slow machine.
_SETTLE = 30.0


class Member(simcord.MemberActor):
    """Somebody whom a visitor may be. "@careerbot" becomes a mention, as Discord's own client makes one of it."""

    async def send(self, channel: simcord.ChannelHandle, content: str = "", **options: Any) -> discord.Message:
        me = self._env.bot.user
        if me is not None:
            content = re.sub(rf"@{re.escape(me.name)}\b", me.mention, content, flags=re.IGNORECASE)
        return await super().send(channel, content, **options)


@dataclass(frozen=True, slots=True)
class Town:
    """The server, its channels, and the people that a visitor may be."""

    env: simcord.Env
    general: simcord.ChannelHandle
    careers: simcord.ChannelHandle
    ada: Member
    grace: Member


@asynccontextmanager
async def town(mind: Mind) -> AsyncIterator[Town]:
    """Runs while it is held. Raises what the bot raised meanwhile, as an ExceptionGroup."""
    bot = DiscordBot(mind, lambda: datetime.now(UTC), shards=Shards((0,), 1))
    async with simcord.run(bot, settle_timeout=_SETTLE) as env:
        if bot.user:
            await bot.user.edit(username="careerbot")
        guild = env.create_guild("Career Town")
        general, careers = (guild.create_text_channel(name) for name in ("general", "careers"))
        users = [env.create_user(name.lower(), global_name=name) for name in ("Ada", "Grace")]
        # Ada looks after the server, so that a visitor can set up what only admins may.
        admins = guild.create_role("admins", permissions=discord.Permissions(manage_guild=True))
        for user, roles in zip(users, ([admins], []), strict=True):
            guild.add_member(user, roles=roles)
        ada, grace = (Member(env, guild, user) for user in users)
        # The virtual clock begins on a fixed day; the visitor shall see today.
        await env.advance_time(max(0.0, (datetime.now(UTC) - env.now()).total_seconds()))
        yield Town(env, general, careers, ada, grace)
