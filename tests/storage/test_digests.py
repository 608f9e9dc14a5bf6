"""Digests in the store, on both engines: each week is put into the outbox once, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select

from bot import app
from bot.core.catalog import Catalog
from bot.core.chat import Person, Place, Reply, Request
from bot.core.weekly import Weekly, week_name
from bot.delivery.courier import Courier
from bot.delivery.outbox import Delivery, Target
from bot.digests.port import Subscription, Taken
from bot.features import digest as feature
from bot.storage import digests as stored
from bot.storage.digests import StoredDigests
from bot.storage.opening import open_store
from bot.storage.outbox import StoredOutbox
from bot.storage.store import Store
from bot.storage.tables import deliveries
from tests.conftest import told

#: A Monday; and a slot two days later.
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WHEN, SLOT = Weekly("UTC", 2, time(9)), datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
HERE = Target("test", "w", "careers")


@dataclass
class Platform:
    """Posts all that it is given."""

    posts: list[str] = field(default_factory=list)

    async def look(self, target: Target, key: str, since: datetime) -> str | None:
        return key if key in self.posts else None

    async def publish(self, target: Target, reply: Reply, key: str, *, look_from: datetime | None) -> str:
        self.posts.append(key)
        return key


class Scene:
    """A store, the tick and the courier over it, and a clock that a test moves."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self.store, self.now, self.platform = store, NOW, Platform()
        self.digests = StoredDigests(store)
        self.mind = app.dispatcher(catalog, store)

        async def composed(delivery: Delivery, now: datetime) -> Reply | None:
            return await feature.compose_due(delivery, now, catalog, self.digests)

        chance = Random(7)  # noqa: S311 # jitter, no secret
        outbox = StoredOutbox(store, {stored.KIND: stored.after})
        self.courier = Courier(outbox, {"test": self.platform}, {stored.KIND: composed}, lambda: self.now, "me", chance)

    async def subscribe(self, target: Target = HERE, when: Weekly = WHEN) -> Subscription:
        return await self.digests.subscribe(target, when, "ada", "Ada", self.now)

    async def change(self, one: Subscription, when: Weekly) -> Subscription:
        changed = await self.digests.change(one.id, lambda old: replace(old, when=when), self.now)
        assert changed
        return changed

    async def run(self, until: datetime | None = None) -> None:
        """Tick, and let the courier do what is due: now, or at that moment."""
        self.now = until or self.now
        await self.digests.tick(self.now)
        await self.courier.deliver_due()

    async def weeks(self, target: Target = HERE) -> list[tuple[str, str]]:
        """All that was ever put into the outbox for a target: its week, and what became of it; the oldest first."""
        records = await self.digests.deliveries(target, 1_000)
        return [(record.delivery.about["week"], record.outcome.state.value) for record in reversed(records)]

    async def status(self) -> str:
        """What `digest` says in the channel."""
        person, place = Person("test", "w", "ada", "Ada"), Place("test", "w", "careers")
        return told(await self.mind.answer(Request(person, "digest", self.now, place, manages=True)))


@pytest.fixture
async def scene(url: str, ai_engineer: Catalog) -> AsyncIterator[Scene]:
    async with open_store(url) as store:
        yield Scene(store, ai_engineer)


# ── each week once ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_week_that_is_due_is_put_once_and_the_next_slot_moves_on(scene: Scene) -> None:
    one = await scene.subscribe()
    await scene.run(SLOT - MINUTE)
    assert await scene.weeks() == []
    for later in (timedelta(), MINUTE, HOUR, 5 * DAY):
        await scene.run(SLOT + later)
        assert await scene.weeks() == [("2026-W48", "delivered")]
    moved = await scene.digests.find(one.id)
    assert moved
    assert (week_name(moved.week or NOW), moved.due) == ("2026-W49", SLOT + WEEK)
    await scene.run(SLOT + WEEK)
    assert await scene.weeks() == [("2026-W48", "delivered"), ("2026-W49", "delivered")]
    assert len(scene.platform.posts) == 2


async def test_replicas_that_tick_at_once_put_each_week_once(postgres: Callable[[], str]) -> None:
    url = postgres()
    async with AsyncExitStack() as stack:
        replicas = [StoredDigests(await stack.enter_async_context(open_store(url))) for _ in range(3)]
        store = await stack.enter_async_context(open_store(url))
        for n in range(30):
            await replicas[0].subscribe(Target("test", "w", str(n)), WHEN, "ada", "Ada", NOW)
        for later in (timedelta(), WEEK, 2 * WEEK):
            await asyncio.gather(*(replica.tick(SLOT + later) for replica in replicas))
        rows = await store.read(lambda tx: tx.execute(select(deliveries.c.channel, deliveries.c.due)).all())
    assert len(rows) == len({tuple(row) for row in rows}) == 90


