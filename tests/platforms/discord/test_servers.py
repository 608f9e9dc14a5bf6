"""Servers that come and go, whoever is welcomed in them, and people who have the bot for themselves: over a gateway."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import aiohttp
import pytest
from simcord.components import walk_components

from bot import app
from bot.core.catalog import Catalog
from bot.core.chat import Reply, Request
from bot.core.dispatch import Dispatcher
from bot.core.errors import StorageUnavailable
from bot.core.weekly import Weekly
from bot.delivery.outbox import Target
from bot.demo.slack.faults import CutBefore
from bot.platforms.discord import presence, sending
from bot.platforms.discord.client import DiscordBot
from bot.platforms.discord.presence import Presence
from bot.platforms.discord.welcome import Welcome
from bot.storage.digests import StoredDigests
from bot.storage.memory import MemoryStore
from bot.storage.store import Store
from bot.storage.tables import metadata, workspaces
from bot.storage.workspaces import StoredWorkspaces
from tests.conftest import NOW
from tests.doubles.control import Json
from tests.doubles.discord_gateway import ADMIN, Answer, DiscordGateway
from tests.doubles.discord_rest import discord_at
from tests.doubles.discord_sights import Server, command


@dataclass
class Now:
    """Turns that are always free, counted."""

    taken: list[str] = field(default_factory=list)

    async def take(self, turn: str, at: datetime, apart: timedelta) -> datetime:
        self.taken.append(turn)
        return at


@dataclass
class Scene:
    discord: DiscordGateway
    bot: DiscordBot
    store: Store
    turns: Now

    async def places(self) -> dict[str, bool]:
        """Each server that was ever noted, and whether the bot is there."""
        rows = await self.store.read(lambda tx: tx.execute(workspaces.select()).all())
        return {row.workspace: row.left is None for row in rows}

    def direct(self) -> list[str]:
        """All direct messages to whoever adds the bot."""
        return [said(one) for one in self.discord.town.dm(ADMIN).messages]

    def in_channels(self) -> list[str]:
        return [
            said(one) for server in self.discord.servers for one in self.discord.town.channels[server.channel].messages
        ]


@asynccontextmanager
async def running(catalog: Catalog, discord: DiscordGateway, store: Store | None = None) -> AsyncIterator[Scene]:
    """The real client, connected."""
    store, turns = store or MemoryStore(), Now()
    with discord_at(discord.api_url):
        bot = DiscordBot(app.dispatcher(catalog, store), lambda: NOW, turns=turns, places=StoredWorkspaces(store))
        bot._connection.guild_ready_timeout = 0.02  # else it waits two seconds for servers that might still come
        started = asyncio.create_task(bot.start(discord.token))
        try:
            async with asyncio.timeout(30):
                while not bot.is_ready():
                    assert not started.done()
                    await asyncio.sleep(0.01)
            yield Scene(discord, bot, store, turns)
        finally:
            await bot.close()
            await started


@pytest.fixture
async def scene(ai_engineer: Catalog) -> AsyncIterator[Scene]:
    async with DiscordGateway(2) as discord, running(ai_engineer, discord) as found:
        yield found


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait for it. Fails after ten seconds."""
    async with asyncio.timeout(10):
        while not await true():  # noqa: ASYNC110 # what is looked at has no event
            await asyncio.sleep(0.01)


def said(message: Json) -> str:
    return "\n".join(part["content"] for part in walk_components(message.get("components") or []) if part["type"] == 10)


def first(answer: Answer) -> str:
    (response,) = answer.first
    return said(response["data"])


def later(answer: Answer) -> list[str]:
    return [said(one) for one in answer.later]


# ── where the bot is ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_server_that_adds_the_bot_and_takes_it_out_is_noted_and_an_outage_is_neither(scene: Scene) -> None:
    assert scene.bot.presence
    one, other = scene.discord.servers
    await scene.bot.presence.compare()
    assert await scene.places() == {one.id: True, other.id: True}
    new = Server.made(2, scene.discord.town)
    await scene.discord.remove(other, outage=True)
    await scene.discord.add(new)

    async def is_new() -> bool:
        return new.id in await scene.places()

    await until(is_new)
    await scene.discord.remove(one)

    async def is_gone() -> bool:
        return not (await scene.places())[one.id]

    await until(is_gone)
    await scene.bot.presence.compare()
    assert await scene.places() == {one.id: False, other.id: True, new.id: True}


