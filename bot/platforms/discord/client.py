"""The Discord client: what people do there becomes a `Request`, and the `Reply` goes back to where they did it.

It keeps no state of a conversation: all that a click needs is in its custom id.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import discord
from discord import app_commands

from bot.core import trace
from bot.core.chat import Call, Person, Place, Reply, Request, Text
from bot.core.dispatch import Mind
from bot.core.errors import Mistake
from bot.core.locales import Locales
from bot.core.ports import Turns, Workspaces
from bot.platforms import pace
from bot.platforms.discord import choices, commands, forms, sending
from bot.platforms.discord.gateway import ShardedClient
from bot.platforms.discord.lease import Lease
from bot.platforms.discord.presence import Presence
from bot.platforms.discord.registration import DiscordsBook, register
from bot.platforms.discord.shards import Shards
from bot.platforms.discord.welcome import Welcome

_log = logging.getLogger(__name__)

_SORRY = Reply("Something went wrong on my side", (Text("It is not your doing. Please try again in a moment."),))
#: What people put between a mention and what they say.
_BETWEEN = " \t\n,:;"
#: Seconds that a closing client leaves to the answers under way.
_GRACE = 3.0


class DiscordBot(ShardedClient):
    """The bot on Discord. `await start(token)` runs it until `close()`; `wait_until_ready()` says when it is there.

    clock: the present moment, with a zone.
    shards: those of this process; without it, Discord says how many there are, and this process runs all.
    turns: by which processes that start together identify one after the other.
    lease: by which no two processes serve the same shards.
    places: what is told where the bot is; without it nobody is, and nobody is welcomed.
    locales: how commands are called in other languages.
    quickly: sends first responses that are ready; without it, discord.py does.
    """

    def __init__(
        self,
        dispatcher: Mind,
        clock: Callable[[], datetime],
        *,
        shards: Shards | None = None,
        turns: Turns | None = None,
        lease: Lease | None = None,
        places: Workspaces | None = None,
        locales: Locales | None = None,
        quickly: sending.Quickly | None = None,
    ) -> None:
        super().__init__(
            clock,
            shards,
            turns,
            lease,
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            activity=discord.Activity(type=discord.ActivityType.listening, name="/help"),
            # We never look back at a message or a member, so none is kept.
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
        )
        self._dispatcher = dispatcher
        self._clock = clock
        self._locales = locales or {}
        self._quickly = quickly
        self._answering: set[asyncio.Task[Any] | None] = set()
        self.presence = Presence(self, places, clock) if places else None
        self._welcome = Welcome(places, clock) if places else None

    def connected(self) -> bool:
        """Whether every shard of this process hears Discord just now."""
        return self.is_ready() and all(connected for connected, _ in self.gateways().values())

    def gateways(self) -> Mapping[int, tuple[bool, float]]:
        """By shard of this process: whether it hears Discord, and the seconds that its last heartbeat took."""
        return {number: (not shard.is_closed(), shard.latency) for number, shard in self.shards.items()}

    async def setup_hook(self) -> None:
        if not self.is_first:
            return
        wanted = commands.definitions(self._dispatcher.registry, self._dispatcher.world, self._locales)
        try:
            await register(DiscordsBook(self.http), self.application_id or 0, wanted)
        except discord.HTTPException:
            _log.exception("slash commands could not be registered; those that Discord has stay in use")

    async def close(self) -> None:
        await self.hear_no_more()
        if self._answering:
            await asyncio.wait([task for task in self._answering if task], timeout=_GRACE)
        await super().close()

    # ── what people do ────────────────────────────────────────────────────────────────────────────────────────────────

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        data: Mapping[str, Any] = interaction.data or {}
        with self._under_way():
            match interaction.type:
                case discord.InteractionType.autocomplete:
                    await self._complete(interaction, data)
                case discord.InteractionType.application_command:
                    await self._answer(interaction, commands.call_of(data))
                case discord.InteractionType.component:
                    await self._clicked(interaction, data)
                case discord.InteractionType.modal_submit:
                    call = choices.call_of(str(data.get("custom_id", "")))
                    await self._answer(interaction, forms.filled(call, data.get("components", ())))
                case _:
                    pass

    async def on_message(self, message: discord.Message) -> None:
        said = self._said(message)
        if said is not None:
            with self._under_way():
                await self._reply(message, said)

    def _said(self, message: discord.Message) -> str | None:
        """What a person says to the bot: all of a direct message, or what stands after a mention of it, else before."""
        if message.author.bot or message.webhook_id or message.is_system() or self.user is None:
            return None
        if message.guild is None:
            return message.content
        # Only a mention that was written: an answer to one of our messages mentions us unasked.
        mention = f"<@{self.user.id}>"
        before, found, after = message.content.replace("<@!", "<@").partition(mention)
        return (after.replace(mention, " ").strip(_BETWEEN) or before.strip(_BETWEEN)) if found else None

    # ── where it is ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await super().on_guild_join(guild)
        if self.presence and self._welcome and await self.presence.joined(guild):
            with self._under_way():
                await self._welcome.added(guild)

    async def on_shard_ready(self, shard_id: int) -> None:
        await super().on_shard_ready(shard_id)
        if self.presence:
            self.presence.look_again()

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        # Discord tells an outage by another event: this one means that we were taken out, or the server is gone.
        if self.presence and self._welcome:
            self._welcome.forget(guild)
            await self.presence.left(guild)

    # ── how it is answered ────────────────────────────────────────────────────────────────────────────────────────────

    async def _complete(self, interaction: discord.Interaction[Any], data: Mapping[str, Any]) -> None:
        found = commands.completions(self._dispatcher.registry, self._dispatcher.world, data, self._clock())
        shown = [app_commands.Choice(name=choice["name"], value=choice["value"]) for choice in found]
        await interaction.response.autocomplete(shown)

    async def _clicked(self, interaction: discord.Interaction[Any], data: Mapping[str, Any]) -> None:
        chosen = data.get("values") or [data.get("custom_id", "")]
        call = choices.call_of(str(chosen[0]))
        if call.fill:
            try:
                form = self._dispatcher.form(call)
            except Mistake:  # a button of an older version: its call says what has become of it
                call = replace(call, fill=None)
            else:
                await interaction.response.send_modal(forms.modal(form, call))
                return
        await self._answer(interaction, call)

    async def _answer(self, interaction: discord.Interaction[Any], call: Call) -> None:
        exchange = sending.Exchange(interaction, open_=call.public, beside=call.beside, quickly=self._quickly)
        request = _request(interaction, call, self._clock())
        ready = self._kept(request)
        if ready is None:
            ready = await pace.patiently(self._prepare(request), exchange.wait)
        reply, pages = ready
        try:
            await exchange.give(reply, pages)
        except discord.HTTPException:
            _log.exception("Discord refused the answer to %s", call.command)
            if not exchange.given:
                await exchange.give(_SORRY, await sending.pages(_SORRY))
        if self._welcome and exchange.given:
            await self._welcome.beside(interaction, request)

    async def _reply(self, message: discord.Message, said: str) -> None:
        workspace = str(message.guild.id) if message.guild else ""
        person = Person("discord", workspace, str(message.author.id), message.author.display_name, roams=True)
        place = Place("discord", workspace, str(message.channel.id)) if message.guild else None
        # The message brings its author's roles, and we know the server's: no member needs to be kept for this.
        author = message.author
        manages = isinstance(author, discord.Member) and author.guild_permissions.manage_guild
        request = Request(person, said, self._clock(), place, public=place is not None, manages=manages)
        _, pages = await pace.patiently(self._prepare(request), message.channel.typing)
        await sending.post(message, pages)

    def _kept(self, request: Request) -> tuple[Reply, list[sending.Page]] | None:
        """The answer, counted as given, if it is kept as it is to be sent: then there is nothing to wait for."""
        reply = self._dispatcher.kept(request)
        pages = sending.kept(reply) if reply else None
        return (reply, pages) if reply and pages and self._dispatcher.given(request) else None

    async def _prepare(self, request: Request) -> tuple[Reply, list[sending.Page]]:
        reply = await self._dispatcher.answer(request)
        return reply, await sending.pages(reply)

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        """Known to `close` while it lasts; what it raises is logged, without what was said."""
        trace.begin()
        task = asyncio.current_task()
        self._answering.add(task)
        try:
            yield
        except discord.Forbidden as refused:
            _log.info("Discord does not let me answer there (%s)", refused.code)
        except Exception:  # noqa: BLE001 # the boundary of an event: what fails must not pass in silence
            _log.exception("an answer could not be given")
        finally:
            self._answering.discard(task)


def _request(interaction: discord.Interaction[Any], call: Call, at: datetime) -> Request:
    """What a person asks by a command, a click or a form.

    The server is "" in private, and where only the person has the bot. Whether somebody manages it, and whether they
    may write in the channel, Discord says each time: it lets people press buttons where they may not write.
    """
    user, held, in_server = interaction.user, interaction.permissions, interaction.guild_id is not None
    guest = _is_guest(interaction)
    server = str(interaction.guild_id) if in_server and not guest else ""
    alone = interaction.context.dm_channel
    in_thread = isinstance(interaction.channel, discord.Thread)
    return Request(
        Person("discord", server, str(user.id), user.display_name, roams=True),
        call,
        at,
        None if alone else Place("discord", server, str(interaction.channel_id)),
        str(interaction.locale),
        manages=in_server and not guest and (held.manage_guild or held.administrator),
        guest=guest,
        mute=in_server and not (held.send_messages_in_threads if in_thread else held.send_messages),
    )


def _is_guest(interaction: discord.Interaction[Any]) -> bool:
    """Whether the bot is not there, but was installed by a person for themselves: of whatever it kept of such a server,
    nobody would hear when to delete it.

    Who installed it is not asked: of a click it is the person who got the message, and not always the one who clicks
    (developers/interactions/receiving-and-responding, "Authorizing Integration Owners").
    """
    if interaction.guild_id is None:
        return not interaction.context.dm_channel
    return not interaction.is_guild_integration() and interaction.client.get_guild(interaction.guild_id) is None
