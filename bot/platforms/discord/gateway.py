"""Connections to Discord's gateway: which shards, and when each may identify.

Discord lets `max_concurrency` shards identify at once, those whose numbers differ modulo it, and each again only after
five seconds (developers/events/gateway, "Sharding"). Any number of processes may start in the same moment, so the turns
are kept in the database that they share.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import aiohttp
import discord
import discord.http
import yarl
from discord.gateway import DiscordWebSocket

from bot.core.errors import StorageUnavailable
from bot.core.ports import Turns
from bot.platforms.discord.shards import Shards

_log = logging.getLogger(__name__)
T = TypeVar("T")

#: Discord asks for five seconds; the rest is for lines that are not equally fast.
APART: Final = timedelta(seconds=6)
#: Seconds that a connection may wait for its turn once it is open: unheard for a minute, discord.py gives it up.
_PATIENCE: Final = 30.0


#: Discord cannot be reached, or is in trouble of its own. That passes; OSError: TimeoutError too.
_AWAY: Final = (aiohttp.ClientError, OSError, discord.DiscordServerError, discord.GatewayNotFound)
#: Seconds that Discord has to take its leave of a shard.
_FAREWELL: Final = 0.5
#: Seconds until we try again, the first time and at most.
_PAUSE, _LONGEST_PAUSE = 1.0, 60.0


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


async def _until_reached(attempt: Callable[[], Awaitable[T]]) -> T:
    pause = _PAUSE
    while True:
        try:
            return await attempt()
        except _AWAY as away:
            _log.warning("cannot reach Discord yet (%s); I try again in %.0f s", type(away).__name__, pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


class ShardedClient(discord.AutoShardedClient):
    """discord.py's client, whose shards identify in turn with those of all other processes on the same database."""

    def __init__(
        self, clock: Callable[[], datetime], shards: Shards | None, turns: Turns | None, **options: Any
    ) -> None:
        if shards is not None:
            options |= {"shard_count": shards.count, "shard_ids": list(shards.ids)}
        super().__init__(**options)
        self._stagger = Stagger(turns, clock)
        self._has_turn: set[int | None] = set()
        self._waiting: set[asyncio.Task[None]] = set()
        self._before: dict[int, dict[int, discord.Guild]] = {}
        self._gone: set[int] = set()
        self._leaving = False

    @property
    def is_first(self) -> bool:
        """Whether this process does what one of all must do: it has the first shard."""
        return not self.shard_ids or 0 in self.shard_ids

    @property
    def served(self) -> Shards:
        """What this process serves, once it is connected."""
        count = self.shard_count or 1
        return Shards(tuple(self.shard_ids or range(count)), count)

    def present(self) -> frozenset[int]:
        """The servers that this process's part of the bot is in; also those that Discord cannot reach just now."""
        return frozenset(guild.id for guild in self.guilds) - self._gone

    def is_in(self, guild: int) -> bool:
        """Whether that is one of `present`."""
        return self.get_guild(guild) is not None and guild not in self._gone

    async def login(self, token: str) -> None:
        """Again and again while Discord cannot be reached: whatever else this process does goes on meanwhile.

        Raises discord.LoginFailure for a wrong token.
        """

        async def log_in() -> None:
            try:
                await super(ShardedClient, self).login(token)
            except _AWAY:
                # discord.py makes a session for each login, and closes none.
                await self.http.close()
                self.http.clear()
                self.http.connector = discord.utils.MISSING
                raise

        await _until_reached(log_in)

    async def launch_shards(self) -> None:
        if self.is_closed():
            return
        try:
            if self.shard_count:
                count, url, limit = await self.http.get_bot_gateway()
            else:
                count, url, limit = await _until_reached(self.http.get_bot_gateway)
        except _AWAY:
            _log.warning("Discord did not say how many shards may start at once; one at a time, then")
        else:
            self.shard_count = self.shard_count or count
            self._stagger.together = max(1, limit["max_concurrency"])
            # Of Discord's own words rather than of a constant: by it, sessions that cannot be resumed begin anew, too.
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)
        await super().launch_shards()

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        # Before the connection: an open one that says nothing for a minute is given up.
        if not self._leaving and await self._turn(shard_id):
            self._has_turn.add(shard_id)
            await super().launch_shard(gateway, shard_id, initial=initial)

    async def hear_no_more(self) -> None:
        """From now on nothing new comes from Discord, while what was heard can still be answered. Returns once all that
        was heard is a task that has begun."""
        self._leaving = True
        for turn in self._waiting:
            turn.cancel()
        if leaving := [asyncio.create_task(shard.disconnect()) for shard in self.shards.values()]:
            # A shard is deaf from its task's first step on; the rest of it is politeness, and may outlast us.
            await asyncio.wait(leaving, timeout=_FAREWELL)

    async def close(self) -> None:
        await self.hear_no_more()
        await super().close()

    async def _turn(self, shard_id: int) -> bool:
        """Wait for it, maybe for minutes; False if the client was closed meanwhile."""
        turn = asyncio.create_task(self._stagger.wait(shard_id))
        self._waiting.add(turn)
        try:
            await asyncio.wait({turn})
        finally:
            turn.cancel()
            self._waiting.discard(turn)
        if self._leaving:
            return False
        await turn
        return True

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        del initial
        if shard_id in self._has_turn:
            self._has_turn.discard(shard_id)
        else:  # a session could not be resumed, and begins anew
            await self._stagger.wait(shard_id or 0, _PATIENCE)
        shard = shard_id or 0
        self._before[shard] = {guild.id: guild for guild in self.guilds if guild.shard_id == shard}

    async def on_guild_join(self, guild: discord.Guild) -> None:
        self._gone.discard(guild.id)

    async def on_shard_ready(self, shard_id: int) -> None:
        """A session has begun anew. discord.py keeps servers of the last one, though the bot may have been taken out
        meanwhile; those that it is still in, it was told again, and made anew."""
        before = self._before.pop(shard_id, {})
        here = [guild for guild in self.guilds if guild.shard_id == shard_id]
        self._gone -= {guild.id for guild in here}
        self._gone |= {guild.id for guild in here if before.get(guild.id) is guild}


def use_api(url: str) -> None:
    """From now on every discord.py client of this process talks to that address in place of Discord's."""
    discord.http.Route.BASE = url