async def test_what_happened_while_nobody_listened_is_seen_at_the_next_start(ai_engineer: Catalog) -> None:
    store = MemoryStore()
    async with DiscordGateway(2) as discord:
        async with running(ai_engineer, discord, store) as scene:
            assert scene.bot.presence
            await scene.bot.presence.compare()
        left, stays = discord.servers
        discord.servers = [stays, Server.made(5, discord.town)]
        async with running(ai_engineer, discord, store) as scene:
            assert scene.bot.presence
            await scene.bot.presence.compare()
            assert await scene.places() == {left.id: False, **{server.id: True for server in discord.servers}}
        assert scene.direct() == [], "it may be long ago, so nobody is written to for it"


async def test_only_servers_of_this_process_are_compared(scene: Scene) -> None:
    """The other half of the servers is another process's, and no less there for it."""
    assert scene.bot.presence
    elsewhere = str((int(scene.discord.servers[0].id) >> 22) + 3 << 22)
    await StoredWorkspaces(scene.store).joined("discord", elsewhere, NOW)
    scene.bot.shard_count, scene.bot.shard_ids = 2, [0]
    await scene.bot.presence.compare()
    assert (await scene.places())[elsewhere]
    scene.bot.shard_ids = [0, 1]
    await scene.bot.presence.compare()
    assert not (await scene.places())[elsewhere]


