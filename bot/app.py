"""The one composition root: the only file that knows everyone."""

import asyncio
import contextlib
import logging
import random
import secrets
import signal
import sys
import webbrowser
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from bot import content, features
from bot.core.catalog import Catalog
from bot.core.command import Registry
from bot.core.dispatch import Dispatcher
from bot.core.errors import CareerbotError
from bot.core.parameters import World
from bot.core.ports import Channels, Privacy, Profiles, Rotation
from bot.core.search import Search
from bot.delivery.publisher import Publisher
from bot.digests.port import Digests
from bot.features import digest as digest_
from bot.features import remind
from bot.features import round as round_
from bot.learning.board import Leaderboards
from bot.learning.linking import Linking
from bot.learning.port import Learning
from bot.learning.reminders import Reminders
from bot.learning.rounds import Rounds
from bot.platforms.discord.shards import Shards
from bot.platforms.profiles import Directory
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.demo.both import Cast
    from bot.storage.store import Store

_log = logging.getLogger("careerbot")
#: Seconds that all platforms together may take to finish what they are saying, once we are told to stop.
_GRACE = 6.0
#: Seconds that what is said unasked may take then, before it is given back to the outbox.
_LAST_DELIVERIES = 2.0
#: How often we look for what is due.
_TICK, _DEMO_TICK = timedelta(seconds=5), timedelta(seconds=0.5)
#: How often we look whether what is kept of a place that the bot left long ago is to be deleted.
_PURGE = timedelta(hours=1)


def clock() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def dispatcher(
    pack: str | Catalog,
    store: "Store | None" = None,
    people: Profiles | None = None,
    channels: Channels | None = None,
    grace: timedelta = timedelta(days=1),
) -> Dispatcher:
    """The bot's whole mind over one pack. Raises PackError for a broken pack, DefinitionError for a broken command.

    pack: its name, its folder, or what was read from it already.
    store: where people's progress is kept; without one, this process remembers it, until it ends.
    people, channels: what platforms know of them; without it, what their requests say.
    grace: how long after its slot a digest is still worth posting.
    """
    from bot.storage.digests import StoredDigests
    from bot.storage.leaderboard import StoredLeaderboards
    from bot.storage.learning import StoredLearning
    from bot.storage.linking import StoredLinking
    from bot.storage.memory import MemoryStore
    from bot.storage.privacy import StoredPrivacy
    from bot.storage.reminders import StoredReminders
    from bot.storage.rotation import StoredRotation
    from bot.storage.rounds import StoredRounds

    catalog = pack if isinstance(pack, Catalog) else content.load(content.find(pack))
    registry = Registry.discover(features)
    world = World(catalog, registry.commands)
    kept = store or MemoryStore()
    people = people or Directory()
    needs: dict[type, object] = {
        Catalog: catalog,
        Search: Search(catalog),
        Rotation: StoredRotation(kept),
        Learning: StoredLearning(kept, catalog, people),
        Reminders: StoredReminders(kept),
        Rounds: StoredRounds(kept),
        Leaderboards: StoredLeaderboards(kept),
        Linking: StoredLinking(kept),
        Digests: StoredDigests(kept, grace),
        Channels: channels or Directory(),
        Privacy: StoredPrivacy(kept),
        Profiles: people,
    }
    return Dispatcher(registry, world, needs)


def slack_manifest(mode: Literal["socket", "http"], url: str | None = None) -> str:
    """The Slack app's manifest as YAML, for the commands that there are."""
    from bot.platforms.slack import manifest

    return manifest.manifest_yaml(Registry.discover(features), mode=mode, url=url)


# ── careerbot run ─────────────────────────────────────────────────────────────────────────────────────────────────────

#: By a platform's name in the core; each puts its own in when it can be reached.
Publishers = dict[str, Publisher]
Platform = Callable[[Dispatcher, AsyncExitStack, Publishers, "Store"], Coroutine[Any, Any, None]]


def platforms(
    settings: Settings, people: Directory, shards: Shards | None = None
) -> tuple[dict[str, Platform], dict[str, str]]:
    """What to start, by name; and why the others are left out. What starts adds what it knows to `people`.

    shards: which of Discord's this process serves; None for all.
    """
    on: dict[str, Platform] = {}
    off: dict[str, str] = {}
    if settings.discord_token:
        token, api = settings.discord_token.get_secret_value(), settings.discord_api_url
        on["Discord"] = lambda mind, stack, publishers, store: _discord(
            mind, stack, publishers, store, people, token, api, shards
        )
    else:
        off["Discord"] = "DISCORD_TOKEN is not set"
    needed = settings.slack_app_token if settings.slack_by == "socket" else settings.slack_signing_secret
    if settings.slack_bot_token and needed:
        on["Slack"] = lambda mind, stack, publishers, _: _slack(mind, stack, publishers, settings, people)
    elif settings.slack_bot_token:
        name = "SLACK_APP_TOKEN" if settings.slack_by == "socket" else "SLACK_SIGNING_SECRET"
        off["Slack"] = f"SLACK_BOT_TOKEN is set, but {name} is not"
    else:
        off["Slack"] = "SLACK_BOT_TOKEN is not set"
    return on, off


