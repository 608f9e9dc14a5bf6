"""What is said unasked, while its process is stopped and while the database is away: each thing once.

Their small siblings stand in tests/delivery and tests/storage.
"""

import asyncio
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from bot.core.weekly import Weekly
from bot.delivery.outbox import State, Target
from bot.demo.slack.faults import Slow
from bot.storage.digests import StoredDigests
from bot.storage.opening import open_store
from bot.storage.tables import deliveries
from tests.cable import Cable
from tests.doubles.discord_gateway import DiscordGateway
from tests.doubles.discord_sights import Server
from tests.test_command_line import line_with, running, stopped

pytestmark = pytest.mark.slow


async def subscribe(url: str, servers: Sequence[Server], slot: datetime) -> None:
    """Each has a digest, of which one is due at that minute."""
    slot = slot.replace(second=0, microsecond=0)
    async with open_store(url) as store:
        for server in servers:
            target, when = Target("discord", server.id, server.channel), Weekly("UTC", slot.weekday(), slot.time())
            await StoredDigests(store).subscribe(target, when, "1", "Ada", slot - timedelta(hours=1))


async def states(url: str) -> dict[str, State]:
    """By channel. There is one delivery for each."""
    async with open_store(url, look=True) as store:
        rows = await store.read(lambda tx: tx.execute(select(deliveries)).all())
    found = {row.channel: State(row.state) for row in rows}
    assert len(found) == len(rows)
    return found


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait for it. Fails after 30 seconds."""
    async with asyncio.timeout(30):
        while not await true():  # noqa: ASYNC110 # what is looked at has no event
            await asyncio.sleep(0.05)


def later(tx: Connection) -> None:
    """As though the time had passed that doubtful ones are left to settle."""
    tx.execute(update(deliveries).where(deliveries.c.state == State.DOUBTFUL.value).values(next=datetime.now(UTC)))


def posts(discord: DiscordGateway) -> dict[str, int]:
    return {server.channel: len(discord.town.channels[server.channel].messages) for server in discord.servers}


async def test_told_to_stop_amid_fifty_digests_it_gives_back_its_leases_and_each_is_posted_once(
    postgres: Callable[[], str], tmp_path: Path
) -> None:
    url = postgres()
    async with DiscordGateway(50) as discord:
        env = {"DISCORD_TOKEN": discord.token, "DISCORD_API_URL": discord.api_url, "DATABASE_URL": url}
        await subscribe(url, discord.servers, datetime.now(UTC) - timedelta(minutes=1))
        # Some are posted; of others the answer does not come before the end; and some are not yet begun.
        discord.fail("create_message", Slow(0.1), times=20)
        discord.fail("create_message", Slow(6.0, done=True), times=None)

        async def amid() -> bool:
            return len(discord.calls_of("create_message")) >= 24

        async with running(tmp_path, "run", **env) as process:
            await until(amid)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 10) == 0
        found = await states(url)
        counted = Counter(found.values())
        assert counted.keys() <= {State.DELIVERED, State.DOUBTFUL, State.WAITING}, "nobody is at any of them"
        assert counted[State.DELIVERED] == 20
        assert counted[State.DOUBTFUL] > 0
        there = posts(discord)
        assert all(there[channel] == 1 for channel, state in found.items() if state is State.DELIVERED)
        assert all(there[channel] == 0 for channel, state in found.items() if state is State.WAITING)

        discord.heal()
        async with open_store(url) as store:
            await store.run(later)

        async def all_delivered() -> bool:
            return Counter((await states(url)).values()) == {State.DELIVERED: 50}

        async with running(tmp_path, "run", **env) as process:
            await until(all_delivered)
            assert await stopped(process) == 0
        assert set(posts(discord).values()) == {1}


async def test_a_digest_that_comes_due_while_the_database_is_away_is_posted_once_after_it(
    postgres: Callable[[], str], tmp_path: Path
) -> None:
    url = postgres()
    cable = Cable(url)
    await cable.plug_in()
    async with DiscordGateway(1) as discord:
        env = {"DISCORD_TOKEN": discord.token, "DISCORD_API_URL": discord.api_url, "DATABASE_URL": cable.url}

        async def posted() -> bool:
            return bool(discord.calls_of("create_message"))

        async with running(tmp_path, "run", **env) as process:
            await line_with(process, "Discord is ready")
            cable.cut()
            await line_with(process, "The database cannot be used")
            # Nobody but the bot is cut off.
            await subscribe(url, discord.servers, datetime.now(UTC) - timedelta(minutes=1))
            assert len((await discord.use(discord.servers[0], "salary")).first) == 1
            assert not await posted()
            await cable.plug_in()
            await until(posted)

            async def delivered() -> bool:
                return list((await states(url)).values()) == [State.DELIVERED]

            await until(delivered)
            assert await stopped(process) == 0
        assert posts(discord) == {discord.servers[0].channel: 1}
    cable.cut()
