"""All digests at a glance, on both engines: each with its own last deliveries, and what is under way now."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.core.weekly import Weekly
from bot.delivery.outbox import Delivery, Outcome, State, Target, delivery_id
from bot.storage import outbox
from bot.storage.digests import KIND, StoredDigests
from bot.storage.opening import open_store
from bot.storage.overview import LAST, Overview, overview
from bot.storage.store import Store

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
WHEN = Weekly("UTC", 2, time(9))
CAREERS, NEWS, ADA = Target("t", "w", "careers"), Target("t", "w", "news"), Target("t", "", user="ada")
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with open_store(url) as opened:
        yield opened


async def look(store: Store, at: datetime = NOW) -> Overview:
    return await store.read(lambda tx: overview(tx, at))


async def put(store: Store, target: Target, due: datetime, kind: str = KIND) -> None:
    new = Delivery(delivery_id(kind, str(target), str(due)), kind, target, {"week": "2026-W48"}, due, due + MINUTE)
    await store.run(lambda tx: outbox.put(tx, new))


async def end(store: Store, state: State, again: datetime | None = None, *, now: datetime = NOW) -> None:
    """What has waited the longest comes to this."""
    (one,) = await store.run(lambda tx: outbox.claim(tx, "me", now, now + MINUTE, ["t"], set(), 1))
    await store.run(lambda tx: outbox.mark(tx, one.delivery, "me", Outcome(state, again=again), now))


async def test_each_has_its_own_last_deliveries_the_latest_first(store: Store) -> None:
    digests = StoredDigests(store)
    for n, target in enumerate((NEWS, CAREERS, ADA)):
        await digests.subscribe(target, WHEN, "ada", "Ada", NOW - timedelta(weeks=9) + n * MINUTE)
    for target, many in ((NEWS, 1), (CAREERS, LAST + 2), (Target("t", "w", "ended"), 2)):
        for week in range(many):
            await put(store, target, NOW - timedelta(weeks=week))
        await put(store, target, NOW + MINUTE, "reminder")
    found = (await look(store)).subscriptions
    assert [one.target for one, _ in found] == [NEWS, CAREERS, ADA]
    assert [[record.delivery.due for record in records] for _, records in found] == [
        [NOW],
        [NOW - timedelta(weeks=week) for week in range(LAST)],
        [],
    ]


async def test_what_was_due_in_the_last_hour_or_is_not_over_is_counted_by_its_state(store: Store) -> None:
    assert (await look(store)).lately == {}
    for minutes in (600, 61, 59, 3, 2, 1, 0, -1):
        await put(store, Target("t", "w", str(minutes)), NOW - minutes * MINUTE)
    await put(store, NEWS, NOW, "reminder")
    # The longest due come first: 600, 61, 59, and so on.
    for state in (State.MISSED, State.DOUBTFUL, State.DELIVERED, State.FAILED, State.UNKNOWN):
        await end(store, state, NOW + MINUTE if state is State.DOUBTFUL else None, now=NOW - MINUTE / 2)
    assert (await look(store)).lately == {
        State.DOUBTFUL: 1, State.DELIVERED: 1, State.FAILED: 1, State.UNKNOWN: 1, State.WAITING: 2,
    }  # fmt: skip
    assert (await look(store, NOW + 2 * timedelta(hours=1))).lately == {State.DOUBTFUL: 1, State.WAITING: 3}
