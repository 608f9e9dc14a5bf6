"""`careerbot run`: what one process does, its start, and its end.

All that it needs is started in the order of need, and stopped the other way round: first nothing new is let in, then
what is under way is finished, then what that stood on is closed.
"""

import asyncio
import importlib
import logging
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from bot import content, features
from bot.app import clock, dispatcher, unasked
from bot.connecting import Ground, connected
from bot.core.catalog import Catalog
from bot.core.command import Registry
from bot.core.errors import CareerbotError, StorageUnavailable
from bot.core.rate_limits import RateLimits
from bot.operations.health import Health, State
from bot.operations.metrics import Metrics, Queue
from bot.operations.process import Tasks, either, started, told_to_stop
from bot.platforms.discord.shards import Shards
from bot.platforms.profiles import Directory
from bot.roles import Plan, Role
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.operations.web import WebServer
    from bot.storage.store import Store

_log = logging.getLogger("careerbot")
#: Seconds after which a process that was told to stop ends in any case. What it gave up is claimed by another.
_AT_MOST = 9.0
#: Seconds for which a database that cannot be reached is tried again at the start; the first and the longest pause.
_DATABASE_PATIENCE, _FIRST_PAUSE, _LONGEST_PAUSE = 120.0, 1.0, 10.0


def loop_factory(settings: Settings, only: Collection[Role] = ()) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the event loop: uvloop where it is installed, which takes an eighth off an answer; None for asyncio's.

    What is said unasked stays on asyncio's: there it is fenced (`bot/platforms/fence.py`), and uvloop sends past that.
    """
    if Plan.of(settings, only).speaks:
        return None
    try:
        made: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module("uvloop").new_event_loop
    except ImportError:
        return None
    return made


async def serve(settings: Settings, only: Collection[Role] = (), shards: Shards | None = None) -> int:
    """Do what `only` says, else everything that has its tokens, until SIGTERM or SIGINT. Returns the exit status.

    shards: those of Discord's that this process serves; None for all.
    Raises CareerbotError where somebody means to serve something, and what it takes is missing.
    """
    from bot.operations.logs import configure_logging

    plan = Plan.of(settings, only)
    if not plan.platforms and (only or shards or settings.has_tokens):
        raise CareerbotError("\n".join(f"{name} cannot be served: {why}." for name, why in plan.off.items()))
    configure_logging(settings.log_level, settings.log_format, settings.secrets)
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

    catalog = content.ready(content.find(settings.pack))
    people, health, metrics = Directory(settings.manager_accounts), Health(), Metrics(_commands())
    store = WatchedStore(open_store(settings.database_url), metrics.transaction)
    async with AsyncExitStack() as stack:
        tasks = Tasks()
        stack.push_async_callback(tasks.stop)
        web = _web(settings, plan, health, metrics)
        if web is not None:
            tasks.start("The web server", web.run_here())
            stack.push_async_callback(web.leave)
        if not await _open(store, stack, told, tasks.failed):
            return tasks.status
        health.add("database", lambda: _database(store), was_well=True)  # else it would not be open
        await _set_right(catalog, store)
        limits = RateLimits(settings.between_requests) if settings.between_requests else None
        mind = dispatcher(catalog, store, people, people, settings.digest_grace, limits, metrics.begun)
        ground = Ground(settings, plan, shards, store, mind, people, {}, health, metrics, web)
        _count(store, health, metrics)
        await stack.enter_async_context(connected(ground, tasks))
        if plan.speaks:
            speaking = unasked(
                catalog, store, ground.publishers, clock, people, grace=settings.digest_grace,
                watched=lambda outbox: WatchedOutbox(outbox, metrics.marked),
            )  # fmt: skip
            await stack.enter_async_context(speaking)
        health.complete()
        await asyncio.sleep(0)  # so that each platform has begun, and imported what it needs
        started()
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


def _web(settings: Settings, plan: Plan, health: Health, metrics: Metrics) -> "WebServer | None":
    """Served wherever there is a port, and for Slack's HTTP mode in any case: then 0 is any free port."""
    host, port = settings.http_host, settings.http_port
    if not port and not (Role.SLACK in plan.listens and settings.slack_by == "http"):
        return None
    # Starlette and uvicorn with them: a tenth of all that is imported.
    from bot.operations.privacy import privacy
    from bot.operations.web import WebServer

    return WebServer(
        [*health.routes(), metrics.route(), privacy(settings.contact)],
        host,
        port,
        lambda bound: _log.info("Listening on http://%s:%s", host, bound),
        proxies=settings.trusted_proxies,
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
