"""A courier over a real outbox, and a platform that does as it is told."""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random

from bot.core.chat import Reply
from bot.delivery.courier import Composer, Courier
from bot.delivery.outbox import Delivery, Outcome, Record, State, Target, delivery_id
from bot.delivery.patience import USUAL, Patience
from bot.delivery.publisher import CannotLook
from bot.storage import outbox
from bot.storage.outbox import StoredOutbox
from bot.storage.store import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
HELLO = Reply("Hello")


class Platform:
    """Posts what it is given, unless it is told to fail: before the post is made, or after."""

    def __init__(self) -> None:
        self.posts: list[str] = []
        self.before: list[Exception | None] = []
        self.after: list[Exception | None] = []
        self.blind = False
        self.looks = 0
        self.open = asyncio.Event()
        self.open.set()

    async def look(self, target: Target, key: str, since: datetime) -> str | None:
        self.looks += 1
        if self.blind:
            raise CannotLook("may not read")
        return key if key in self.posts else None

    async def publish(self, target: Target, reply: Reply, key: str, *, look_from: datetime | None) -> str:
        await self.open.wait()
        if look_from is not None and (found := await self.look(target, key, look_from)):
            return found
        if self.before and (error := self.before.pop(0)):
            raise error
        self.posts.append(key)
        if self.after and (error := self.after.pop(0)):
            raise error
        return key


class Scene:
    def __init__(self, store: Store) -> None:
        self.now = NOW
        self.store = store
        self.platform = Platform()
        self.says: Reply | Exception | None = HELLO
        self.ended: list[State] = []
        self.outbox = StoredOutbox(store, {"test": self.aftermath})
        self.courier = self.replica("a")

    def replica(self, owner: str, compose: Composer | None = None, patience: Patience = USUAL) -> Courier:
        composers = {"test": compose or self.compose}
        chance = Random(7)  # noqa: S311 # jitter, no secret
        return Courier(self.outbox, {"p": self.platform}, composers, lambda: self.now, owner, chance, patience)

    def aftermath(self, tx: object, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        self.ended.append(outcome.state)

    async def compose(self, delivery: Delivery, now: datetime) -> Reply | None:
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    async def put(self, name: str = "one", workspace: str = "w", due: datetime = NOW, platform: str = "p") -> Delivery:
        target = Target(platform, workspace, "c")
        new = Delivery(delivery_id("test", name), "test", target, {"name": name}, due, due + HOUR)
        await self.store.run(lambda tx: outbox.put(tx, new))
        return new

    async def run(self, *couriers: Courier) -> None:
        for courier in couriers or (self.courier,):
            await courier.pump()
            await courier.idle()

    async def record(self, workspace: str = "w") -> Record:
        (one,) = await self.store.read(lambda tx: outbox.records(tx, Target("p", workspace, "c"), 10))
        return one
