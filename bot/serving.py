"""`careerbot run`: what one process does, its start, and its end.

All that it needs is started in the order of need, and stopped the other way round: first nothing new is let in, then
what is under way is finished, then what that stood on is closed.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from starlette.routing import BaseRoute

from bot import content, features
from bot.app import clock, dispatcher, unasked
from bot.core.catalog import Catalog
from bot.core.command import Registry
from bot.core.dispatch import Dispatcher
from bot.core.errors import CareerbotError, StorageUnavailable
from bot.core.rate_limits import RateLimits
from bot.delivery.pace import Pace
from bot.delivery.publisher import Publisher
from bot.operations.health import Health, State
from bot.operations.metrics import Metrics, Queue
from bot.operations.process import Tasks, either, told_to_stop
from bot.operations.web import WebServer
from bot.platforms.discord.shards import Shards
from bot.platforms.profiles import Directory
from bot.roles import Plan, Role
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.platforms.slack.install import Distribution
    from bot.storage.store import Store

_log = logging.getLogger("careerbot")
#: Seconds that the platforms, side by side, have to finish what they are saying, once we are told to stop.
_GRACE = 4.0
#: Seconds after which a process that was told to stop ends in any case. What it gave up is claimed by another.
_AT_MOST = 9.0
#: Seconds for which a database that cannot be reached is tried again at the start; the first and the longest pause.
_DATABASE_PATIENCE, _FIRST_PAUSE, _LONGEST_PAUSE = 120.0, 1.0, 10.0


@dataclass(frozen=True, slots=True)
class Ground:
    """What every platform stands on. It adds its people, publisher, routes, health and numbers.

    shards: those of Discord's that this process serves; None for all.
    web: None where nothing is served over HTTP.
    """

    settings: Settings
    plan: Plan
    shards: Shards | None
    store: "Store"
    mind: Dispatcher
    people: Directory
    publishers: dict[str, Publisher]
    health: Health
    metrics: Metrics
    web: WebServer | None


#: Runs a platform until its stack is closed; it puts there what is to be done for that.
Platform = Callable[[Ground, AsyncExitStack], Coroutine[Any, Any, None]]


async def serve(settings: Settings, only: Collection[Role] = (), shards: Shards | None = None) -> int:
    """Do what `only` says, else everything that has its tokens, until SIGTERM or SIGINT. Returns the exit status.

    shards: those of Discord's that this process serves; None for all.
    """
    from bot.operations.logs import configure_logging

    configure_logging(settings.log_level, settings.log_format, settings.secrets)
    plan = Plan.of(settings, only)
    for name, why in plan.off.items():
        _log.info("%s is off: %s", name, why)
    if not plan.platforms:
        _log.info("Nothing to serve yet. Try it without an account: make demo (or: careerbot demo)")
        return 0
    with told_to_stop(settings.drain_seconds + _AT_MOST) as told:
        return await _serve(settings, plan, shards, told)


async def _serve(settings: Settings, plan: Plan, shards: Shards | None, told: asyncio.Event) -> int:
    from bot.storage.opening import open_store
    from bot.storage.watched import WatchedOutbox, WatchedStore

    catalog = content.load(content.find(settings.pack))
    people, health, metrics = Directory(settings.manager_accounts), Health(), Metrics(_commands())
    store = WatchedStore(open_store(settings.database_url), metrics.transaction)
    async with AsyncExitStack() as stack:
        tasks = Tasks()
        stack.push_async_callback(tasks.stop)
        web = _web(settings, plan, [*health.routes(), metrics.route()])
        if web is not None:
            tasks.start("The web server", web.run_here())
            stack.push_async_callback(web.leave)
        if not await _open(store, stack, told, tasks.failed):
            return tasks.status
        health.add("database", lambda: _database(store))
        await _set_right(catalog, store)
        limits = RateLimits(settings.between_requests) if settings.between_requests else None
        mind = dispatcher(catalog, store, people, people, settings.digest_grace, limits, metrics.begun)
        ground = Ground(settings, plan, shards, store, mind, people, {}, health, metrics, web)
        _count(store, health, metrics)
        await stack.enter_async_context(_platforms(ground, tasks))
        if plan.speaks:
            speaking = unasked(
                catalog, store, ground.publishers, clock, people, grace=settings.digest_grace,
                watched=lambda outbox: WatchedOutbox(outbox, metrics.marked),
            )  # fmt: skip
            await stack.enter_async_context(speaking)
        health.complete()
        await either(told, tasks.failed)
        health.draining = True
        if told.is_set() and settings.drain_seconds:
            _log.info("Draining for %d s", settings.drain_seconds)
            await either(tasks.failed, within=settings.drain_seconds)
        _log.info("Stopping")
        tasks.ending = True
        if web is not None:
            await web.leave()
    return tasks.status


def _commands() -> set[str]:
    return {found.name for found in Registry.discover(features)}


def _web(settings: Settings, plan: Plan, routes: Sequence[BaseRoute]) -> WebServer | None:
    """Served wherever there is a port, and for Slack's HTTP mode in any case: then 0 is any free port."""
    from bot.operations.privacy import privacy

    host, port = settings.http_host, settings.http_port
    if not port and not (Role.SLACK in plan.listens and settings.slack_by == "http"):
        return None
    return WebServer(
        [*routes, privacy(settings.contact)],
        host,
        port,
        lambda bound: _log.info("Listening on http://%s:%s", host, bound),
    )


