"""The composition root: the bot's mind, and all that the demo is made of. `serving.py` makes `careerbot run` of it."""

import asyncio
import contextlib
import random
import secrets
import signal
import sys
import webbrowser
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot import content, features
from bot.core.catalog import Catalog, Level, Region
from bot.core.chat import Call, Person, RangeChart, Request
from bot.core.command import Registry
from bot.core.dispatch import Dispatcher, Observer, nobody
from bot.core.parameters import World
from bot.core.ports import Channels, Greetings, Privacy, Profiles, Rotation
from bot.core.rate_limits import RateLimits
from bot.core.search import Search
from bot.delivery.outbox import Outbox
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
from bot.platforms import chart
from bot.platforms.profiles import Directory

if TYPE_CHECKING:
    from bot.demo.both import Cast
    from bot.storage.store import Store

#: Seconds that what is said unasked may take then, before it is given back to the outbox.
_LAST_DELIVERIES = 2.0
#: How often we look for what is due.
_TICK, _DEMO_TICK = timedelta(seconds=5), timedelta(seconds=0.5)
#: How often we look for what need not be kept any more.
_FORGET = timedelta(hours=1)


def clock() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def dispatcher(
    pack: str | Catalog,
    store: "Store | None" = None,
    people: Profiles | None = None,
    channels: Channels | None = None,
    grace: timedelta = timedelta(days=1),
    limits: RateLimits | None = None,
    observer: Observer = nobody,
) -> Dispatcher:
    """The bot's whole mind over one pack. Raises PackError for a broken pack, DefinitionError for a broken command.

    pack: its name, its folder, or what was read from it already.
    store: where people's progress is kept; without one, this process remembers it, until it ends.
    people, channels: what platforms know of them; without it, what their requests say.
    grace: how long after its slot a digest is still worth posting.
    limits: how often a person may ask; without them, as often as they like: for whoever is alone with the bot.
    observer: who is told of each request.
    """
    from bot.storage.digests import StoredDigests
    from bot.storage.greetings import StoredGreetings
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
        Greetings: StoredGreetings(kept),
        Profiles: people,
    }
    return Dispatcher(registry, world, needs, limits, observer)


async def make_ready(pack: Path) -> None:
    """Have all kept that a start takes from what an earlier one made: the content as it was read, the pictures. For
    where nothing can be written later. Raises PackError."""
    content.locales()
    catalog = content.ready(pack)
    mind, somebody = dispatcher(catalog), Person("console", "", "")
    for level, region in product((None, *catalog.all(Level)), (None, *catalog.all(Region))):
        given = {name: word.id for name, word in (("level", level), ("region", region)) if word}
        reply = await mind.answer(Request(somebody, Call.of("salary", **given), clock()))
        for drawn in reply.parts:
            if isinstance(drawn, RangeChart) and chart.drawable(drawn):
                await chart.draw(drawn)


def slack_manifest(mode: Literal["socket", "http"], url: str | None = None, *, one_workspace: bool = False) -> str:
    """The Slack app's manifest as YAML, for the commands that there are."""
    from bot.platforms.slack import manifest

    return manifest.manifest_yaml(Registry.discover(features), mode=mode, url=url, one_workspace=one_workspace)


# ── what it says unasked ──────────────────────────────────────────────────────────────────────────────────────────────


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
    watched: Callable[[Outbox], Outbox] = lambda outbox: outbox,
) -> AsyncIterator[None]:
    """What the bot says of itself, while this is held: looks for what is due, and has it delivered."""
    from bot.delivery.courier import Composer, Courier
    from bot.storage import digests, reminders, rounds
    from bot.storage.heard import StoredHeard
    from bot.storage.learning import StoredLearning
    from bot.storage.outbox import StoredOutbox
    from bot.storage.purge import Purge
    from bot.ticking import Job, ticking

    learning = StoredLearning(store, catalog)
    heard = StoredHeard(store)
    reminding, weekly = reminders.StoredReminders(store), digests.StoredDigests(store, grace)
    purging = Purge(store)
    composers: dict[str, Composer] = {
        reminders.KIND: lambda delivery, at: remind.compose(delivery, at, learning),
        rounds.KIND: lambda delivery, _: round_.compose(delivery, catalog, rounds.StoredRounds(store)),
        digests.KIND: lambda delivery, at: digest_.compose_due(delivery, at, catalog, weekly),
        digests.PAUSED: lambda delivery, _: digest_.compose_paused(delivery, channels),
    }
    outbox = watched(StoredOutbox(store, {digests.KIND: digests.after}))
    courier = Courier(outbox, publishers, composers, now, secrets.token_hex(8), random.Random())  # noqa: S311 # jitter
    try:
        async with ticking(
            Job("reminders", every, lambda: reminding.tick(now())),
            Job("digests", every, lambda: weekly.tick(now())),
            Job("deliveries", every, courier.deliver_due),
            Job("purge", _FORGET, lambda: purging.run(now())),
            Job("what was heard", _FORGET, lambda: heard.forget(now())),
        ):
            yield
    finally:
        await courier.close(_LAST_DELIVERIES)


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


async def _told_to_stop() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows has no such handlers; Ctrl and C ends it there
            loop.add_signal_handler(number, stop.set)
    await stop.wait()


def _child(pack: str) -> list[str]:
    """How to start the demo's Discord side."""
    return [sys.executable, "-m", "bot", "demo-discord", pack]