async def serve(settings: Settings, shards: Shards | None = None) -> int:
    """Serve every platform that has its tokens until SIGTERM or SIGINT. Returns the exit status.

    shards: those of Discord's that this process serves; None for all.
    """
    from bot.operations.logs import configure_logging

    configure_logging(settings.log_level, settings.log_format)
    people = Directory(settings.manager_accounts)
    on, off = platforms(settings, people, shards)
    for name, why in off.items():
        _log.info("%s is off: %s", name, why)
    if not on:
        _log.info("Nothing to serve yet. Try it without an account: make demo (or: careerbot demo)")
        return 0
    from bot.storage.opening import open_store

    async with open_store(settings.database_url) as store, AsyncExitStack() as stack:
        mind = dispatcher(await _set_right(settings.pack, store), store, people, people, settings.digest_grace)
        publishers: Publishers = {}
        tasks = {asyncio.create_task(start(mind, stack, publishers, store), name=name) for name, start in on.items()}
        stop = asyncio.create_task(_told_to_stop(), name="stop")
        async with unasked(mind.world.catalog, store, publishers, clock, people, grace=settings.digest_grace):
            done, _ = await asyncio.wait({*tasks, stop}, return_when=asyncio.FIRST_COMPLETED)
            _log.info("Stopping")
        try:
            async with asyncio.timeout(_GRACE):
                await stack.aclose()
                await asyncio.wait(tasks)
        except TimeoutError:
            _log.warning("Stopped without waiting any longer for what was still being said")
        for task in (*tasks, stop):
            task.cancel()
        await asyncio.gather(*tasks, stop, return_exceptions=True)
        return max((_outcome(task) for task in done - {stop}), default=0)


@asynccontextmanager
async def unasked(
    catalog: Catalog,
    store: "Store",
    publishers: Mapping[str, Publisher],
    now: Callable[[], datetime],
    channels: Channels,
    *,
    grace: timedelta = timedelta(days=1),
    every: timedelta = _TICK,
) -> AsyncIterator[None]:
    """What the bot says of itself, while this is held: looks for what is due, and has it delivered."""
    from bot.delivery.courier import Composer, Courier
    from bot.storage import digests, reminders, rounds
    from bot.storage.learning import StoredLearning
    from bot.storage.outbox import StoredOutbox
    from bot.storage.purge import Purge
    from bot.ticking import Job, ticking

    learning = StoredLearning(store, catalog)
    reminding, weekly = reminders.StoredReminders(store), digests.StoredDigests(store, grace)
    purging = Purge(store)
    composers: dict[str, Composer] = {
        reminders.KIND: lambda delivery, at: remind.compose(delivery, at, learning),
        rounds.KIND: lambda delivery, _: round_.compose(delivery, catalog, rounds.StoredRounds(store)),
        digests.KIND: lambda delivery, at: digest_.compose_due(delivery, at, catalog, weekly),
        digests.PAUSED: lambda delivery, _: digest_.compose_paused(delivery, channels),
    }
    outbox = StoredOutbox(store, {digests.KIND: digests.after})
    courier = Courier(outbox, publishers, composers, now, secrets.token_hex(8), random.Random())  # noqa: S311 # jitter
    try:
        async with ticking(
            Job("reminders", every, lambda: reminding.tick(now())),
            Job("digests", every, lambda: weekly.tick(now())),
            Job("deliveries", every, courier.deliver_due),
            Job("purge", _PURGE, lambda: purging.run(now())),
        ):
            yield
    finally:
        await courier.close(_LAST_DELIVERIES)


async def _set_right(pack: str, store: "Store") -> Catalog:
    """The pack, once whoever lost by a question that it has withdrawn has been set right."""
    from bot.storage import void

    catalog = content.load(content.find(pack))
    if mended := await void.set_right(store, catalog):
        _log.info("Answers to void questions that became right: %d", mended)
    return catalog


def _outcome(task: asyncio.Task[None]) -> int:
    error = None if task.cancelled() else task.exception()
    if isinstance(error, CareerbotError):
        _log.error("%s: %s", task.get_name(), error)
    elif error is not None:
        _log.error("%s ended", task.get_name(), exc_info=error)
    return 0 if error is None else 1


async def _told_to_stop() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows has no such handlers; Ctrl and C ends it there
            loop.add_signal_handler(number, stop.set)
    await stop.wait()


