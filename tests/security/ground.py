"""All that careerbot serves over HTTP, on one server, before a local Slack; and how Slack signs what it sends."""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.routing import BaseRoute

from bot import app
from bot.core.rate_limits import RateLimits
from bot.demo.slack import LocalSlack
from bot.operations.health import Health
from bot.operations.metrics import Metrics
from bot.operations.privacy import privacy
from bot.platforms.slack.app import SlackBot
from bot.storage.memory import MemoryStore
from bot.storage.store import Store
from tests.conftest import GARDENER
from tests.operations.conftest import served

SECRET = "a signing secret"  # noqa: S105 # of these tests only


def signed(body: bytes, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    """at: seconds since 1970."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


@dataclass(frozen=True)
class Ground:
    address: str
    slack: LocalSlack
    store: Store
    routes: Sequence[BaseRoute]


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    store = MemoryStore()
    async with LocalSlack(event_retry_seconds=()) as slack:
        mind = app.dispatcher(GARDENER, store, limits=RateLimits())
        bot = SlackBot(mind, lambda: datetime.now(UTC), slack.bot_token, SECRET, slack.api_url)
        health = Health()
        health.complete()
        metrics = Metrics([one.name for one in mind.registry])
        routes = [*health.routes(), metrics.route(), privacy("mailto:ada@example.org"), *bot.routes()]
        async with bot.answering(), served(routes) as (_, address):
            yield Ground(address, slack, store, routes)
