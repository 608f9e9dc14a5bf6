"""A word to whoever looks after a server that is new: once, in private, and never into a channel unasked.

Discord says who added a bot only in the server's audit log, for which we do not ask the right. Where somebody gave it
all the same, that person gets a direct message. Else the first who may manage the server, and uses a command there,
gets a note beside their answer, that only they see.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

import aiohttp
import discord

from bot.core.chat import Reply, Request
from bot.core.errors import StorageUnavailable
from bot.core.markup import quote
from bot.core.ports import Workspaces
from bot.features import _welcome
from bot.platforms.discord import sending

_log = logging.getLogger(__name__)

_PLATFORM: Final = "discord"
#: Discord refused it, or could not be reached; OSError: TimeoutError too.
_UNHEARD: Final = (discord.HTTPException, aiohttp.ClientError, OSError)
#: Entries of the audit log that are looked at: it was a moment ago.
_RECENT: Final = 10


class Welcome:
    """Says it once for each server, whichever process gets there first."""

    def __init__(self, places: Workspaces, clock: Callable[[], datetime]) -> None:
        self._places = places
        self._clock = clock
        self._over: set[str] = set()

    async def added(self, guild: discord.Guild) -> None:
        """The bot was added to a server. Raises StorageUnavailable."""
        server = str(guild.id)
        try:
            person = await _who_added(guild)
        except _UNHEARD:
            return  # nobody is told yet: then a note, later
        if person is not None and await self._places.welcome(_PLATFORM, server, self._clock()):
            # Such as a person who takes no direct messages.
            await self._say(server, _welcome.added(f"**{quote(guild.name)}**"), lambda page: _direct(person, page))

    async def beside(self, interaction: discord.Interaction[Any], request: Request) -> None:
        """After an answer: the note, if it is due to this person. It is a nicety, and no failure of it is heard."""
        server = request.person.workspace
        if not request.manages or not server or server in self._over:
            return
        try:
            due = await self._places.to_welcome(_PLATFORM, server)
            self._over.add(server)
            if due and await self._places.welcome(_PLATFORM, server, self._clock()):
                await self._say(server, _welcome.beside(), lambda page: _beside(interaction, page))
        except StorageUnavailable:
            pass

    async def _say(self, server: str, word: Reply, send: Callable[[sending.Page], Awaitable[None]]) -> None:
        """Where not a page of it was sent, somebody else is told. Raises StorageUnavailable."""
        said = False
        try:
            for page in await sending.pages(word):
                await send(page)
                said = True
        except BaseException as error:
            if not said:
                if isinstance(error, _UNHEARD):  # what is broken here stays so, and would be tried at every answer
                    self._over.discard(server)
                await self._places.unwelcome(_PLATFORM, server)
            if not isinstance(error, _UNHEARD):
                raise
            _log.info("a welcome could not be sent (%s)", type(error).__name__)

    def forget(self, guild: discord.Guild) -> None:
        """It was left: whoever adds the bot again is welcomed again."""
        self._over.discard(str(guild.id))


async def _direct(person: discord.User | discord.Member, page: sending.Page) -> None:
    await person.send(view=page.view(), files=page.files())


async def _beside(interaction: discord.Interaction[Any], page: sending.Page) -> None:
    await interaction.followup.send(view=page.view(), ephemeral=True)


async def _who_added(guild: discord.Guild) -> discord.User | discord.Member | None:
    """From the audit log, where we may read it."""
    me = guild.me
    if not me.guild_permissions.view_audit_log:
        return None
    async for entry in guild.audit_logs(action=discord.AuditLogAction.bot_add, limit=_RECENT):
        if entry.target is not None and entry.target.id == me.id:
            return entry.user
    return None
