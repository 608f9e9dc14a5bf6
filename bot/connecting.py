"""How `careerbot run` connects to each platform, and what a platform adds to the rest: people, a publisher, routes."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bot import content
from bot.app import clock
from bot.core.dispatch import Dispatcher
from bot.core.errors import CareerbotError
from bot.delivery.pace import Pace
from bot.delivery.publisher import Publisher
from bot.operations.health import Health, State
from bot.operations.metrics import Metrics
from bot.operations.process import Tasks
from bot.platforms.discord.shards import Shards
from bot.platforms.profiles import Directory
from bot.roles import Plan, Role
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.operations.web import WebServer
    from bot.platforms.discord.client import DiscordBot
    from bot.platforms.slack.install import Distribution
    from bot.storage.store import Store

_log = logging.getLogger("careerbot")
#: Seconds that the platforms, side by side, have to finish what they are saying, once we are told to stop.
_GRACE = 4.0


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
    web: "WebServer | None"


#: Runs a platform until its stack is closed; it puts there what is to be done for that.
Platform = Callable[[Ground, AsyncExitStack], Coroutine[Any, Any, None]]


@asynccontextmanager
async def connected(ground: Ground, tasks: Tasks) -> AsyncIterator[None]:
    """All that are planned run while this is held; at its end they stop, side by side."""
    stacks = [AsyncExitStack() for _ in ground.plan.platforms]
    for role, stack in zip(ground.plan.platforms, stacks, strict=True):
        tasks.start(role.value.capitalize(), _PLATFORMS[role](ground, stack))
    try:
        yield
    finally:
        try:
            async with asyncio.timeout(_GRACE):
                ends = await asyncio.gather(*(stack.aclose() for stack in stacks), return_exceptions=True)
                for role, error in zip(ground.plan.platforms, ends, strict=True):
                    if error is not None:
                        _log.error("%s did not stop as it should", role.value.capitalize(), exc_info=error)
        except TimeoutError:
            _log.warning("Stopped without waiting any longer for what was still being said")


async def _discord(ground: Ground, stack: AsyncExitStack) -> None:
    import discord

    from bot.platforms.discord import invite
    from bot.platforms.discord.channels import DiscordChannels
    from bot.platforms.discord.client import DiscordBot
    from bot.platforms.discord.close_codes import WRONG_TOKEN
    from bot.platforms.discord.first import FirstResponses
    from bot.platforms.discord.gateway import use_api
    from bot.platforms.discord.lease import Lease
    from bot.platforms.discord.publisher import DiscordPublisher
    from bot.platforms.discord.wire import API, Wire
    from bot.storage.leases import StoredLeases
    from bot.storage.turns import StoredTurns
    from bot.storage.workspaces import StoredWorkspaces

    secret, api = ground.settings.discord_token, ground.settings.discord_api_url
    token = secret.value if secret else ""
    if Role.DISCORD in ground.plan.speaks:
        wire = Wire(token, api or API, pace=_pace(ground, "discord"))
        stack.push_async_callback(wire.close)
        await wire.open()
        ground.publishers["discord"] = DiscordPublisher(wire)
    if Role.DISCORD not in ground.plan.listens:
        return
    if api:
        use_api(api)
    # An SQLite file is one process's alone, so there nobody need wait for the lease of one that was killed.
    shared = not ground.settings.database_url.startswith("sqlite:")
    first = FirstResponses(discord.http.Route.BASE)
    stack.push_async_callback(first.close)
    await first.open()
    bot = DiscordBot(
        ground.mind,
        clock,
        shards=ground.shards,
        turns=StoredTurns(ground.store),
        lease=Lease(StoredLeases(ground.store), clock) if shared else None,
        places=StoredWorkspaces(ground.store),
        locales=content.locales(),
        quickly=first.give,
    )
    ground.people.add_channels("discord", DiscordChannels(bot))
    ground.health.add("discord", lambda: _heard(bot))
    stack.push_async_callback(bot.close)

    async def gateways() -> None:
        ground.metrics.gateways(bot.gateways())

    ground.metrics.ask(gateways)
    try:
        await bot.login(token)
        _log.info("Add me to a Discord server: %s", invite.to_server(bot.application_id or 0))
        await _announcing("Discord", bot.wait_until_ready, stack)
        if bot.presence:
            await _beside("Discord’s look at where it is", bot.presence.keep(), stack)
        await bot.connect()
    except discord.LoginFailure:
        raise CareerbotError(WRONG_TOKEN) from None


async def _heard(bot: "DiscordBot") -> State:
    if bot.standing_by:
        return State(ok=True, why="standing by: another careerbot serves it")
    return await _as_state(bot.connected, "the gateway is not connected")


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
        settings.slack_bot_token.value if settings.slack_bot_token else "",
        secret.value if secret else None,
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
        await _beside("What waits for Slack’s publisher", speak(), stack)
    if Role.SLACK not in ground.plan.listens:
        await stack.enter_async_context(bot.answering())
        return
    await _announcing("Slack", bot.ready.wait, stack)
    if settings.slack_by == "socket":
        await bot.run_socket(token.value if token else "")
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
        settings.slack_client_secret.value,
        settings.public_url,
        StoredInstallations(store, Seals(settings.secret_keys.value), settings.slack_client_id),
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

    await _beside(f"What waits for {name}", announce(), stack)


async def _beside(name: str, work: Coroutine[Any, Any, None], stack: AsyncExitStack) -> None:
    """Runs until it ends, or the stack is closed. Where it breaks, the log says so: nobody else looks."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_told)

    async def cancelled() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(cancelled)


def _told(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("%s ended", task.get_name(), exc_info=error)