# ── the database ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def _open(store: "Store", stack: AsyncExitStack, *ends: asyncio.Event) -> bool:
    """Open the store; False where we are to end before it is there. Raises StoreError where it is no use to wait.

    A database that cannot be reached yet is waited for: a machine that starts all at once has it a moment later, and
    its supervisor would only start us again and again.
    """
    from bot.storage.store import Unreachable

    loop = asyncio.get_running_loop()
    until, pause = loop.time() + _DATABASE_PATIENCE, _FIRST_PAUSE
    while True:
        try:
            await stack.enter_async_context(store)
        except Unreachable as away:
            if loop.time() > until:
                raise
            _log.warning("%s I try again in %.0f s.", away, pause)
            await either(*ends, within=pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        else:
            return True
        if any(end.is_set() for end in ends):
            return False


async def _database(store: "Store") -> State:
    """As whoever writes meets it: a file that somebody has locked, or a server that only reads, is no good to them."""
    from bot.storage import migrate

    try:
        await store.run(migrate.revision)
    except StorageUnavailable:
        return State(ok=False, why="it cannot be reached")
    return State(ok=True)


def _count(store: "Store", health: Health, metrics: Metrics) -> None:
    """What nobody tells, so that it is asked for when somebody looks at the numbers."""
    from bot.storage import outbox

    async def parts() -> None:
        metrics.parts({name: state.ok for name, state in (await health.parts()).items()})

    async def queue() -> None:
        now = clock()
        metrics.queue(Queue(*await store.read(lambda tx: outbox.queue(tx, now))), now)

    metrics.ask(parts)
    metrics.ask(queue)


async def _set_right(catalog: Catalog, store: "Store") -> None:
    """Whoever lost by a question that the pack has withdrawn is set right."""
    from bot.storage import void

    if mended := await void.set_right(store, catalog):
        _log.info("Answers to void questions that became right: %d", mended)


# ── platforms ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def _platforms(ground: Ground, tasks: Tasks) -> AsyncIterator[None]:
    """All that are planned run while this is held; at its end they stop, side by side."""
    stacks = [AsyncExitStack() for _ in ground.plan.platforms]
    for role, stack in zip(ground.plan.platforms, stacks, strict=True):
        tasks.start(role.value.capitalize(), _PLATFORMS[role](ground, stack))
    try:
        yield
    finally:
        try:
            async with asyncio.timeout(_GRACE):
                await asyncio.gather(*(stack.aclose() for stack in stacks))
        except TimeoutError:
            _log.warning("Stopped without waiting any longer for what was still being said")


async def _discord(ground: Ground, stack: AsyncExitStack) -> None:
    import discord

    from bot.platforms.discord import invite
    from bot.platforms.discord.channels import DiscordChannels
    from bot.platforms.discord.client import DiscordBot
    from bot.platforms.discord.gateway import use_api
    from bot.platforms.discord.publisher import DiscordPublisher
    from bot.platforms.discord.wire import API, Wire
    from bot.storage.turns import StoredTurns
    from bot.storage.workspaces import StoredWorkspaces

    secret, api = ground.settings.discord_token, ground.settings.discord_api_url
    token = secret.get_secret_value() if secret else ""
    if Role.DISCORD in ground.plan.speaks:
        wire = Wire(token, api or API, pace=_pace(ground, "discord"))
        stack.push_async_callback(wire.close)
        await wire.open()
        ground.publishers["discord"] = DiscordPublisher(wire)
    if Role.DISCORD not in ground.plan.listens:
        return
    if api:
        use_api(api)
    turns, places = StoredTurns(ground.store), StoredWorkspaces(ground.store)
    bot = DiscordBot(ground.mind, clock, shards=ground.shards, turns=turns, places=places, locales=content.locales())
    ground.people.add_channels("discord", DiscordChannels(bot))
    ground.health.add("discord", lambda: _as_state(bot.connected, "the gateway is not connected"))
    stack.push_async_callback(bot.close)

    async def gateways() -> None:
        ground.metrics.gateways(bot.gateways())

    ground.metrics.ask(gateways)
    try:
        await bot.login(token)
        _log.info("Add me to a Discord server: %s", invite.to_server(bot.application_id or 0))
        await _announcing("Discord", bot.wait_until_ready, stack)
        if bot.presence:
            await _beside(bot.presence.keep(), stack)
        await bot.connect()
    except discord.LoginFailure:
        raise CareerbotError(
            "Discord refused DISCORD_TOKEN. Reset it in the developer portal and set the new one."
        ) from None


async def _slack(ground: Ground, stack: AsyncExitStack) -> None:
    from bot.platforms.slack.app import SlackBot
    from bot.platforms.slack.said import PLATFORM
    from bot.storage.heard import StoredHeard
    from bot.storage.workspaces import StoredWorkspaces

    settings = ground.settings
    secret, token = settings.slack_signing_secret, settings.slack_app_token
    bot = SlackBot(
        ground.mind,
        clock,
        settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else "",
        secret.get_secret_value() if secret else None,
        settings.slack_api_url,
        _pace(ground, PLATFORM),
        distribution=_distribution(settings, ground.store),
        workspaces=StoredWorkspaces(ground.store),
        heard=StoredHeard(ground.store),
    )
    ground.people.add(PLATFORM, bot.profiles)
    ground.people.add_channels(PLATFORM, bot.channels)
    ground.health.add("slack", lambda: _as_state(bot.connected, "Slack cannot reach me"))
    stack.push_async_callback(bot.close)

    async def speak() -> None:
        await bot.ready.wait()
        ground.publishers["slack"] = bot.publisher

    if Role.SLACK in ground.plan.speaks:
        await _beside(speak(), stack)
    if Role.SLACK not in ground.plan.listens:
        await stack.enter_async_context(bot.answering())
        return
    await _announcing("Slack", bot.ready.wait, stack)
    if settings.slack_by == "socket":
        await bot.run_socket(token.get_secret_value() if token else "")
    elif ground.web is not None:
        ground.web.add(bot.routes())
        await stack.enter_async_context(bot.answering())


def _distribution(settings: Settings, store: "Store") -> "Distribution | None":
    """How many workspaces install the bot; None where a token is set, for one. Raises StoreError for a broken key."""
    if not (settings.slack_client_id and settings.slack_client_secret and settings.secret_keys and settings.public_url):
        return None
    from bot.platforms.slack.install import STATE_SECONDS, Distribution
    from bot.storage.installations import StoredInstallations, StoredStates
    from bot.storage.sealing import Seals

    return Distribution(
        settings.slack_client_id,
        settings.slack_client_secret.get_secret_value(),
        settings.public_url,
        StoredInstallations(store, Seals(settings.secret_keys.get_secret_value()), settings.slack_client_id),
        StoredStates(store, timedelta(seconds=STATE_SECONDS)),
    )


_PLATFORMS: Mapping[Role, Platform] = MappingProxyType({Role.DISCORD: _discord, Role.SLACK: _slack})


def _pace(ground: Ground, platform: str) -> Pace:
    return Pace(waited=ground.metrics.paced(platform), told=ground.metrics.limited(platform))


async def _as_state(well: Callable[[], bool], why: str) -> State:
    return State(ok=True) if well() else State(ok=False, why=why)


async def _announcing(name: str, ready: Callable[[], Awaitable[object]], stack: AsyncExitStack) -> None:
    async def announce() -> None:
        await ready()
        _log.info("%s is ready", name)

    await _beside(announce(), stack)


async def _beside(work: Coroutine[Any, Any, None], stack: AsyncExitStack) -> None:
    """Runs until it ends, or the stack is closed."""
    task = asyncio.create_task(work)

    async def cancelled() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(cancelled)
