"""In which servers the bot is: told to the store as it changes, and compared now and then.

What happened while nobody listened, or could not be kept, is seen by comparing. A server that Discord cannot reach just
now is still ours.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

import discord

from bot.core.errors import StorageUnavailable
from bot.core.ports import Workspaces
from bot.platforms.discord.gateway import ShardedClient

_log = logging.getLogger(__name__)

_PLATFORM: Final = "discord"
#: Seconds until the next look; and after one that the database was away for.
_EVERY, _SOON = 3600.0, 30.0
#: Servers that are read from the store at a time.
_PAGE: Final = 1_000


class Presence:
    """The servers of this process's shards."""

    def __init__(self, client: ShardedClient, places: Workspaces, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._places = places
        self._clock = clock
        self._look = asyncio.Event()

    async def joined(self, guild: discord.Guild) -> bool:
        """The bot was added. Whether that is new; False too if it cannot be kept now: then it is compared later."""
        try:
            return await self._places.joined(_PLATFORM, str(guild.id), self._clock())
        except StorageUnavailable:
            self._look.set()
            return False

    async def left(self, guild: discord.Guild) -> None:
        """The bot was taken out, or the server is gone."""
        try:
            await self._places.left(_PLATFORM, str(guild.id), self._clock())
        except StorageUnavailable:
            self._look.set()

    def look_again(self) -> None:
        """Compare soon: a session has begun anew, and nobody knows what happened before."""
        self._look.set()

    async def keep(self) -> None:
        """Compare, once the bot is there and then every hour, until cancelled."""
        await self._client.wait_until_ready()
        while True:
            pause = _EVERY
            try:
                await self.compare()
            except StorageUnavailable:
                pause = _SOON
            except Exception:  # noqa: BLE001 # whatever it was: the next look is as good as any
                _log.exception("the servers that the bot is in could not be compared")
                pause = _SOON
            try:
                async with asyncio.timeout(pause):
                    await self._look.wait()
            except TimeoutError:
                pass
            else:  # something could not be kept: the database is not back in the same moment
                await asyncio.sleep(_SOON)
            self._look.clear()

    async def compare(self) -> None:
        """Tell the store what it does not know. Nobody is welcomed for it: it may be long ago. Raises
        StorageUnavailable."""
        here = {str(guild) for guild in self._client.present()}
        known = {one for one in await self._known() if self._client.served.has(int(one))}
        at = self._clock()
        # Each is asked again when its turn comes: it may have come or gone by now, and was told then.
        for guild in sorted(here - known):
            if self._client.is_in(int(guild)):
                await self._places.joined(_PLATFORM, guild, at)
        for guild in sorted(known - here):
            if not self._client.is_in(int(guild)):
                await self._places.left(_PLATFORM, guild, at)
        if here != known:
            _log.info("Discord servers that came or went unheard: %d, %d", len(here - known), len(known - here))

    async def _known(self) -> list[str]:
        found: list[str] = []
        while page := await self._places.present(_PLATFORM, found[-1] if found else "", _PAGE):
            found += page
        return found
