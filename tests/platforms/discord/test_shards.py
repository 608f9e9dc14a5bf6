"""One bot in many processes: which shards each serves, when each may identify, and which servers each answers for."""

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import discord
import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.core.errors import CareerbotError, StorageUnavailable
from bot.platforms.discord import gateway
from bot.platforms.discord.shards import Shards, read
from bot.platforms.discord.stagger import APART, Stagger
from bot.storage.memory import MemoryStore
from bot.storage.opening import open_store
from bot.storage.tables import workspaces
from bot.storage.turns import StoredTurns
from tests.conftest import NOW
from tests.doubles.discord_gateway import DiscordGateway
from tests.test_command_line import line_with, running, stopped


@pytest.mark.parametrize(
    ("typed", "ids"), [("0-3", (0, 1, 2, 3)), ("5", (5,)), ("0,2", (0, 2)), ("8-9, 1", (1, 8, 9)), ("15", (15,))]
)
def test_shards_as_an_operator_types_them(typed: str, ids: tuple[int, ...]) -> None:
    assert read(typed, 16) == Shards(ids, 16)


def test_without_a_word_all_shards_are_served() -> None:
    assert read(None, None) is None


@pytest.mark.parametrize(
    ("shards", "count", "says"),
    [
        ("0-3", None, "go together"), (None, 16, "go together"), ("0-16", 16, "the last shard is 15"),
        ("3-1", 16, "write 5, or 0,2, or 0-3"), ("", 16, "write 5"), ("0-", 16, "write 5"), ("a", 16, "write 5"),
        ("0,0-2", 16, "names a shard twice"), ("0", 0, "1 to 65536, and not 0"), ("-1", 16, "write 5"),
        ("٣", 16, "write 5"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_with_what_to_type(shards: str | None, count: int | None, says: str) -> None:
    with pytest.raises(CareerbotError, match=says):
        read(shards, count)


def test_wrong_shards_end_the_start_with_a_sentence() -> None:
    ended = CliRunner().invoke(cli, ["run", "--shards", "0-3", "--shard-count", "2"])
    assert isinstance(ended.exception, CareerbotError)
    assert str(ended.exception) == "--shards 0-3: with --shard-count 2 the last shard is 1, not 3."


# ── when each may identify ────────────────────────────────────────────────────────────────────────────────────────────


class Clock:
    """Moves only when somebody sleeps, and notes when each woke."""

    def __init__(self) -> None:
        self.now = NOW

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


async def identified(turns: StoredTurns | None, shards: list[int], together: int) -> dict[int, datetime]:
    """Processes of one shard each that all start in the same moment: when each identifies."""

    async def one(shard: int) -> datetime:
        clock = Clock()
        stagger = Stagger(turns, lambda: clock.now, clock.sleep)
        stagger.together = together
        await stagger.wait(shard)
        return clock.now

    return dict(zip(shards, await asyncio.gather(*map(one, shards)), strict=True))


@pytest.mark.parametrize("together", [1, 4])
async def test_however_many_processes_start_at_once_each_bucket_identifies_one_after_the_other(together: int) -> None:
    store = MemoryStore()
    at = await identified(StoredTurns(store), list(range(12)), together)
    for bucket in range(together):
        moments = sorted(at[shard] for shard in at if shard % together == bucket)
        assert moments == [NOW + n * APART for n in range(12 // together)]
    assert timedelta(seconds=5) <= APART


async def test_replicas_on_one_postgresql_never_get_the_same_turn(postgres: Callable[[], str]) -> None:
    url = postgres()
    async with AsyncExitStack() as stack:
        replicas = [StoredTurns(await stack.enter_async_context(open_store(url))) for _ in range(3)]
        taken = await asyncio.gather(*(replicas[n % 3].take("t", NOW, APART) for n in range(30)))
    assert sorted(taken) == [NOW + n * APART for n in range(30)]


async def test_turns_of_the_past_hold_nobody_up_nor_does_one_of_a_clock_that_was_wrong() -> None:
    turns = StoredTurns(MemoryStore())
    day = timedelta(days=1)
    assert [await turns.take("t", at, APART) for at in (NOW, NOW + day, NOW)] == [NOW, NOW + day, NOW]
    assert await turns.take("t", NOW, APART) == NOW + APART


async def test_without_the_database_a_process_keeps_discords_pace_by_itself() -> None:
    class Away:
        async def take(self, turn: str, at: datetime, apart: timedelta) -> datetime:
            raise StorageUnavailable

    clock = Clock()
    stagger = Stagger(Away(), lambda: clock.now, clock.sleep)
    moments = []
    for shard in range(3):
        await stagger.wait(shard)
        moments.append(clock.now)
    assert moments == [NOW, NOW + APART, NOW + 2 * APART]


async def test_a_turn_too_far_away_for_an_open_connection_is_kept_for_when_it_comes_again() -> None:
    turns, clock = StoredTurns(MemoryStore()), Clock()
    for _ in range(10):
        await turns.take("discord identify 0", NOW, APART)
    stagger = Stagger(turns, lambda: clock.now, clock.sleep)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await stagger.wait(7, at_most=30.0)
    clock.now += timedelta(seconds=40)
    await stagger.wait(7, at_most=30.0)
    assert clock.now == NOW + 10 * APART
    assert await turns.take("discord identify 0", NOW, APART) == NOW + 11 * APART, "it took one turn in all"


# ── while Discord cannot be reached ───────────────────────────────────────────────────────────────────────────────────


async def test_a_start_waits_for_a_discord_that_cannot_be_reached_and_tells_of_a_wrong_token_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = [discord.LoginFailure("wrong"), None, OSError("no route"), aiohttp.ClientConnectionError("no such name")]
    tried = 0

    async def login(client: discord.Client, token: str) -> None:
        nonlocal tried
        tried += 1
        if answer := answers.pop():
            raise answer

    monkeypatch.setattr(gateway, "_PAUSE", 0.0)
    monkeypatch.setattr(discord.AutoShardedClient, "login", login)
    client = gateway.ShardedClient(lambda: NOW, None, None, None, intents=discord.Intents.none())
    await client.login("token")
    assert tried == 3
    with pytest.raises(discord.LoginFailure):
        await client.login("token")
    assert tried == 4


# ── processes against a gateway ───────────────────────────────────────────────────────────────────────────────────────


async def serves(tmp_path: Path, url: str, *, processes: int, shards: int, servers: int, together: int) -> None:
    each = shards // processes
    async with DiscordGateway(servers, shards=shards, together=together) as discord, AsyncExitStack() as stack:
        env = {"DISCORD_TOKEN": discord.token, "DISCORD_API_URL": discord.api_url, "DATABASE_URL": url}
        started = [
            await stack.enter_async_context(
                running(
                    tmp_path,
                    "run",
                    "--shards",
                    f"{n * each}-{n * each + each - 1}",
                    "--shard-count",
                    str(shards),
                    **env,
                )
            )
            for n in range(processes)
        ]
        for process in started:
            await line_with(process, "Discord is ready")
        answers = await asyncio.gather(*(discord.use(server, "tip") for server in discord.servers))
        assert [len(answer.first) for answer in answers] == [1] * servers
        # Each shard is served by one process, and commands are told by one: that of the first.
        assert sorted(shard for _, shard in discord.identified) == list(range(shards))
        assert discord.registered == 1
        # What one process learns of where the bot is does not pass for all that there is.
        taken_out, *_ = discord.servers
        await discord.remove(taken_out)
        await known(url, {server.id for server in discord.servers}, {taken_out.id})
        # What one shard's process loses is nothing to the other's servers.
        started[-1].send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(started[-1].wait(), 10) == 0
        still = [server for server in discord.servers if server.shard(shards) < shards - each]
        answers = await asyncio.gather(*(discord.use(server, "tip") for server in still))
        assert [len(answer.first) for answer in answers] == [1] * len(still)
        for process in started[:-1]:
            assert await stopped(process) == 0


async def known(url: str, there: set[str], left: set[str]) -> None:
    """Wait until the store says so of where the bot is. Fails after ten seconds, with what it says."""
    async with open_store(url, look=True) as store:
        for _ in range(200):
            rows = await store.read(lambda tx: tx.execute(workspaces.select()).all())
            found = {row.workspace for row in rows if row.left is None}, {row.workspace for row in rows if row.left}
            if found == (there, left):
                return
            await asyncio.sleep(0.05)
    pytest.fail(f"{found} and not {(there, left)}")


async def test_two_processes_with_a_shard_each_answer_each_server_once(
    tmp_path: Path, postgres: Callable[[], str]
) -> None:
    await serves(tmp_path, postgres(), processes=2, shards=2, servers=20, together=2)


@pytest.mark.slow
async def test_three_processes_with_six_shards_identify_in_turn_and_answer_each_of_300_servers_once(
    tmp_path: Path, postgres: Callable[[], str]
) -> None:
    await serves(tmp_path, postgres(), processes=3, shards=6, servers=300, together=2)


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        found = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in found]


@pytest.mark.slow  # its small sibling, two clients in one process, stands in test_lease.py
async def test_of_two_processes_that_serve_all_one_stands_by_says_so_and_takes_over(
    tmp_path: Path, postgres: Callable[[], str]
) -> None:
    async with (
        DiscordGateway(3) as discord,
        aiohttp.ClientSession() as session,
        AsyncExitStack() as stack,
    ):
        env = {"DISCORD_TOKEN": discord.token, "DISCORD_API_URL": discord.api_url, "DATABASE_URL": postgres()}
        serves, stands_by = [
            await stack.enter_async_context(running(tmp_path, "run", **env, CAREERBOT_HTTP_PORT=str(port)))
            for port in free_ports(2)
        ]
        address = {one: (await line_with(one, "Listening on ")).split()[-1] for one in (serves, stands_by)}
        # Whichever comes first.
        lines = {one: asyncio.create_task(line_with(one, "Discord is ready")) for one in (serves, stands_by)}
        done, _ = await asyncio.wait(lines.values(), return_when=asyncio.FIRST_COMPLETED)
        if lines[serves] not in done:
            serves, stands_by = stands_by, serves

        async def each_is_answered_once() -> bool:
            return [len((await discord.use(server, "tip")).first) for server in discord.servers] == [1] * 3

        assert await each_is_answered_once()
        assert len(discord.identified) == 1
        async with session.get(f"{address[stands_by]}/readyz") as answer:
            assert answer.status == 200
            told = await answer.json()
        assert told["parts"]["discord"] == {"ok": True, "why": "standing by: another careerbot serves it"}
        assert await stopped(serves) == 0
        await lines[stands_by]
        assert await each_is_answered_once()
        assert await stopped(stands_by) == 0
