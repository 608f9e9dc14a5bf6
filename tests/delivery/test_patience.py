"""A try ends before its lease does, on both engines; and who has lost the lease has no say."""

import asyncio
from datetime import datetime

import pytest

from bot.core.chat import Reply
from bot.delivery.outbox import Delivery, State, Target
from bot.delivery.patience import USUAL, Patience
from bot.delivery.publisher import Lost, still_ours
from tests.delivery.scene import HELLO, NOW, SECOND, Scene


async def test_a_try_has_to_end_before_its_lease_does() -> None:
    with pytest.raises(ValueError, match="before its lease"):
        Patience(send=USUAL.lease)


async def test_what_sends_is_told_when_its_time_is_over_and_that_is_before_another_may_take_over(scene: Scene) -> None:
    """By the clock, whatever the event loop's timers do; and what the composer took of it is gone."""
    await scene.put()
    seen: list[bool] = []

    async def publish(target: Target, reply: Reply, key: str, *, look_from: datetime | None) -> str:
        for now in (USUAL.send - SECOND, USUAL.send, USUAL.lease):
            scene.now = NOW + now
            seen.append(still_ours.get()())
        raise Lost("the delivery's time is over")

    scene.platform.publish = publish  # type: ignore[method-assign] # one that asks, as the wires do
    await scene.run()
    assert seen == [True, False, False]


async def test_what_takes_too_long_to_make_is_not_posted_in_anothers_time(scene: Scene) -> None:
    await scene.put()

    async def compose(delivery: Delivery, now: datetime) -> Reply | None:
        await asyncio.Event().wait()
        return HELLO

    courier = scene.replica("slow", compose, Patience(send=SECOND / 100, lease=SECOND))
    await scene.run(courier)
    assert ((await scene.record()).outcome.state, scene.platform.posts) == (State.WAITING, [])


async def test_who_is_stopped_before_it_posts_leaves_no_doubt(scene: Scene) -> None:
    """So where nobody may look, it is said by the next one."""
    await scene.put()
    composing = asyncio.Event()

    async def compose(delivery: Delivery, now: datetime) -> Reply | None:
        composing.set()
        await asyncio.Event().wait()
        return HELLO

    courier = scene.replica("stopped", compose)
    await courier.pump()
    await composing.wait()
    await courier.close(0)
    assert (await scene.record()).outcome.state is State.WAITING
    await scene.run()
    assert ((await scene.record()).outcome.state, scene.platform.looks) == (State.DELIVERED, 0)


async def test_a_process_that_takes_over_from_itself_is_fenced_off_as_another_is(scene: Scene) -> None:
    """It was stopped, its lease ended, and now it has the same delivery twice: the first try has no say any more."""
    await scene.put()
    scene.platform.open.clear()
    scene.platform.before = [Lost("cut")]
    await scene.courier.pump()
    await asyncio.sleep(0)
    scene.now += USUAL.lease
    assert await scene.courier.pump() == 1
    await asyncio.sleep(0)
    scene.platform.open.set()
    await scene.courier.idle()
    record = await scene.record()
    assert (record.outcome.state, record.tries, len(scene.platform.posts)) == (State.DELIVERED, 2, 1)
