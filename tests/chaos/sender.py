"""A process that empties an outbox into both doubles, and ends when nothing is left in it. Others kill it."""

import asyncio
import logging
import os
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess

from sqlalchemy import Connection, func, select

from bot.core.chat import Reply, Text
from bot.delivery.courier import Courier
from bot.delivery.outbox import Delivery
from bot.delivery.pace import Pace, Scope
from bot.delivery.patience import Patience
from bot.delivery.publisher import Publisher
from bot.platforms.discord import wire as discord
from bot.platforms.discord.publisher import DiscordPublisher
from bot.platforms.slack.background import Background
from bot.platforms.slack.gallery import Gallery
from bot.platforms.slack.installations import OneInstallation
from bot.platforms.slack.publisher import SlackPublisher
from bot.platforms.slack.wires import Wires, web_client
from bot.storage.opening import open_store
from bot.storage.outbox import StoredOutbox
from bot.storage.tables import deliveries

#: The kind of the deliveries, and the workspace's address, by which links are told.
KIND, ADDRESS = "chaos", "https://chaos.slack.example/"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a platform's double is, and the token that it takes."""

    url: str
    token: str


@dataclass(frozen=True, slots=True)
class Errand:
    """What a sender is to empty, and where to."""

    store: str
    slack: Address
    discord: Address
    patience: Patience


def sent_out(errand: Errand) -> ForkServerProcess:
    """A process of its own; forked from one that has imported everything, as most of a sender's life would be that."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=_run, args=(errand,), daemon=True)
    process.start()
    return process


def impatient(send: float, lease: float) -> Patience:
    """So many seconds. The usual ones would make a round last minutes, as a try that broke off waits for its lease."""
    pauses = {"first_pause": timedelta(seconds=0.05), "longest_pause": timedelta(seconds=0.5)}
    return Patience(send=timedelta(seconds=send), lease=timedelta(seconds=lease), **pauses)


def _now() -> datetime:
    return datetime.now(UTC)


def courier_of(
    publishers: Mapping[str, Publisher], outbox: StoredOutbox, patience: Patience, clock: Callable[[], datetime] = _now
) -> Courier:
    owner = os.urandom(8).hex()
    return Courier(outbox, publishers, {KIND: _made}, clock, owner, random.Random(), patience)  # noqa: S311 # jitter


def left(tx: Connection) -> int:
    """How many deliveries have not ended."""
    return tx.scalar(select(func.count()).select_from(deliveries).where(deliveries.c.ended.is_(None))) or 0


class Unhurried(Pace):
    """No turns to wait for: what is tried here are crashes, and the doubles take all that comes."""

    async def turn(self, *scopes: Scope) -> None:
        pass


class Placed(Wires):
    """Every workspace has one address, which need not be asked for."""

    async def address(self, team: str) -> str:
        del team
        return ADDRESS


@asynccontextmanager
async def on_slack(at: Address) -> AsyncIterator[SlackPublisher]:
    wires = Placed(OneInstallation(at.token), web_client(at.url), Unhurried())
    await wires.open()
    try:
        yield SlackPublisher(wires, Gallery(wires, Background().start))
    finally:
        await wires.close()


@asynccontextmanager
async def on_discord(at: Address) -> AsyncIterator[DiscordPublisher]:
    wire = discord.Wire(at.token, at.url, Unhurried())
    await wire.open()
    try:
        yield DiscordPublisher(wire)
    finally:
        await wire.close()


async def _made(delivery: Delivery, now: datetime) -> Reply:
    return Reply("This week", (Text(f"What is said once: {delivery.id}"),))


async def _send(errand: Errand) -> None:
    async with (
        open_store(errand.store) as store,
        on_slack(errand.slack) as slack_publisher,
        on_discord(errand.discord) as discord_publisher,
    ):
        publishers: dict[str, Publisher] = {"slack": slack_publisher, "discord": discord_publisher}
        courier = courier_of(publishers, StoredOutbox(store), errand.patience)
        while await store.read(left):
            await courier.deliver_due()


def _run(errand: Errand) -> None:
    logging.disable()  # of what goes wrong in it, the rows tell
    asyncio.run(_send(errand))