async def test_many_that_are_due_at_once_are_all_put_two_hundred_at_a_time(scene: Scene) -> None:
    def many(tx: Connection) -> None:
        for n in range(450):
            stored.subscribe(tx, Target("test", "w", str(n)), WHEN, "ada", "Ada", NOW)

    await scene.store.run(many)
    assert await scene.store.run(lambda tx: stored.put_due(tx, SLOT, stored.GRACE)) == 200
    await scene.digests.tick(SLOT)
    channels = await scene.store.read(lambda tx: tx.scalars(select(deliveries.c.channel)).all())
    assert sorted(channels) == sorted(map(str, range(450)))


async def test_a_clock_that_was_set_back_brings_no_second_post(scene: Scene) -> None:
    one = await scene.subscribe()
    await scene.run(SLOT)
    for back in (HOUR, DAY):
        scene.now = SLOT - back
        await scene.change(one, WHEN)  # whatever is computed anew by the wrong clock
        for later in (timedelta(), HOUR, DAY):
            await scene.run(SLOT - back + later)
    assert await scene.weeks() == [("2026-W48", "delivered")]
    await scene.run(SLOT + WEEK)
    assert len(scene.platform.posts) == 2


@pytest.mark.parametrize(
    ("before", "after", "following"),
    [
        (WHEN, Weekly("UTC", 4, time(9)), "2026-W49"),
        (WHEN, Weekly("UTC", 2, time(12)), "2026-W49"),
        (WHEN, Weekly("America/Los_Angeles", 2, time(9)), "2026-W49"),
        # When it is Monday in Auckland it is Sunday in Honolulu, of the week before.
        (Weekly("Pacific/Auckland", 0, time(0, 30)), Weekly("Pacific/Honolulu", 6, time(23)), "2026-W50"),
    ],
    ids=["day", "time", "zone", "zone over the end of the week"],
)
async def test_what_is_changed_after_the_post_takes_effect_with_the_next_week(
    scene: Scene, before: Weekly, after: Weekly, following: str
) -> None:
    one = await scene.subscribe(when=before)
    assert one.due
    await scene.run(one.due)
    changed = await scene.change(one, after)
    assert (week_name(changed.week or NOW), changed.due) == (following, after.slot(changed.week or NOW))
    assert changed.due
    while scene.now + 6 * HOUR < changed.due:
        await scene.run(scene.now + 6 * HOUR)
        assert len(scene.platform.posts) == 1
    await scene.run(changed.due)
    assert len(scene.platform.posts) == 2


async def test_what_is_changed_before_the_post_takes_effect_at_once(scene: Scene) -> None:
    one = await scene.subscribe(when=Weekly("UTC", 0, time(8)))  # this week's slot is over: it begins with the next
    assert week_name(one.week or NOW) == "2026-W49"
    changed = await scene.change(one, WHEN)
    assert changed.due == SLOT
    await scene.run(SLOT)
    assert await scene.weeks() == [("2026-W48", "delivered")]


# ── nobody was there ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_after_some_hours_of_absence_it_comes_late_and_once(scene: Scene) -> None:
    await scene.subscribe()
    await scene.run(SLOT + 6 * HOUR)
    assert await scene.weeks() == [("2026-W48", "delivered")]
    await scene.run(SLOT + WEEK)
    assert await scene.weeks() == [("2026-W48", "delivered"), ("2026-W49", "delivered")]


async def test_after_days_of_absence_it_is_recorded_as_missed_and_the_next_one_is_on_time(scene: Scene) -> None:
    await scene.subscribe()
    await scene.run(SLOT + 3 * DAY)
    assert await scene.weeks() == [("2026-W48", "missed")]
    assert scene.platform.posts == []
    said = await scene.status()
    assert "Week of 23 Nov: missed: nobody was there in time." in said
    assert "Next: Wednesday 2 December, 09:00 (UTC)" in said
    await scene.run(SLOT + WEEK)
    assert await scene.weeks() == [("2026-W48", "missed"), ("2026-W49", "delivered")]