async def _discord(
    mind: Dispatcher,
    stack: AsyncExitStack,
    publishers: Publishers,
    store: "Store",
    people: Directory,
    token: str,
    api: str | None,
    shards: Shards | None,
) -> None:
    import discord

    from bot.platforms.discord import invite
    from bot.platforms.discord.channels import DiscordChannels
    from bot.platforms.discord.client import DiscordBot
    from bot.platforms.discord.gateway import use_api
    from bot.platforms.discord.publisher import DiscordPublisher
    from bot.platforms.discord.wire import API, Wire
    from bot.storage.turns import StoredTurns
    from bot.storage.workspaces import StoredWorkspaces

    if api:
        use_api(api)
    bot = DiscordBot(
        mind,
        clock,
        shards=shards,
        turns=StoredTurns(store),
        places=StoredWorkspaces(store),
        locales=content.locales(),
    )
    wire = Wire(token, api or API)
    people.add_channels("discord", DiscordChannels(bot))
    stack.push_async_callback(wire.close)
    stack.push_async_callback(bot.close)
    try:
        await bot.login(token)
        _log.info("Add me to a Discord server: %s", invite.to_server(bot.application_id or 0))
        await wire.open()
        publisher = DiscordPublisher(wire)
        announcing = asyncio.create_task(_announce("Discord", bot.wait_until_ready))
        publishing = asyncio.create_task(
            _once_ready(bot.wait_until_ready, lambda: publishers.update(discord=publisher))
        )
        stack.push_async_callback(_cancelled, announcing)
        stack.push_async_callback(_cancelled, publishing)
        if bot.presence:
            stack.push_async_callback(_cancelled, asyncio.create_task(bot.presence.keep()))
        await bot.connect()
    except discord.LoginFailure:
        raise CareerbotError(
            "Discord refused DISCORD_TOKEN. Reset it in the developer portal and set the new one."
        ) from None


async def _slack(
    mind: Dispatcher, stack: AsyncExitStack, publishers: Publishers, settings: Settings, people: Directory
) -> None:
    from bot.platforms.slack.app import SlackBot
    from bot.platforms.slack.said import PLATFORM

    secret, token = settings.slack_signing_secret, settings.slack_app_token
    bot = SlackBot(
        mind,
        clock,
        settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else "",
        secret.get_secret_value() if secret else None,
        settings.slack_api_url,
    )
    people.add(PLATFORM, bot.profiles)
    people.add_channels(PLATFORM, bot.channels)
    stack.push_async_callback(bot.close)
    publishing = asyncio.create_task(_once_ready(bot.ready.wait, lambda: publishers.update(slack=bot.publisher)))
    stack.push_async_callback(_cancelled, publishing)
    if settings.slack_by == "socket":
        stack.push_async_callback(_cancelled, asyncio.create_task(_announce("Slack", bot.ready.wait)))
        await bot.run_socket(token.get_secret_value() if token else "")
    else:
        from bot.operations.web import WebServer, health

        host, port = settings.http_host, settings.http_port
        server = WebServer(
            [*bot.routes(), health(bot.ready.is_set)],
            host,
            port,
            lambda: _log.info("Slack is ready, on http://%s:%s", host, port),
        )
        stack.push_async_callback(server.leave)
        async with bot.answering():
            await server.run_here()


async def _once_ready(ready: Callable[[], Awaitable[object]], then: Callable[[], None]) -> None:
    await ready()
    then()


async def _announce(name: str, ready: Callable[[], Awaitable[object]]) -> None:
    await ready()
    _log.info("%s is ready", name)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


# ── careerbot demo ────────────────────────────────────────────────────────────────────────────────────────────────────


async def demo(pack: str, *, port: int, open_browser: bool, tell: Callable[[str], None]) -> int:
    """Both platforms on this machine, until told to stop. `tell` prints a line for the person who started it."""
    from bot.demo import both

    async with both.running(_cast(pack), port) as address:
        tell(f"careerbot is ready to talk: {address}")
        tell("Press Ctrl and C to stop.")
        if open_browser:
            await asyncio.to_thread(webbrowser.open, address)
        await _told_to_stop()
    return 0


async def demo_self_test(pack: str, tell: Callable[[str], None]) -> int:
    """Drive both platforms without a browser. Prints what was done and said; the exit status."""
    from bot.demo import both

    return await both.self_test(_cast(pack), tell)


def _cast(pack: str) -> "Cast":
    """The bot's mind over a store in memory, and a clock that can be moved."""
    from bot.demo.both import Cast
    from bot.demo.clock import DemoClock
    from bot.storage.digests import StoredDigests
    from bot.storage.memory import MemoryStore

    store, people, now = MemoryStore(), Directory(), DemoClock(clock)
    mind = dispatcher(pack, store, people, people)

    def speaking(publishers: Mapping[str, Publisher]) -> AbstractAsyncContextManager[None]:
        return unasked(mind.world.catalog, store, publishers, now, people, every=_DEMO_TICK)

    return Cast(mind, people, now, speaking, StoredDigests(store).next_due, _child(pack))


def demo_discord(pack: str) -> None:
    """Be the demo's Discord side. It thinks nothing up itself: the process that started it answers."""
    from bot.demo import discord

    registry = Registry.discover(features)
    discord.main(registry, World(content.load(content.find(pack)), registry.commands))


def _child(pack: str) -> list[str]:
    """How to start the demo's Discord side."""
    return [sys.executable, "-m", "bot", "demo-discord", pack]