async def test_what_could_not_be_kept_is_compared_as_soon_as_it_can(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert scene.bot.presence

    async def away(*_: object) -> bool:
        raise StorageUnavailable

    guild = scene.bot.guilds[0]
    with monkeypatch.context() as broken:
        broken.setattr(StoredWorkspaces, "joined", away)
        broken.setattr(StoredWorkspaces, "left", away)
        assert not await scene.bot.presence.joined(guild)
        await scene.bot.presence.left(guild)
        assert scene.bot.presence._look.is_set()
    keeping = asyncio.create_task(scene.bot.presence.keep())

    async def both() -> bool:
        return len(await scene.places()) == 2

    await until(both)
    keeping.cancel()


async def test_a_look_that_breaks_is_logged_and_the_next_one_comes(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks, again = [RuntimeError("a slip of ours")], asyncio.Event()

    async def compare(_: Presence) -> None:
        if looks:
            raise looks.pop()
        again.set()

    monkeypatch.setattr(presence, "_SOON", 0.0)
    monkeypatch.setattr(Presence, "compare", compare)
    assert scene.bot.presence
    keeping = asyncio.create_task(scene.bot.presence.keep())
    await asyncio.wait_for(again.wait(), 10)
    keeping.cancel()
    assert "could not be compared" in caplog.text
    assert "a slip of ours" in caplog.text


# ── a session that ends ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_session_is_resumed_without_a_turn_and_what_was_said_meanwhile_is_heard(scene: Scene) -> None:
    server = scene.discord.servers[0]
    await scene.discord.ask_to_reconnect(server)

    async def resumed() -> bool:
        return scene.discord.resumed == [0]

    await until(resumed)
    assert len((await scene.discord.use(server, "help")).first) == 1
    assert scene.turns.taken == ["discord identify 0"]


async def test_a_session_that_is_lost_begins_anew_with_a_turn_of_its_own(scene: Scene) -> None:
    server = scene.discord.servers[0]
    await scene.discord.time_out(server)
    await scene.discord.connected(1)
    assert len((await scene.discord.use(server, "help")).first) == 1
    assert [shard for _, shard in scene.discord.identified] == [0, 0]
    assert scene.turns.taken == ["discord identify 0"] * 2


async def test_a_server_that_took_the_bot_out_while_a_session_was_lost_is_noted(scene: Scene) -> None:
    assert scene.bot.presence
    gone, stays = scene.discord.servers
    await scene.bot.presence.compare()
    scene.discord.servers.remove(gone)
    scene.bot.presence._look.clear()
    await scene.discord.time_out(stays)
    await asyncio.wait_for(scene.bot.presence._look.wait(), 10)  # ready again
    await scene.bot.presence.compare()
    assert await scene.places() == {gone.id: False, stays.id: True}
    await scene.discord.add(gone)

    async def back() -> bool:
        return (await scene.places())[gone.id]

    await until(back)
    await scene.bot.presence.compare()
    assert await scene.places() == {gone.id: True, stays.id: True}


async def test_a_client_that_waits_for_a_turn_far_away_can_be_closed_at_once(ai_engineer: Catalog) -> None:
    asked = asyncio.Event()

    class Far:
        async def take(self, turn: str, at: datetime, apart: timedelta) -> datetime:
            asked.set()
            return at + timedelta(minutes=10)

    async with DiscordGateway(2) as discord:
        with discord_at(discord.api_url):
            bot = DiscordBot(app.dispatcher(ai_engineer), lambda: NOW, turns=Far())
            started = asyncio.create_task(bot.start(discord.token))
            await asyncio.wait_for(asked.wait(), 10)
            await bot.close()
            await asyncio.wait_for(started, 10)
        assert discord.identified == []


async def test_told_to_close_it_hears_nothing_new_and_answers_all_that_it_heard(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, go, answer = list[Request](), asyncio.Event(), Dispatcher.answer

    async def held(mind: Dispatcher, request: Request) -> Reply:
        heard.append(request)
        await go.wait()
        return await answer(mind, request)

    async def all_heard() -> bool:
        return len(heard) == 5

    async def is_deaf() -> bool:
        return not any(session.line for session in scene.discord._sessions.values())

    monkeypatch.setattr(Dispatcher, "answer", held)
    server = scene.discord.servers[0]
    asked = [asyncio.create_task(scene.discord.use(server, "tip")) for _ in range(5)]
    await until(all_heard)
    # One more comes in the very moment in which it is told.
    last = command(scene.discord.town, server, "tip")
    scene.discord.answers[last["id"]] = Answer()
    scene.bot._connection.parsers["INTERACTION_CREATE"](last)
    closing = asyncio.create_task(scene.bot.close())
    await until(is_deaf)
    assert not closing.done()
    go.set()
    await closing
    answers = [*await asyncio.gather(*asked), scene.discord.answers[last["id"]]]
    assert [len(one.first) for one in answers] == [1] * 6


# ── the welcome ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_who_added_the_bot_is_written_to_once_where_discord_says_who_it_was(scene: Scene) -> None:
    new = Server.made(2, scene.discord.town, audit=True)
    await scene.discord.add(new)

    async def written() -> bool:
        return bool(scene.direct())

    await until(written)
    (word,) = scene.direct()
    assert "Server 2" in word
    assert "once a week I post" in word
    await scene.discord.use(new, "help", manages=True)
    answer = await scene.discord.use(new, "help", manages=True)
    assert later(answer) == [], "who was told is not told again"
    assert len(scene.direct()) == 1
    assert scene.in_channels() == []


async def test_who_takes_no_direct_messages_gets_the_note_instead(scene: Scene) -> None:
    new = Server.made(2, scene.discord.town, audit=True)
    scene.discord.town.dm(ADMIN).closed = True
    await scene.discord.add(new)

    async def tried() -> bool:
        return bool(scene.discord.calls_of("create_message")) and await StoredWorkspaces(scene.store).to_welcome(
            "discord", new.id
        )

    await until(tried)
    admin = await scene.discord.use(new, "help", manages=True)

    async def noted() -> bool:
        return bool(admin.later)

    await until(noted)
    assert scene.direct() == []


async def test_a_welcome_that_a_broken_line_swallowed_is_given_to_somebody_else(scene: Scene) -> None:
    new = Server.made(2, scene.discord.town, audit=True)
    scene.discord.fail("create_message", CutBefore(), times=None)
    await scene.discord.add(new)

    async def taken_back() -> bool:
        return bool(scene.discord.calls_of("create_message")) and await StoredWorkspaces(scene.store).to_welcome(
            "discord", new.id
        )

    await until(taken_back)
    admin = await scene.discord.use(new, "help", manages=True)

    async def noted() -> bool:
        return bool(admin.later)

    await until(noted)


@pytest.mark.parametrize("trouble", [asyncio.CancelledError, aiohttp.ServerDisconnectedError, RuntimeError])
@pytest.mark.parametrize("sent", [0, 1])
async def test_a_welcome_is_taken_back_only_if_no_page_of_it_was_sent(
    trouble: type[BaseException], sent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def two_pages(_: Reply) -> list[str]:
        return ["one", "two"]

    async def send(_: object) -> None:
        if len(told) == sent:
            raise trouble
        told.append("a page")

    told = list[str]()
    places = StoredWorkspaces(MemoryStore())
    await places.joined("discord", "7", NOW)
    assert await places.welcome("discord", "7", NOW)
    monkeypatch.setattr(sending, "pages", two_pages)
    heard = contextlib.nullcontext() if trouble is aiohttp.ServerDisconnectedError else pytest.raises(trouble)
    welcome = Welcome(places, lambda: NOW)
    welcome._over.add("7")
    with heard:
        await welcome._say("7", Reply("Welcome"), send)
    assert await places.to_welcome("discord", "7") is (sent == 0)
    tried_again_here = sent == 0 and trouble is aiohttp.ServerDisconnectedError
    assert ("7" in welcome._over) is not tried_again_here, "what is broken here is left to another process"


async def test_else_the_first_who_may_manage_the_server_gets_a_note_beside_their_answer_once(scene: Scene) -> None:
    assert scene.bot.presence
    await scene.bot.presence.compare()
    server, other = scene.discord.servers
    anybody = await scene.discord.use(server, "help")
    admin = await scene.discord.use(server, "help", manages=True)

    async def noted() -> bool:
        return bool(admin.later)

    await until(noted)
    (note,) = later(admin)
    assert "You look after this place" in note
    assert admin.later[0]["flags"] & 1 << 6, "only they see it"
    again = await scene.discord.use(server, "help", manages=True)
    await scene.discord.use(other, "help")
    assert (later(anybody), later(again)) == ([], [])
    assert scene.direct() == []


async def test_where_a_digest_is_set_up_nobody_is_told_how(scene: Scene) -> None:
    assert scene.bot.presence
    await scene.bot.presence.compare()
    server, other = scene.discord.servers
    target = Target("discord", server.id, server.channel)
    await StoredDigests(scene.store).subscribe(target, Weekly("UTC", 0, time(9)), "1", "Ada", NOW)
    quiet = await scene.discord.use(server, "help", manages=True)
    told = await scene.discord.use(other, "help", manages=True)

    async def noted() -> bool:
        return bool(told.later)

    await until(noted)
    assert quiet.later == []


# ── who has the bot for themselves ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("by", ["77", "99"], ids=["who asked", "who shared an answer"])
@pytest.mark.parametrize(
    ("name", "options"),
    [("digest", {"do": "subscribe", "zone": "Berlin"}), ("digest", {}), ("digest", {"do": "now"}), ("round", {})],
)
async def test_a_guest_is_told_kindly_that_nothing_can_be_posted_there(
    scene: Scene, name: str, options: dict[str, str], by: str
) -> None:
    elsewhere = Server.made(9, scene.discord.town)
    answer = await scene.discord.use(elsewhere, name, guest=True, by=by, manages=True, **options)
    assert "I am here only with you" in first(answer)


async def test_a_guest_is_answered_and_nothing_of_the_server_is_kept(scene: Scene) -> None:
    elsewhere = Server.made(9, scene.discord.town)
    yours: tuple[tuple[str, dict[str, str]], ...] = (
        ("tip", {}),
        ("leaderboard", {}),
        ("digest", {"do": "me", "zone": "Berlin"}),
        ("remind", {"hours": "3"}),
    )
    for name, options in yours:
        answer = await scene.discord.use(elsewhere, name, guest=True, manages=True, **options)
        assert "Something went wrong" not in first(answer)
        assert answer.later == []
    answer = await scene.discord.use(elsewhere, "mend", guest=True, manages=True, person="<@77>", reason="just so")
    assert "Only those who look after this place" in first(answer)
    rows: list[Any] = [
        row for table in metadata.sorted_tables
        for row in await scene.store.read(lambda tx, table=table: tx.execute(table.select()).all())  # type: ignore[misc]
    ]  # fmt: skip
    assert rows
    assert not [row for row in rows if elsewhere.id in str(row)]


async def test_who_has_the_bot_for_themselves_where_it_is_too_is_no_guest(scene: Scene) -> None:
    answer = await scene.discord.use(scene.discord.servers[0], "digest", guest=True, manages=True)
    assert "No digest in" in first(answer)
