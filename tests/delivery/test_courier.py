"""The courier over a real outbox, on both engines, and a platform that does as it is told."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

import pytest

from bot.delivery.courier import ARMFUL, AT_ONCE, AT_ONCE_IN_ONE_PLACE
from bot.delivery.outbox import Claimed, State
from bot.delivery.patience import USUAL
from bot.delivery.publisher import Lost, PublishError, Refused, TooFast
from bot.storage import outbox
from bot.storage.outbox import StoredOutbox
from bot.storage.store import Store
from tests.delivery.scene import HELLO, HOUR, NOW, Platform, Scene


class Watched(StoredOutbox):
    """Notes how many workspaces each claim was told to leave out."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.busy: list[int] = []

    async def claim(
        self, owner: str, now: datetime, lease: datetime, platforms: Sequence[str], busy: AbstractSet[str], most: int
    ) -> tuple[Claimed, ...]:
        self.busy.append(len(busy))
        return await super().claim(owner, now, lease, platforms, busy, most)


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
    assert record.outcome.again >= NOW + USUAL.settling, "it may be on its way yet"
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
    scene.now = NOW + USUAL.lease
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
    assert scene.platform.looks == 0, "it may be on its way yet"
    scene.now += USUAL.settling
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


async def test_a_slow_platform_holds_up_no_other(scene: Scene) -> None:
    """A platform that lets few through takes only its own share of what may be under way."""
    for n in range(AT_ONCE + ARMFUL):
        await scene.put(f"slow {n}", f"w{n}", NOW - HOUR / 2)
    quick = Platform()
    scene.courier._publishers = {"p": scene.platform, "q": quick}
    for n in range(ARMFUL):
        await scene.put(f"quick {n}", f"w{n}", platform="q")
    scene.platform.open.clear()
    assert await scene.courier.pump() == AT_ONCE + ARMFUL
    await asyncio.gather(*(task for task, to in scene.courier._under_way.items() if to.platform == "q"))
    assert (len(quick.posts), scene.platform.posts) == (ARMFUL, [])
    scene.platform.open.set()
    await scene.courier.deliver_due()
    assert len(scene.platform.posts) == AT_ONCE + ARMFUL


async def test_a_thousand_at_once_are_taken_a_few_at_a_time(scene: Scene) -> None:
    """What is under way is bounded, in all and in one workspace, and so is what a claim is told to leave out."""
    for n in range(1000):
        await scene.put(str(n), f"w{n % 12}")
    scene.outbox = watched = Watched(scene.store)
    courier = scene.replica("b")
    scene.platform.open.clear()
    assert 12 * AT_ONCE_IN_ONE_PLACE <= await courier.pump() <= AT_ONCE
    assert await courier.pump() == 0
    under_way = Counter(target.workspace for target in courier._under_way.values())
    assert max(under_way.values()) < AT_ONCE_IN_ONE_PLACE + ARMFUL
    scene.platform.open.set()
    await courier.deliver_due()
    assert len(set(scene.platform.posts)) == len(scene.platform.posts) == 1000
    assert 0 < max(watched.busy) <= AT_ONCE // AT_ONCE_IN_ONE_PLACE


async def test_what_cannot_be_made_is_logged_and_tried_again(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    await scene.put()
    scene.says = ZeroDivisionError("our own fault")
    await scene.run()
    assert (await scene.record()).outcome.state is State.WAITING
    assert "could not be made" in caplog.text
    scene.says = HELLO
    scene.now += HOUR / 2
    await scene.run()
    assert ((await scene.record()).outcome.state, scene.platform.looks) == (State.DELIVERED, 0)


async def test_what_breaks_on_the_way_may_be_there_and_is_looked_up(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    await scene.put()
    scene.platform.after = [ZeroDivisionError("an answer that is none")]
    await scene.run()
    assert (await scene.record()).outcome.state is State.DOUBTFUL
    assert "broke" in caplog.text
    scene.now += HOUR / 2
    await scene.run()
    assert ((await scene.record()).outcome.state, len(scene.platform.posts)) == (State.DELIVERED, 1)


@pytest.mark.parametrize("error", [TooFast(3), Refused("not now", lasting=False)])
async def test_what_was_posted_in_part_is_not_begun_anew(scene: Scene, error: PublishError) -> None:
    await scene.put()
    error.begun = True
    scene.platform.after = [error]
    await scene.run()
    assert (await scene.record()).outcome.state is State.DOUBTFUL
    scene.now += HOUR / 2
    await scene.run()
    assert ((await scene.record()).outcome.state, len(scene.platform.posts)) == (State.DELIVERED, 1)


async def test_a_lasting_no_to_the_rest_says_that_a_part_stands(scene: Scene) -> None:
    await scene.put()
    error = Refused("the channel is archived", lasting=True)
    error.begun = True
    scene.platform.after = [error]
    await scene.run()
    outcome = (await scene.record()).outcome
    assert (outcome.state, outcome.reason) == (
        State.FAILED,
        "only a part could be posted: the channel is archived",
    )
