"""The courier over a real outbox, on both engines, and a platform that does as it is told."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from bot.core.chat import Reply
from bot.delivery.courier import AT_ONCE_IN_ONE_PLACE, LEASE, Courier
from bot.delivery.outbox import Delivery, Outcome, Record, State, Target, delivery_id
from bot.delivery.publisher import CannotLook, Lost, PublishError, Refused, TooFast
from bot.storage import outbox
from bot.storage.opening import open_store
from bot.storage.outbox import StoredOutbox
from bot.storage.store import Store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Platform:
    """Posts what it is given, unless it is told to fail: before the post is made, or after."""

    def __init__(self) -> None:
        self.posts: list[str] = []
        self.before: list[PublishError | None] = []
        self.after: list[PublishError | None] = []
        self.blind = self.broken = False
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
        if self.broken:
            raise ZeroDivisionError("our own fault")
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
        self.says: Reply | None = Reply("Hello")
        self.ended: list[State] = []
        self.outbox = StoredOutbox(store, {"test": self.aftermath})
        self.courier = self.replica("a")

    def replica(self, owner: str) -> Courier:
        chance = Random(7)  # noqa: S311 # jitter, no secret
        return Courier(self.outbox, {"p": self.platform}, {"test": self.compose}, lambda: self.now, owner, chance)

    def aftermath(self, tx: object, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        self.ended.append(outcome.state)

    async def compose(self, delivery: Delivery, now: datetime) -> Reply | None:
        return self.says

    async def put(self, name: str = "one", workspace: str = "w", due: datetime = NOW) -> Delivery:
        target = Target("p", workspace, "c")
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


@pytest.fixture
async def scene(url: str) -> AsyncIterator[Scene]:
    async with open_store(url) as store:
        yield Scene(store)


async def test_what_is_due_is_said_once_and_what_is_not_is_left(scene: Scene) -> None:
    first = await scene.put()
    await scene.put("later", "v", NOW + HOUR)
    await scene.run(scene.courier, scene.courier, scene.replica("b"))
    assert scene.platform.posts == [first.id]
    record = await scene.record()
    assert (record.outcome.state, record.outcome.message, record.tries) == (State.DELIVERED, first.id, 1)
    assert record.ended == NOW
    assert (await scene.record("v")).outcome.state is State.WAITING
    assert scene.ended == [State.DELIVERED]


async def test_the_same_thing_is_put_in_once(scene: Scene) -> None:
    new = await scene.put()
    await scene.run()
    assert not await scene.store.run(lambda tx: outbox.put(tx, new))
    await scene.run()
    assert len(scene.platform.posts) == 1


async def test_two_replicas_at_once_say_it_once(scene: Scene) -> None:
    for n in range(20):
        await scene.put(str(n), str(n))
    replicas = [scene.replica(owner) for owner in "abc"]
    await asyncio.gather(*(replica.pump() for replica in replicas))
    await asyncio.gather(*(replica.idle() for replica in replicas))
    assert len(scene.platform.posts) == len(set(scene.platform.posts)) == 20


@pytest.mark.parametrize("error", [Refused("not now", lasting=False), TooFast(120)])
async def test_what_was_surely_not_posted_is_tried_again_without_a_look(scene: Scene, error: PublishError) -> None:
    await scene.put()
    scene.platform.before = [error]
    await scene.run()
    record = await scene.record()
    assert record.outcome.state is State.WAITING
    assert record.outcome.again
    assert record.outcome.again > NOW + timedelta(seconds=120 if isinstance(error, TooFast) else 2)
    await scene.run()
    assert scene.platform.posts == []
    scene.now = record.outcome.again
    await scene.run()
    assert ((await scene.record()).outcome.state, scene.platform.looks) == (State.DELIVERED, 0)
    assert len(scene.platform.posts) == 1


@pytest.mark.parametrize("arrived", [True, False])
async def test_after_a_lost_answer_it_looks_before_it_posts(scene: Scene, *, arrived: bool) -> None:
    await scene.put()
    setattr(scene.platform, "after" if arrived else "before", [Lost("cut")])
    await scene.run()
    record = await scene.record()
    assert record.outcome.state is State.DOUBTFUL
    assert record.outcome.again
    scene.now = record.outcome.again
    await scene.run()
    assert ((await scene.record()).outcome.state, scene.platform.looks) == (State.DELIVERED, 1)
    assert len(scene.platform.posts) == 1


async def test_where_it_may_not_look_it_says_unknown_and_posts_nothing_twice(scene: Scene) -> None:
    await scene.put()
    scene.platform.after, scene.platform.blind = [Lost("cut")], True
    await scene.run()
    scene.now += HOUR / 2
    await scene.run()
    record = await scene.record()
    assert (record.outcome.state, record.outcome.reason) == (State.UNKNOWN, "may not read")
    assert len(scene.platform.posts) == 1
    assert scene.ended == [State.UNKNOWN]


async def test_a_lasting_no_ends_it_with_its_reason(scene: Scene) -> None:
    await scene.put()
    scene.platform.before = [Refused("the channel is archived", lasting=True)]
    await scene.run()
    record = await scene.record()
    assert (record.outcome.state, record.outcome.reason) == (State.FAILED, "the channel is archived")


async def test_what_nobody_said_in_time_is_missed_and_what_never_worked_has_failed(scene: Scene) -> None:
    await scene.put()
    await scene.put("tried", "v")
    scene.platform.before = [Refused("not now", lasting=False)] * 100
    scene.now = NOW + HOUR + timedelta(seconds=1)
    await scene.run()
    assert (await scene.record()).outcome.state is State.MISSED
    scene.now = NOW
    other = await scene.put("third", "u")
    while (await scene.record("u")).ended is None:
        scene.now = max((await scene.record("u")).outcome.again or scene.now, scene.now)
        await scene.run()
    assert (await scene.record("u")).outcome.state is State.FAILED
    assert scene.now <= other.until
    assert scene.platform.posts == []


async def test_nothing_to_say_is_dropped(scene: Scene) -> None:
    await scene.put()
    scene.says = None
    await scene.run()
    assert (await scene.record()).outcome.state is State.DROPPED
    assert scene.platform.posts == []


async def test_a_doubtful_one_that_is_late_is_looked_up_and_not_posted(scene: Scene) -> None:
    await scene.put()
    scene.platform.after = [Lost("cut")]
    await scene.run()
    scene.now = NOW + 2 * HOUR
    await scene.run()
    assert (await scene.record()).outcome.state is State.DELIVERED
    assert len(scene.platform.posts) == 1


async def test_a_lease_that_ended_passes_on_and_its_owner_can_mark_nothing(scene: Scene) -> None:
    await scene.put()
    scene.platform.open.clear()
    await scene.courier.pump()
    scene.now = NOW + LEASE
    other = scene.replica("b")
    await other.pump()
    scene.platform.open.set()
    await other.idle()
    await scene.courier.idle()
    record = await scene.record()
    assert (record.outcome.state, record.tries) == (State.DELIVERED, 2)
    assert scene.ended == [State.DELIVERED]


async def test_who_is_stopped_gives_back_what_is_under_way(scene: Scene) -> None:
    await scene.put()
    scene.platform.open.clear()
    await scene.courier.pump()
    await asyncio.sleep(0)
    await scene.courier.close(0)
    assert (await scene.record()).outcome.state is State.DOUBTFUL
    assert await scene.courier.pump() == 0
    scene.platform.open.set()
    await scene.run(scene.replica("b"))
    assert (await scene.record()).outcome.state is State.DELIVERED
    assert len(scene.platform.posts) == 1


async def test_a_slow_workspace_holds_up_no_other(scene: Scene) -> None:
    """However much it has due, and had due first: once it has its share, only others get more."""
    for n in range(AT_ONCE_IN_ONE_PLACE * 10):
        await scene.put(f"slow {n}", "slow", NOW - HOUR / 2)
    await scene.put("quick", "quick")
    scene.platform.open.clear()
    started = await scene.courier.pump()
    assert started < AT_ONCE_IN_ONE_PLACE * 10
    assert (await scene.record("quick")).outcome.state is State.SENDING
    scene.platform.open.set()
    await scene.courier.deliver_due()
    assert len(scene.platform.posts) == AT_ONCE_IN_ONE_PLACE * 10 + 1


async def test_what_cannot_be_made_is_logged_and_tried_again(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    await scene.put()
    scene.platform.broken = True
    await scene.run()
    assert (await scene.record()).outcome.state is State.WAITING
    assert "could not be made" in caplog.text
    scene.platform.broken = False
    scene.now += HOUR / 2
    await scene.run()
    assert (await scene.record()).outcome.state is State.DELIVERED
