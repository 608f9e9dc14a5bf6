"""Where senders are let loose: both doubles, a database, rows; and the count of what stands there afterwards."""

import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, select

from bot.delivery.outbox import Delivery, Record, State, Target, delivery_id
from bot.delivery.patience import Patience
from bot.demo.slack import Slow
from bot.platforms.discord.publisher import mark_of
from bot.storage import outbox
from bot.storage.opening import open_store
from bot.storage.outbox import record
from bot.storage.tables import deliveries
from tests.chaos.sender import ADDRESS, KIND, Address, Errand
from tests.doubles.control import Json
from tests.doubles.process import Remote, started

#: Where posts are made, on each platform.
POSTS = {"slack": "chat.postMessage", "discord": "create_message"}


class Post(NamedTuple):
    """What stands somewhere. mark: by which its delivery is known. link: how the link to it ends."""

    mark: str
    link: str


@dataclass(slots=True)
class Tally:
    """Posts, counted. lies: rows that say something else than what stands there."""

    due: int = 0
    delivered: int = 0
    refused: int = 0
    lost: int = 0
    doubled: int = 0
    unknown: int = 0
    lies: int = 0

    def add(self, other: "Tally") -> None:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    @property
    def flawless(self) -> bool:
        return self.due > 0 and self.delivered == self.due and not self.flawed

    @property
    def flawed(self) -> bool:
        return bool(self.lost or self.doubled or self.lies)


@dataclass(frozen=True, slots=True)
class Ground:
    """store: the database's URL; nobody holds it open but the senders, as SQLite has one process at a time.

    on_the_way: seconds that a post takes, so that there is a middle to be killed in. Slack has made it by then, and
    keeps its answer back; Discord has not.
    """

    store: str
    slack: Remote
    discord: Remote
    patience: Patience
    on_the_way: float

    @property
    def errand(self) -> Errand:
        slack, discord = self.slack.said, self.discord.said
        on_slack, on_discord = (Address(said["api_url"], said["token"]) for said in (slack, discord))
        return Errand(self.store, on_slack, on_discord, self.patience)

    async def sow(self) -> None:
        """One delivery for each channel, due now, in place of what was there before."""
        fresh, now = secrets.token_hex(8), datetime.now(UTC)
        targets = [
            *(Target("slack", self.slack.said["team"], channel) for channel in self.slack.said["channels"]),
            *(Target("discord", self.discord.said["guild"], channel) for channel in self.discord.said["channels"]),
        ]
        await self.slack.forget()
        await self.discord.forget()
        async with open_store(self.store) as store:
            await store.run(lambda tx: _sow(tx, fresh, targets, now))

    async def arrived(self) -> int:
        """How many posts have arrived so far, made or not."""
        slack, discord = await self.slack.counts(), await self.discord.counts()
        return int(slack["calls"].get(POSTS["slack"], 0) + discord["calls"].get(POSTS["discord"], 0))

    @property
    def channels(self) -> int:
        return len(self.slack.said["channels"]) + len(self.discord.said["channels"])

    async def tally(self) -> Tally:
        """What became of them: the rows beside what both doubles hold."""
        async with open_store(self.store) as store:
            rows = await store.read(_rows)
        posts = [*slack_posts(await self.slack.messages()), *discord_posts(await self.discord.messages())]
        return tallied(rows, posts)


@asynccontextmanager
async def ground(
    store: str, channels: int, patience: Patience, *, on_the_way: float = 0.05, nonces: bool = True
) -> AsyncIterator[Ground]:
    """channels: on each platform.

    nonces: whether Discord remembers them, as it does for minutes; they hide a second post that is sent.
    """
    known = "300" if nonces else "0"
    async with (
        started("tests.doubles.slack", "--channels", str(channels)) as slack,
        started("tests.doubles.discord_rest", "--channels", str(channels), "--nonce-seconds", known) as discord,
    ):
        await slack.fail(POSTS["slack"], Slow(on_the_way, done=True), times=None)
        await discord.fail(POSTS["discord"], Slow(on_the_way), times=None)
        yield Ground(store, slack, discord, patience, on_the_way)


def tallied(rows: Iterable[Record], posts: Sequence[Post]) -> Tally:
    many = Counter(post.mark for post in posts)
    tally = Tally()
    for row in rows:
        state = row.outcome.state
        stands = many.pop(_mark(row.delivery), 0)
        tally.due += 1
        tally.delivered += state is State.DELIVERED and stands > 0
        tally.unknown += state is State.UNKNOWN
        tally.refused += state is State.FAILED
        tally.lost += stands == 0 and state not in {State.FAILED, State.UNKNOWN}
        tally.doubled += max(stands - 1, 0)
        tally.lies += not _true(row, stands, posts)
    tally.lies += len(many)  # posts that no row tells of
    return tally


def slack_posts(held: dict[str, list[Json]]) -> Iterator[Post]:
    for channel, messages in held.items():
        for message in messages:
            mark = str(message["metadata"]["event_payload"]["key"])
            yield Post(mark, f"{ADDRESS}archives/{channel}/p{message['ts'].replace('.', '')}")


def discord_posts(held: dict[str, list[Json]]) -> Iterator[Post]:
    for channel, messages in held.items():
        for message in messages:
            yield Post(str(message["components"][0]["id"]), f"/{channel}/{message['id']}")


def _mark(delivery: Delivery) -> str:
    key = f"{delivery.id}-0"
    return key if delivery.target.platform.startswith("slack") else str(mark_of(key))


def _true(row: Record, stands: int, posts: Sequence[Post]) -> bool:
    match row.outcome.state:
        case State.DELIVERED:
            mark, message = _mark(row.delivery), row.outcome.message
            return any(post.mark == mark and message.endswith(post.link) for post in posts)
        case State.FAILED | State.MISSED | State.DROPPED:
            return stands == 0 and bool(row.outcome.reason)
        case State.UNKNOWN:
            return bool(row.outcome.reason)
        case _:
            return False


def _sow(tx: Connection, fresh: str, targets: Sequence[Target], now: datetime) -> None:
    tx.execute(deliveries.delete())
    for target in targets:
        new = delivery_id(KIND, fresh, target.platform, target.channel)
        outbox.put(tx, Delivery(new, KIND, target, {}, now, now + timedelta(hours=1)))


def _rows(tx: Connection) -> list[Record]:
    return [record(row) for row in tx.execute(select(deliveries))]
