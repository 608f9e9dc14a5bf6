"""What one process bears on a Monday at nine, where no platform's limit is in its way."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time

from sqlalchemy import Connection

from bot import app, content
from bot.core.weekly import Weekly
from bot.delivery.outbox import Target
from bot.delivery.pace import Pace, Scope
from bot.platforms.discord.publisher import DiscordPublisher
from bot.platforms.discord.wire import Wire
from bot.platforms.profiles import Directory
from bot.storage import digests
from bot.storage.opening import open_store
from bot.storage.store import Store
from tests.bench.load import Row, Size
from tests.doubles.process import Remote, started

#: Every subscription's slot, and the moment at which all are found due.
_WEEKLY, _WEEK = Weekly("UTC", 0, clock_time(9)), timedelta(weeks=1)
#: Subscriptions for each second that a size gives; of all posts, the middle half is counted.
_EACH_SECOND = 150

NOTES = """
What one process bears: every subscription has the same slot. First all are put into the outbox and moved on to the next
week; then they are claimed, composed, drawn, rendered, posted and marked, without our pace, to a Discord double in
another process of this machine, which answers at once and refuses nothing. So this is what our own work and the
database allow; the platform's limits are in "Posts".
"""


class _Unpaced(Pace):
    """Lets everyone go at once."""

    async def turn(self, *scopes: Scope) -> None:
        del scopes


async def measure(fresh: Mapping[str, Callable[[], str]], size: Size) -> list[Row]:
    rows: list[Row] = []
    many = int(_EACH_SECOND * (size.warm + size.seconds))
    for engine, url in fresh.items():
        async with started("tests.doubles.discord_rest", "--channels", "500") as double, open_store(url()) as store:
            channels = double.said["channels"]
            targets = [Target("discord", f"server-{n}", channels[n % len(channels)]) for n in range(many)]
            now = await _subscribed(store, targets)
            began = time.perf_counter()
            await digests.StoredDigests(store, 2 * _WEEK).tick(now)
            put_in = many / (time.perf_counter() - began)
            posts = await _posted(store, double, many)
            rows.append(Row("What one process bears", {"engine": engine, "put in /s": put_in, "posts /s": posts}))
    return rows


async def _subscribed(store: Store, targets: Sequence[Target]) -> datetime:
    """All due at once; the moment at which they are."""
    before = datetime.now(UTC) - _WEEK

    def subscribe(tx: Connection) -> None:
        for target in targets:
            digests.subscribe(tx, target, _WEEKLY, "ada", "Ada", before)

    await store.run(subscribe)
    return _WEEKLY.next_after(before)[1]


async def _posted(store: Store, double: Remote, many: int) -> float:
    wire = Wire(double.said["token"], double.said["api_url"], _Unpaced())
    await wire.open()
    try:
        publishers = {"discord": DiscordPublisher(wire)}
        async with app.unasked(content.load(content.find("ai-engineer")), store, publishers, _now, Directory()):
            before, began = await _made(double, many // 4), time.perf_counter()
            after, ended = await _made(double, 3 * many // 4), time.perf_counter()
            return (after - before) / (ended - began)
    finally:
        await wire.close()


async def _made(double: Remote, many: int) -> int:
    """How many posts there are, once there are so many."""
    async with asyncio.timeout(300):
        while (made := int((await double.counts())["made"])) < many:  # noqa: ASYNC110 # another process is waited for
            await asyncio.sleep(0.05)
    return made


def _now() -> datetime:
    return datetime.now(UTC)
