"""Discord, looked at from outside: whether it takes the token, with which intents, and lets us post where we must.

It logs in over REST alone: no gateway is opened, so a bot that runs meanwhile is not disturbed.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from itertools import groupby

import aiohttp
import discord

from bot.platforms.checkup import CHANNELS, PATIENCE, Finding, Spot, clock, within
from bot.platforms.discord import voice
from bot.platforms.discord.channels import problem_in
from bot.platforms.discord.gateway import use_api
from bot.platforms.discord.wire import API

_TOKEN = "DISCORD_TOKEN"  # noqa: S105 # the setting's name


async def look(
    token: str, api_url: str | None, spots: Sequence[Spot], now: Callable[[], datetime]
) -> AsyncIterator[Finding]:
    """Raises TimeoutError, or what aiohttp does, where Discord cannot be reached."""
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with (
        aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
        # Needs no token, and tells the time like any other answer of theirs.
        session.get(f"{api_url or API}/gateway") as answer,
    ):
        yield clock("Discord's clock", answer.headers, now())
    if api_url:
        use_api(api_url)
    voice.is_not_used()
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        try:
            async with within():
                await client.login(token)
        except discord.LoginFailure:
            yield Finding("bad", _TOKEN, "Discord refuses it", "Reset it in the developer portal and set the new one.")
            return
        except discord.HTTPException as error:
            yield Finding("bad", "Discord", f"answers HTTP {error.status}", "See discordstatus.com, and try again.")
            return
        yield Finding("good", "Discord", f"I am {client.user}")
        yield _intents(client)
        async for finding in _channels(client, spots):
            yield finding


def _intents(client: discord.Client) -> Finding:
    flags = client.application.flags if client.application else discord.ApplicationFlags()
    names = {
        "presence": flags.gateway_presence or flags.gateway_presence_limited,
        "server members": flags.gateway_guild_members or flags.gateway_guild_members_limited,
        "message content": flags.gateway_message_content or flags.gateway_message_content_limited,
    }
    on = [name for name, is_on in names.items() if is_on]
    if not on:
        return Finding("good", "Discord's intents", "no privileged one, and none is needed")
    mend = "Switch them off under Bot in the developer portal: what the bot cannot read, nobody can take from it."
    return Finding("note", "Discord's intents", f"privileged, and not needed: {', '.join(on)}", mend)


async def _channels(client: discord.Client, spots: Sequence[Spot]) -> AsyncIterator[Finding]:
    mine = sorted(spots[:CHANNELS], key=lambda spot: spot.workspace)
    for server, there in groupby(mine, key=lambda spot: spot.workspace):
        async for finding in _server(client, server, list(there)):
            yield finding
    if mine:
        yield Finding("good", "Discord's digests", f"channels looked at: {len(mine)} of {len(spots)}")


async def _server(client: discord.Client, server: str, spots: Sequence[Spot]) -> AsyncIterator[Finding]:
    try:
        async with within():
            guild = await client.fetch_guild(int(server), with_counts=False)
            me = await guild.fetch_member(client.user.id if client.user else 0)
            channels = {channel.id: channel for channel in await guild.fetch_channels()}
    except discord.HTTPException as error:
        what = (
            "I am not in that server any more" if error.status in {403, 404} else f"Discord answers HTTP {error.status}"
        )
        yield Finding("bad", f"Discord server {server}", f"{what}; it still has a digest")
        return
    for spot in spots:
        channel = channels.get(int(spot.channel)) if spot.channel.isdecimal() else None
        if problem := problem_in(channel, me):
            name = f"#{channel.name}" if channel else spot.channel
            yield Finding("bad", f"Discord, {name}", f"I could not post the digest there. {problem}".replace("**", ""))
