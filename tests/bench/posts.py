"""Posts a second, from the outbox to a platform that enforces its limits, as a share of what these allow."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time

from sqlalchemy import Connection

from bot import app, content
from bot.core.catalog import Catalog
from bot.core.weekly import Weekly, week_name
from bot.delivery.outbox import Delivery, Target, delivery_id
from bot.delivery.publisher import Publisher
from bot.platforms.discord.publisher import DiscordPublisher
from bot.platforms.discord.wire import Wire
from bot.platforms.profiles import Directory
from bot.platforms.slack.app import SlackBot
from bot.storage import digests, outbox
from bot.storage.opening import open_store
from bot.storage.store import Store
from tests.bench.load import Goal, Row, Size
from tests.doubles.process import Remote, started

#: Seconds for which more is due than is counted.
_SPARE = 4.0
_WEEKLY = Weekly("UTC", 0, clock_time(9))

NOTES = """
Posts: weekly digests that are all due at once, from the outbox on: claimed, composed, drawn, rendered, posted and
marked, by the parts of which `careerbot run` is made, in one process. The platforms are doubles in processes of their
own on this machine, which answer at once and refuse what comes too fast: more than fifty requests a second of a Discord
bot and five messages in five seconds in a channel; more than one message a second in a Slack channel, and three hundred
a minute in a workspace. They count in fixed windows, from the first call on. We count when posting has become steady,
and 429s from the beginning. Distance is not in it, nor are limits that the real ones do not publish. Several processes
with one token are not paced together: each keeps to the whole limit, and is held back by the 429s that it gets.
"""


@dataclass(frozen=True, slots=True)
class _Stage:
    """A platform, its publisher, and where it is spoken. `limit`: what it allows there, in posts a second."""

    double: Remote
    publishers: dict[str, Publisher]
    targets: Sequence[Target]
    limit: int


async def measure(fresh: Mapping[str, Callable[[], str]], size: Size) -> list[Row | Goal]:
    catalog = content.load(content.find("ai-engineer"))
    many = size.warm + size.seconds + _SPARE
    rows: list[Row] = []
    for engine, url in fresh.items():
        async with _discord(int(50 * many)) as stage, open_store(url()) as store:
            what = {"to": f"Discord, from {engine}", "what binds": "the token: 50 a second"}
            rows.append(Row("Posts", {**what, **await _count(stage, store, catalog, size)}))
    for channels, limit, binds in (
        (4, 4, "each channel: 1 a second"),
        (int(5 * many), 5, "the workspace: 300 a minute"),
    ):
        async with _slack(channels, limit) as stage, open_store(next(iter(fresh.values()))()) as store:
            what = {"to": f"Slack, {channels} channels", "what binds": binds}
            rows.append(Row("Posts", {**what, **await _count(stage, store, catalog, size)}))
    goals = [
        Goal(f"Posts to {row.cells['to']}: % of the limit", float(row.cells["% of the limit"]), 95.0, at_least=True)
        for row in rows
    ]
    return [*rows, *goals]


async def _count(stage: _Stage, store: Store, catalog: Catalog, size: Size) -> dict[str, float]:
    await _put(store, stage.targets, int(stage.limit * (size.warm + size.seconds + _SPARE)))
    async with app.unasked(catalog, store, stage.publishers, _now, Directory()):
        await _first_post(stage.double)
        await asyncio.sleep(size.warm)
        began, before = time.perf_counter(), (await stage.double.counts())["made"]
        await asyncio.sleep(size.seconds)
        counts, took = await stage.double.counts(), time.perf_counter() - began
    made, met = counts["made"], counts["too_fast"]
    rate = (made - before) / took
    return {"posts /s": rate, "% of the limit": 100 * rate / stage.limit, "% that met a 429": 100 * met / (made + met)}


async def _first_post(double: Remote) -> None:
    async with asyncio.timeout(30):
        while not (await double.counts())["made"]:  # noqa: ASYNC110 # it is another process that we wait for
            await asyncio.sleep(0.05)


async def _put(store: Store, targets: Sequence[Target], many: int) -> None:
    """So many digests, due now, to each in turn."""
    now = _now()

    def put(tx: Connection) -> None:
        known = [digests.subscribe(tx, target, _WEEKLY, "ada", "Ada", now) for target in targets]
        for number in range(many):
            one = known[number % len(known)]
            about = {"subscription": one.id, "week": week_name(_WEEKLY.week_of(now)), "asked": f"{number}"}
            name = delivery_id("bench", f"{number}")
            outbox.put(tx, Delivery(name, digests.KIND, one.target, about, now, now + timedelta(hours=1)))

    await store.run(put)


@asynccontextmanager
async def _discord(channels: int) -> AsyncIterator[_Stage]:
    """Each channel in a server of its own."""
    async with started("tests.doubles.discord_rest", "--channels", str(channels), "--limited") as double:
        wire = Wire(double.said["token"], double.said["api_url"])
        await wire.open()
        try:
            targets = [Target("discord", f"server-{channel}", channel) for channel in double.said["channels"]]
            yield _Stage(double, {"discord": DiscordPublisher(wire)}, targets, 50)
        finally:
            await wire.close()


@asynccontextmanager
async def _slack(channels: int, limit: int) -> AsyncIterator[_Stage]:
    async with started("tests.doubles.slack", "--channels", str(channels), "--paced") as double:
        said = double.said
        bot = SlackBot(app.dispatcher("ai-engineer"), _now, said["token"], "secret", said["api_url"])
        async with bot.answering():
            targets = [Target("slack", said["team"], channel) for channel in said["channels"]]
            yield _Stage(double, {"slack": bot.publisher}, targets, limit)


def _now() -> datetime:
    return datetime.now(UTC)