@pytest.mark.parametrize(("late", "last"), [(3 * DAY, "missed"), (2 * HOUR, "delivered")])
async def test_after_ten_weeks_of_absence_the_last_eight_are_told_and_the_latest_comes_if_it_is_not_too_late(
    scene: Scene, late: timedelta, last: str
) -> None:
    await scene.subscribe()
    await scene.run(SLOT + 9 * WEEK + late)
    told_weeks = await scene.weeks()
    assert [state for _, state in told_weeks] == ["missed"] * 7 + [last]
    assert (told_weeks[0][0], told_weeks[-1][0]) == ("2026-W50", "2027-W04")
    await scene.run(SLOT + 10 * WEEK)
    assert (await scene.weeks())[-1] == ("2027-W05", "delivered")


async def test_what_was_missed_can_be_posted_after_all(scene: Scene) -> None:
    one = await scene.subscribe()
    await scene.run(SLOT + 3 * DAY)
    assert await scene.digests.now(one, scene.now)
    await scene.run()
    assert await scene.weeks() == [("2026-W48", "delivered")]
    assert not await scene.digests.now(one, scene.now)
    await scene.run(SLOT + WEEK)
    assert len(scene.platform.posts) == 2


# ── it begins, and ends ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_is_ended_while_it_is_due_is_dropped(scene: Scene) -> None:
    one = await scene.subscribe()
    await scene.digests.tick(SLOT)
    assert await scene.digests.unsubscribe(one.id)
    assert not await scene.digests.unsubscribe(one.id)
    await scene.run(SLOT)
    assert await scene.weeks() == [("2026-W48", "dropped")]
    assert scene.platform.posts == []


async def test_a_channel_has_one_and_whoever_comes_second_is_told_which(scene: Scene) -> None:
    one = await scene.subscribe()
    with pytest.raises(Taken, match=one.id):
        await scene.subscribe()
    await scene.subscribe(replace(HERE, workspace="v"))
    await scene.subscribe(Target("test", "w", user="ada"))
    assert await scene.digests.of_workspace("test", "w") == (one,)


async def test_of_many_who_set_up_the_same_channel_at_once_one_does_and_the_others_are_told(scene: Scene) -> None:
    tries = await asyncio.gather(*(scene.subscribe() for _ in range(20)), return_exceptions=True)
    (one,) = [tried for tried in tries if isinstance(tried, Subscription)]
    others = [tried for tried in tries if tried is not one]
    assert {(type(other), str(other)) for other in others} == {(Taken, one.id)}


async def test_of_replicas_that_set_up_the_same_channels_at_once_each_channel_has_one(
    postgres: Callable[[], str],
) -> None:
    """Every time the others hear Taken: not the database's own word for it, nor that it is out of reach."""
    url = postgres()
    async with AsyncExitStack() as stack:
        replicas = [StoredDigests(await stack.enter_async_context(open_store(url))) for _ in range(4)]
        for n in range(20):
            target = Target("test", "w", str(n))
            tries = await asyncio.gather(
                *(one.subscribe(target, WHEN, "ada", "Ada", NOW) for one in replicas), return_exceptions=True
            )
            assert sorted(type(tried).__name__ for tried in tries) == ["Subscription", "Taken", "Taken", "Taken"]


# ── when the clock leaps ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("zone", "at", "begin", "due"),
    [
        ("Europe/Berlin", time(2, 30), date(2026, 3, 17), ["03-22 02:30", "03-29 03:00", "04-05 02:30"]),
        ("Europe/Berlin", time(2, 30), date(2026, 10, 13), ["10-18 02:30", "10-25 02:30", "11-01 02:30"]),
        ("America/Santiago", time(0), date(2026, 8, 25), ["08-30 00:00", "09-06 01:00", "09-13 00:00"]),
        ("Australia/Lord_Howe", time(1, 45), date(2026, 3, 24), ["03-29 01:45", "04-05 01:45", "04-12 01:45"]),
    ],
    ids=["spring", "autumn", "spring at midnight", "half an hour in autumn"],
)
async def test_weeks_in_which_the_clock_leaps_have_one_each_at_the_time_on_the_wall(
    scene: Scene, zone: str, at: time, begin: date, due: list[str]
) -> None:
    scene.now = datetime.combine(begin, time(), UTC)
    await scene.subscribe(when=Weekly(zone, 6, at))
    for _ in range(24 * 8):
        scene.now += 3 * HOUR
        await scene.digests.tick(scene.now)
    records = await scene.digests.deliveries(HERE, 10)
    local = [record.delivery.due.astimezone(ZoneInfo(zone)) for record in reversed(records)]
    assert [f"{moment:%m-%d %H:%M}" for moment in local] == due
    assert {moment.fold for moment in local} == {0}
