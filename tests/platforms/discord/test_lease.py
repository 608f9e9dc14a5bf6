"""Two processes that would serve the same: one does, the other stands by and takes over."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from bot import app
from bot.core.catalog import Catalog
from bot.core.errors import CareerbotError, StorageUnavailable
from bot.platforms.discord import lease as lease_
from bot.platforms.discord.client import DiscordBot
from bot.platforms.discord.lease import LASTS, Lease
from bot.platforms.discord.shards import Shards
from bot.storage.leases import StoredLeases
from bot.storage.memory import MemoryStore
from tests.conftest import NOW
from tests.doubles.discord_gateway import DiscordGateway
from tests.doubles.discord_rest import discord_at

ALL = Shards((0,), 1)


@dataclass
class Kept:
    """Leases over a store that can be away."""

    stored: StoredLeases
    away: bool = False
    held_up: asyncio.Event | None = None
    said: int = 0

    async def hold(self, what: str, parts: Collection[int], of: int, owner: str, at: datetime, until: datetime) -> bool:
        if self.away:
            raise StorageUnavailable
        if self.held_up is not None:
            await self.held_up.wait()
        held = await self.stored.hold(what, parts, of, owner, at, until)
        self.said += 1
        return held

    async def release(self, what: str, owner: str) -> None:
        if self.away:
            raise StorageUnavailable
        await self.stored.release(what, owner)


class World:
    """Moves its clock whenever somebody sleeps."""

    def __init__(self, leases: Kept) -> None:
        self.now = NOW
        self.slept = list[float]()
        self.leases = leases

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def lease(self) -> Lease:
        return Lease(self.leases, lambda: self.now, self.sleep)


async def until(true: Callable[[], bool]) -> None:
    """Wait for it. Fails after ten seconds."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 # what is looked at has no event
            await asyncio.sleep(0)


@pytest.fixture
def world() -> World:
    return World(Kept(StoredLeases(MemoryStore())))


async def test_who_is_alone_has_it_at_once(world: World) -> None:
    assert await world.lease().take(ALL) == "at once"
    assert world.slept == []


async def test_who_comes_second_stands_by_until_the_first_lets_go(world: World) -> None:
    first, second = world.lease(), world.lease()
    await first.take(ALL)
    waiting = asyncio.create_task(second.take(ALL))
    await until(lambda: len(world.slept) >= 3)
    assert second.standing_by
    await first.release()
    assert await waiting == "waited"
    assert not second.standing_by


async def test_who_is_not_heard_of_for_too_long_is_taken_over_from_and_hears_of_it(world: World) -> None:
    first, second = world.lease(), world.lease()
    await first.take(ALL)
    assert await second.take(ALL) == "waited"
    assert LASTS <= world.now - NOW <= LASTS + timedelta(seconds=2)
    assert not first.lost
    await first.keep(ALL)
    assert first.lost


async def test_when_the_database_comes_back_who_serves_is_heard_of_before_who_stands_by_looks(world: World) -> None:
    first, second = world.lease(), world.lease()
    await first.take(ALL)
    waiting = asyncio.create_task(second.take(ALL))
    await until(lambda: second.standing_by)
    world.leases.away = True
    await until(lambda: LASTS.total_seconds() in world.slept)
    # It looks again when that sleep is over, and not before. By then the first has said that it is there.
    world.leases.away = False
    assert await first._hold(ALL)
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


async def test_what_is_being_said_while_it_is_released_does_not_take_it_again(world: World) -> None:
    first = world.lease()
    await first.take(ALL)
    world.leases.held_up = asyncio.Event()
    keeping = asyncio.create_task(first.keep(ALL))
    await until(lambda: bool(world.slept))
    await asyncio.sleep(0)  # it says so just now
    releasing = asyncio.create_task(first.release())
    await asyncio.sleep(0)
    world.leases.held_up.set()
    await releasing
    await until(lambda: world.leases.said == 2)
    keeping.cancel()
    assert not first.lost
    assert await world.lease().take(ALL) == "at once"


# ── over a gateway ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease_, "_LOOK", 0.02)
    monkeypatch.setattr(lease_, "_SAY", 0.02)


async def a_bot(catalog: Catalog, store: MemoryStore, stack: AsyncExitStack, token: str) -> DiscordBot:
    """Starts; it is closed at the end of the stack."""
    bot = DiscordBot(app.dispatcher(catalog), lambda: NOW, lease=Lease(StoredLeases(store), lambda: NOW))
    bot._connection.guild_ready_timeout = 0.02  # else it waits two seconds for servers that might still come
    started = asyncio.create_task(bot.start(token))

    async def ended() -> None:
        await bot.close()
        await asyncio.gather(started, return_exceptions=True)

    stack.push_async_callback(ended)
    return bot


async def test_a_second_bot_hears_nothing_until_the_first_is_closed_and_then_all(ai_engineer: Catalog) -> None:
    store = MemoryStore()
    async with DiscordGateway(2) as discord, AsyncExitStack() as stack:
        stack.enter_context(discord_at(discord.api_url))
        first = await a_bot(ai_engineer, store, stack, discord.token)
        await discord.connected(1)
        second = await a_bot(ai_engineer, store, stack, discord.token)
        await until(lambda: second.standing_by)
        assert (len(discord.identified), second.connected()) == (1, False)
        assert len((await discord.use(discord.servers[0], "help")).first) == 1
        await first.close()
        await discord.connected(1)
        assert len(discord.identified) == 2
        assert len((await discord.use(discord.servers[0], "help")).first) == 1


async def test_a_bot_that_stands_by_can_be_closed_and_leaves_the_other_its_lease(ai_engineer: Catalog) -> None:
    store = MemoryStore()
    async with DiscordGateway(1) as discord, AsyncExitStack() as stack:
        stack.enter_context(discord_at(discord.api_url))
        await a_bot(ai_engineer, store, stack, discord.token)
        await discord.connected(1)
        second = await a_bot(ai_engineer, store, stack, discord.token)
        await until(lambda: second.standing_by)
        await second.close()
        third = await a_bot(ai_engineer, store, stack, discord.token)
        await until(lambda: third.standing_by)
        assert len(discord.identified) == 1


async def test_a_bot_from_which_another_took_over_stops_hearing_and_says_so(ai_engineer: Catalog) -> None:
    store = MemoryStore()
    async with DiscordGateway(1) as discord:
        with discord_at(discord.api_url):
            bot = DiscordBot(app.dispatcher(ai_engineer), lambda: NOW, lease=Lease(StoredLeases(store), lambda: NOW))
            started = asyncio.create_task(bot.start(discord.token))
            await discord.connected(1)
            late = NOW + LASTS
            assert await StoredLeases(store).hold("discord", [0], 1, "another", late, late + LASTS)
            with pytest.raises(CareerbotError, match="Another careerbot took over Discord"):
                await asyncio.wait_for(started, 10)
        assert not any(session.line for session in discord._sessions.values())
