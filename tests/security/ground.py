"""All that careerbot serves over HTTP, on one server, before a local Slack; and how Slack signs what it sends."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from starlette.routing import BaseRoute

from bot import app
from bot.core.dispatch import Dispatcher
from bot.core.rate_limits import EVERY, RateLimits
from bot.operations.health import Health
from bot.operations.metrics import Metrics
from bot.operations.privacy import privacy
from bot.platforms.profiles import Directory
from bot.platforms.slack.app import SlackBot
from bot.platforms.slack.install import STATE_SECONDS, Distribution
from bot.storage.heard import StoredHeard
from bot.storage.installations import StoredStates
from bot.storage.memory import MemoryStore
from bot.storage.workspaces import StoredWorkspaces
from tests.conftest import GARDENER
from tests.operations.conftest import served
from tests.platforms.slack.town import PUBLIC, Replica, Town, now, town


def signed(body: bytes, secret: str, at: float | None = None) -> dict[str, str]:
    """at: seconds since 1970."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


@dataclass(frozen=True)
class Ground:
    """Two of the town's three workspaces have installed the bot."""

    address: str
    town: Town
    mind: Dispatcher
    bot: SlackBot
    routes: Sequence[BaseRoute]

    async def settled(self) -> None:
        """Once all that the bot had under way is done."""
        while under_way := self.bot._background._tasks:
            await asyncio.wait(set(under_way))

    @property
    def secret(self) -> str:
        return self.town.slack.signing_secret


@asynccontextmanager
async def ground(every: timedelta = EVERY) -> AsyncIterator[Ground]:
    """every: what lies between two requests of one person, in the long run."""
    async with town(MemoryStore(), replicas=0) as here:
        oauth, people = here.slack.oauth, Directory()
        mind = app.dispatcher(GARDENER, here.store, people, people, limits=RateLimits(every))
        states = StoredStates(here.store, timedelta(seconds=STATE_SECONDS))
        bot = SlackBot(
            mind, now, "", here.slack.signing_secret, here.slack.api_url,
            distribution=Distribution(oauth.client_id, oauth.client_secret, PUBLIC, here.keeper, states),
            workspaces=StoredWorkspaces(here.store), heard=StoredHeard(here.store),
        )  # fmt: skip
        people.add("slack", bot.profiles)
        people.add_channels("slack", bot.channels)
        health = Health()
        health.complete()
        metrics = Metrics([one.name for one in mind.registry])
        routes = [*health.routes(), metrics.route(), privacy("mailto:ada@example.org"), *bot.routes()]
        async with bot.answering(), served(routes) as (_, address):
            here.replicas.append(Replica(bot, address))
            here.slack.deliver_to(f"{address}/slack/events")
            for workspace in here.workspaces[:2]:
                await here.install(workspace)
            yield Ground(address, here, mind, bot, routes)
