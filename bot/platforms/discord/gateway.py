"""Connections to Discord's gateway: which shards, when each may identify, and that no other process has them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import aiohttp
import discord
import discord.http
import yarl
from discord.gateway import DiscordWebSocket

from bot.core.errors import CareerbotError
from bot.core.ports import Turns
from bot.platforms.discord import voice
from bot.platforms.discord.close_codes import refusal
from bot.platforms.discord.lease import Lease
from bot.platforms.discord.shards import Shards
from bot.platforms.discord.stagger import Stagger

if TYPE_CHECKING:
    from discord.types.gateway import SessionStartLimit

_log = logging.getLogger(__name__)
T = TypeVar("T")

#: Seconds that a connection may wait for its turn once it is open: unheard for a minute, discord.py gives it up.
_PATIENCE: Final = 30.0
#: Discord cannot be reached, or is in trouble of its own. That passes; OSError: TimeoutError too.
_AWAY: Final = (aiohttp.ClientError, OSError, discord.DiscordServerError, discord.GatewayNotFound)
#: Seconds that Discord has to take its leave of a shard, and the database of a lease.
_FAREWELL: Final = 0.5
#: Seconds, at least, until Discord is asked again how many sessions are left.
_LEAST: Final = 1.0
#: Seconds until we try again, the first time and at most.
_PAUSE, _LONGEST_PAUSE = 1.0, 60.0


_rest = asyncio.sleep


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
    """discord.py's client, whose shards identify in turn with those of all other processes on the same database, and
    which identifies none that another process serves.

    lease: without it, there is no other process.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        shards: Shards | None,
        turns: Turns | None,
        lease: Lease | None,
        **options: Any,
    ) -> None:
        if shards is not None:
            options |= {"shard_count": shards.count, "shard_ids": list(shards.ids)}
        voice.is_not_used()
        super().__init__(**options)
        self._stagger = Stagger(turns, clock)
        self._has_turn: set[int | None] = set()
        self._waiting: set[asyncio.Task[Any]] = set()
        self._lease = lease
        self._keeping: asyncio.Task[None] | None = None
        self._before: dict[int, dict[int, discord.Guild]] = {}
        self._gone: set[int] = set()
        self._leaving = asyncio.Event()

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

    @property
    def standing_by(self) -> bool:
        """Whether another process serves what this one would."""
        return self._lease is not None and self._lease.standing_by

    async def connect(self, *, reconnect: bool = True) -> None:
        """Serve until closed. Raises CareerbotError where Discord wants none of us, or another took over."""
        try:
            await super().connect(reconnect=reconnect)
        except discord.PrivilegedIntentsRequired:
            raise refusal(4014) from None
        except discord.ConnectionClosed as closed:
            raise refusal(closed.code) from None
        if self._lease is not None and self._lease.lost:
            raise CareerbotError(
                "Another careerbot took over Discord, as nothing was heard of this one. Start it again: it stands by."
            )

    async def launch_shards(self) -> None:
        limit = await self._ask_how_many()
        if self._lease is not None and not self._leaving.is_set():
            taken = await self._unless_leaving(self._lease.take(self.served))
            if taken is None:
                await self._lease.release()  # it may have come in the very moment in which we were told to leave
                return
            self._keeping = asyncio.create_task(self._keep(self._lease))
            if taken == "waited":  # maybe for days, so what Discord said then is of no use any more
                limit = await self._ask_how_many()
        needed = len(self.served.ids)
        while limit is not None and limit["remaining"] < needed and not self._leaving.is_set():
            # Each session counts, a refused one too, and a bot that begins too many has its token reset.
            seconds = max(limit["reset_after"] / 1000, _LEAST)
            _log.warning(
                "Discord lets the bot begin %d more sessions today, and it needs %d: I wait %.0f s for more",
                limit["remaining"], needed, seconds,
            )  # fmt: skip
            await self._unless_leaving(_rest(seconds))
            limit = await self._ask_how_many()
        if not self._leaving.is_set():
            await super().launch_shards()

    async def _keep(self, lease: Lease) -> None:
        await lease.keep(self.served)
        await self.close()

    async def _ask_how_many(self) -> "SessionStartLimit | None":
        """How many shards there are, if nobody said, and how many may identify at once, and today; None: not known."""
        try:
            if self.shard_count:
                count, url, limit = await self.http.get_bot_gateway()
            else:
                count, url, limit = await _until_reached(self.http.get_bot_gateway)
        except _AWAY:
            _log.warning("Discord did not say how many shards may start at once; one at a time, then")
            return None
        else:
            self.shard_count = self.shard_count or count
            self._stagger.together = max(1, limit["max_concurrency"])
            # Of Discord's own words rather than of a constant: by it, sessions that cannot be resumed begin anew, too.
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)
            return limit

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        # Before the connection: an open one that says nothing for a minute is given up.
        if not self._leaving.is_set() and await self._unless_leaving(self._turn(shard_id)):
            self._has_turn.add(shard_id)
            await super().launch_shard(gateway, shard_id, initial=initial)
            if self._leaving.is_set() and (late := self.get_shard(shard_id)):
                await late.disconnect()

    async def hear_no_more(self) -> None:
        """From now on nothing new comes from Discord, while what was heard can still be answered. Returns once all that
        was heard is a task that has begun."""
        self._leaving.set()
        for turn in self._waiting:
            turn.cancel()
        # A shard is deaf from its task's first step on; the rest of it is politeness, and may outlast us.
        leaving = [asyncio.create_task(shard.disconnect()) for shard in self.shards.values()]
        if self._lease is not None and self._keeping is not None:
            # Already now: who stands by need not wait for our last answers.
            keeping, self._keeping = self._keeping, None
            leaving.append(asyncio.create_task(self._let_go(self._lease, keeping)))
        if leaving:
            await asyncio.wait(leaving, timeout=_FAREWELL)

    async def _let_go(self, lease: Lease, keeping: asyncio.Task[None]) -> None:
        if not lease.lost:
            await lease.release()
            keeping.cancel()

    async def close(self) -> None:
        await self.hear_no_more()
        await super().close()

    async def _turn(self, shard_id: int) -> Literal[True]:
        await self._stagger.wait(shard_id)
        return True

    async def _unless_leaving(self, wait: Coroutine[Any, Any, T]) -> T | None:
        """Wait for it, maybe for long; None if the client is to close meanwhile."""
        waiting = asyncio.create_task(wait)
        self._waiting.add(waiting)
        try:
            await asyncio.wait({waiting})
        finally:
            waiting.cancel()
            self._waiting.discard(waiting)
        return None if self._leaving.is_set() else await waiting

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
