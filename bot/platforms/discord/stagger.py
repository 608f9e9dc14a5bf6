"""When each shard may identify.

Discord lets `max_concurrency` shards identify at once, those whose numbers differ modulo it, and each again only after
five seconds (developers/events/gateway, "Sharding"). Any number of processes may start in the same moment, so the turns
are kept in the database that they share.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from bot.core.errors import StorageUnavailable
from bot.core.ports import Turns

_log = logging.getLogger(__name__)

#: Discord asks for five seconds; the rest is for lines that are not equally fast.
APART: Final = timedelta(seconds=6)


class Stagger:
    """Waits for the turn of each shard to identify.

    turns: without it, as discord.py does for a process of its own: one shard every so many seconds.
    together: Discord's `max_concurrency`.
    """

    def __init__(
        self,
        turns: Turns | None,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.together = 1
        self._turns = turns
        self._clock = clock
        self._sleep = sleep
        self._own: dict[int, datetime] = {}
        self._reserved: dict[int, datetime] = {}

    async def wait(self, shard: int, at_most: float | None = None) -> None:
        """Return when it is that shard's turn. Raises TimeoutError at once where that is more than `at_most` seconds
        away; the turn stays reserved, and who comes again in time has it."""
        now = self._clock()
        at = self._reserved.get(shard)
        if at is None or at + timedelta(seconds=1) < now:
            at = self._reserved[shard] = await self._take(shard % self.together, now)
        seconds = (at - now).total_seconds()
        if at_most is not None and seconds > at_most:
            raise TimeoutError(f"shard {shard} may identify in {seconds:.0f} s")
        if seconds > 0:
            await self._sleep(seconds)
        self._reserved.pop(shard, None)

    async def _take(self, bucket: int, now: datetime) -> datetime:
        if self._turns is not None:
            try:
                return await self._turns.take(f"discord identify {bucket}", now, APART)
            except StorageUnavailable:
                _log.warning("the database is away: shards identify without regard to other processes")
        # At least no faster than one process may by itself.
        at = max(now, self._own.get(bucket, now))
        self._own[bucket] = at + APART
        return at
