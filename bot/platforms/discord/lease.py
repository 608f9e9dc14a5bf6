"""That each shard is served by one process, however many were started: the others stand by, and take over."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.core.errors import StorageUnavailable
from bot.core.ports import Leases
from bot.platforms.discord.shards import Shards

_log = logging.getLogger(__name__)

_WHAT: Final = "discord"
#: How long whoever serves may be unheard of before another takes over.
LASTS: Final = timedelta(seconds=20)
#: Seconds between two words that it is still there; and between two looks of who stands by.
_SAY, _LOOK = 5.0, 2.0


class Lease:
    """Of some shards. It is `taken` once, then `kept` until it is lost, or released.

    While the database is away nobody can take over, so whoever serves goes on.

    standing_by: another process serves them. lost: another has taken them over.
    """

    def __init__(
        self,
        leases: Leases,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.standing_by = False
        self.lost = False
        self._leases = leases
        self._clock = clock
        self._sleep = sleep
        self._owner = secrets.token_hex(8)
        self._released = False
        self._turn = asyncio.Lock()

    async def take(self, shards: Shards) -> Literal["at once", "waited"]:
        """Return once this process alone serves them."""
        told = False
        while True:
            pause = _LOOK
            try:
                if await self._hold(shards):
                    break
            except StorageUnavailable:
                # Whoever has them could not say so either, and does once the database is back: before we look again.
                pause = LASTS.total_seconds()
            else:
                if not told:
                    _log.info("Another careerbot serves Discord: standing by, to take over when it ends")
                told = self.standing_by = True
            await self._sleep(pause)
        if told:
            _log.info("Taking over Discord")
        self.standing_by = False
        return "waited" if told else "at once"

    async def keep(self, shards: Shards) -> None:
        """Say again and again that they are served. Returns once another process has taken them over."""
        while not self.lost:
            await self._sleep(_SAY)
            try:
                async with self._turn:
                    self.lost = not self._released and not await self._hold(shards)
            except StorageUnavailable:
                _log.debug("the database is away: Discord is served on")
            except Exception:  # noqa: BLE001 # who stopped saying it for an unforeseen reason would soon serve beside another
                _log.exception("the lease of Discord could not be held")

    async def release(self) -> None:
        """Let others have them at once. Where the database is away, they have them when our time is over."""
        self._released = True
        try:
            async with self._turn:  # what is being said just now must not come after it
                await self._leases.release(_WHAT, self._owner)
        except StorageUnavailable:
            _log.info("the database is away: whoever stands by takes over Discord in %.0f s", LASTS.total_seconds())

    async def _hold(self, shards: Shards) -> bool:
        at = self._clock()
        return await self._leases.hold(_WHAT, shards.ids, shards.count, self._owner, at, at + LASTS)
