"""The bot is taken out of a place, and comes back, or does not: on both engines."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select

from bot.core.catalog import Catalog, Question
from bot.core.chat import Person
from bot.core.weekly import Weekly
from bot.delivery.outbox import Delivery, Outcome, State, Target
from bot.digests.port import Subscription
from bot.features.digest import compose_due
from bot.learning.quiz import asked_at
from bot.storage import outbox
from bot.storage.digests import StoredDigests
from bot.storage.learning import StoredLearning
from bot.storage.memory import MemoryStore
from bot.storage.outbox import TAKEN_OUT, StoredOutbox
from bot.storage.purge import KEPT, Purge, purge
from bot.storage.reminders import StoredReminders
from bot.storage.rotation import StoredRotation
from bot.storage.store import Store
from bot.storage.tables import deliveries, greeted, identities, learners, ledger, metadata, rounds, tries, workspaces
from bot.storage.workspaces import StoredWorkspaces

#: A Monday; and a slot two days later.
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WHEN, SLOT = Weekly("UTC", 2, time(9)), datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
HERE = Target("slack", "T1", "news")
ADA = Person("slack", "T1", "U1", "Ada")
ROAMING = Person("discord", "7", "77", "Grace", roams=True)


@pytest.fixture
def memory() -> Store:
    """Where both engines do the same: the faster one."""
    return MemoryStore()


async def subscribed(store: Store, target: Target = HERE) -> Subscription:
    return await StoredDigests(store).subscribe(target, WHEN, "U1", "Ada", NOW)


async def told(store: Store) -> list[tuple[str, str, str]]:
    """What became of each delivery: its workspace, its state, why."""
    rows = await store.read(lambda tx: tx.execute(select(deliveries).order_by(deliveries.c.due)).all())
    return [(row.workspace, row.state, row.reason) for row in rows]


async def slots(store: Store, *subscriptions: Subscription) -> list[datetime | None]:
    found = [await StoredDigests(store).find(one.id) for one in subscriptions]
    return [one.due for one in found if one]


async def claim(store: Store, at: datetime) -> list[str]:
    claimed = await StoredOutbox(store).claim("me", at, at + MINUTE, ("slack", "discord"), frozenset(), 16)
    return [one.delivery.id for one in claimed]


def delivery(name: str, target: Target = HERE, due: datetime = NOW) -> Delivery:
    return Delivery(name, "round", target, {}, due, due + DAY)


async def put(store: Store, *new: Delivery) -> None:
    for one in new:
        await store.run(lambda tx, one=one: outbox.put(tx, one))  # type: ignore[misc]


# ── digests ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_place_that_was_left_has_no_digest_and_goes_on_with_the_next_one_when_the_bot_is_back(
    store: Store,
) -> None:
    places, digests = StoredWorkspaces(store), StoredDigests(store)
    gone, other = await subscribed(store), await subscribed(store, Target("slack", "T2", "news"))
    to_ada = await subscribed(store, Target("slack", "T1", user="U1"))
    await places.joined("slack", "T1", NOW)
    await places.left("slack", "T1", NOW + HOUR)
    assert await slots(store, gone, to_ada, other) == [None, None, SLOT]
    for weeks in range(3):
        await digests.tick(SLOT + weeks * WEEK)
    assert await told(store) == [("T2", "waiting", "")] * 3
    await places.joined("slack", "T1", SLOT + 2 * WEEK + HOUR)
    assert await slots(store, gone, to_ada) == [SLOT + 3 * WEEK] * 2
    await digests.tick(SLOT + 3 * WEEK)
    assert Counter(await told(store)) == {("T2", "waiting", ""): 4, ("T1", "waiting", ""): 2}


async def test_what_is_changed_or_set_up_or_asked_for_after_the_bot_left_brings_nothing(memory: Store) -> None:
    places, digests = StoredWorkspaces(memory), StoredDigests(memory)
    one = await subscribed(memory)
    await places.left("slack", "T1", NOW)
    changed = await digests.change(one.id, lambda same: same, NOW + HOUR)
    new = await subscribed(memory, Target("slack", "T1", "other"))
    assert [changed and changed.due, new.due] == [None, None]
    assert not await digests.now(one, NOW + HOUR)
    assert await told(memory) == []
    await places.joined("slack", "T1", NOW + 2 * HOUR)
    assert await slots(memory, one, new) == [SLOT, SLOT]


async def test_a_digest_that_was_paused_for_good_stays_so_over_leaving_and_coming_back(memory: Store) -> None:
    places = StoredWorkspaces(memory)
    one = await subscribed(memory)
    await StoredDigests(memory).change(one.id, lambda old: replace(old, paused=date.max), NOW)
    await places.left("slack", "T1", NOW)
    await places.joined("slack", "T1", NOW + DAY)
    assert await slots(memory, one) == [None]


async def test_a_digest_that_was_taken_up_just_as_the_bot_left_says_nothing(
    memory: Store, ai_engineer: Catalog
) -> None:
    digests = StoredDigests(memory)
    await subscribed(memory)
    await digests.tick(SLOT)
    (claimed,) = await StoredOutbox(memory).claim("me", SLOT, SLOT + MINUTE, ("slack",), frozenset(), 16)
    assert await compose_due(claimed.delivery, SLOT, ai_engineer, digests)
    await StoredWorkspaces(memory).left("slack", "T1", SLOT)
    assert await compose_due(claimed.delivery, SLOT, ai_engineer, digests) is None


# ── the outbox ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_waits_for_a_place_ends_when_it_is_left_and_says_why(memory: Store) -> None:
    await put(memory, delivery("waits", due=NOW + DAY), delivery("doubtful"), delivery("else", Target("slack", "T2")))
    (doubtful,) = await StoredOutbox(memory).claim("me", NOW, NOW + MINUTE, ("slack",), {"T2"}, 1)
    again = Outcome(State.DOUBTFUL, "the line was cut", again=NOW + HOUR)
    assert await StoredOutbox(memory).mark(doubtful.delivery, "me", again, NOW)
    await StoredWorkspaces(memory).left("slack", "T1", NOW)
    assert sorted(await told(memory)) == [
        ("T1", "dropped", TAKEN_OUT), ("T1", "unknown", TAKEN_OUT), ("T2", "waiting", ""),
    ]  # fmt: skip
    assert await claim(memory, NOW + 2 * DAY) == ["else"]


async def test_what_is_being_sent_as_the_bot_leaves_is_its_senders_to_tell(memory: Store) -> None:
    await put(memory, delivery("now"))
    (claimed,) = await StoredOutbox(memory).claim("me", NOW, NOW + MINUTE, ("slack",), frozenset(), 16)
    await StoredWorkspaces(memory).left("slack", "T1", NOW)
    assert await StoredOutbox(memory).mark(claimed.delivery, "me", Outcome(State.FAILED, "no such channel"), NOW)
    assert await told(memory) == [("T1", "failed", "no such channel")]


async def test_what_was_claimed_by_one_that_died_or_put_in_after_is_ended_and_not_claimed_again(store: Store) -> None:
    await put(store, delivery("dies with its sender"))
    assert await claim(store, NOW) == ["dies with its sender"]
    await StoredWorkspaces(store).left("slack", "T1", NOW)
    await put(store, delivery("late"), delivery("else", Target("slack", "T2", "news")))
    assert await claim(store, NOW + HOUR) == ["else"]
    assert sorted(await told(store)) == [
        ("T1", "dropped", TAKEN_OUT), ("T1", "unknown", TAKEN_OUT), ("T2", "sending", ""),
    ]  # fmt: skip


# ── reminders ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_account_of_the_workspace_is_reminded_no_more_until_the_bot_is_back_and_one_that_roams_is(
    store: Store,
) -> None:
    places, reminders = StoredWorkspaces(store), StoredReminders(store)
    for person in (ADA, ROAMING):
        assert await reminders.choose(person, 3, NOW) == NOW + 12 * HOUR
    await places.left("slack", "T1", NOW)
    await places.left("discord", "7", NOW)
    await reminders.tick(NOW + 12 * HOUR)
    await reminders.tick(NOW + 36 * HOUR)
    assert await told(store) == [("", "waiting", "")] * 2
    await places.joined("slack", "T1", NOW + 37 * HOUR)
    await reminders.tick(NOW + 60 * HOUR)
    assert ("T1", "waiting", "") in await told(store)


# ── thirty days later ─────────────────────────────────────────────────────────────────────────────────────────────────


async def answer(store: Store, catalog: Catalog, person: Person) -> str:
    question = catalog.all(Question)[0]
    await StoredLearning(store, catalog).answer(person, asked_at(NOW, int(person.user[1:])), question, 0, NOW)
    which = select(identities.c.learner).where(
        identities.c.workspace == person.workspace, identities.c.user == person.user
    )
    return str(await store.read(lambda tx: tx.scalar(which)))


def in_every_table_of_places(tx: Connection, place: dict[str, str], user: str) -> None:
    """Rows that other features fill: as these would, in the shortest way."""
    asked = {"asked": f"r-{user}", "question": "q", "opened": NOW, "closes": NOW, "announced": True}
    tx.execute(insert(rounds), {**place, "channel": "news", **asked})
    for table, more in ((greeted, {"at": NOW}), (tries, {"count": 1, "since": NOW})):
        tx.execute(insert(table), {**place, "user": user, **more})
    outbox.put(tx, delivery(f"d-{user}", Target(**place, channel="news")))


def of_places(tx: Connection, platform: str, workspace: str) -> dict[str, int]:
    """How many rows of each table name that workspace; all tables that could."""
    tables = [table for table in metadata.sorted_tables if {"platform", "workspace"} <= set(table.c.keys())]
    return {
        table.name: len(
            tx.execute(select(table).where(table.c.platform == platform, table.c.workspace == workspace)).all()
        )
        for table in tables
    }


async def lived_in(store: Store, catalog: Catalog, *people: Person) -> list[str]:
    """Leave something of each person in each table; the learners."""
    known = [await answer(store, catalog, person) for person in people]
    for number, person in enumerate(people):
        place = {"platform": person.platform, "workspace": person.workspace}
        await store.run(lambda tx, p=place, u=person.user: in_every_table_of_places(tx, p, u))  # type: ignore[misc]
        await StoredRotation(store).advance(person, "tip:")
        await StoredReminders(store).choose(person, 3, NOW)
        await subscribed(store, Target(person.platform, person.workspace, f"c{number}"))
    return known


async def test_after_thirty_days_nothing_is_left_of_the_workspace_and_others_lose_nothing(
    store: Store, ai_engineer: Catalog
) -> None:
    others = Person("slack", "T2", "U9", "Linus")
    gone, stays = await lived_in(store, ai_engineer, ADA, others)
    before = await store.read(lambda tx: of_places(tx, "slack", "T2"))
    await StoredWorkspaces(store).joined("slack", "T2", NOW)
    await StoredWorkspaces(store).left("slack", "T1", NOW)
    assert min((await store.read(lambda tx: of_places(tx, "slack", "T1"))).values()) > 0, "each table holds some"
    assert await Purge(store).run(NOW + KEPT - MINUTE) == 0
    assert await Purge(store).run(NOW + KEPT) > 0
    assert set((await store.read(lambda tx: of_places(tx, "slack", "T1"))).values()) == {0}
    after = await store.read(lambda tx: of_places(tx, "slack", "T2"))
    assert after == {**before, "workspaces": 1}
    for table in metadata.sorted_tables:
        if "learner" in table.c:
            left: set[Any] = await store.read(lambda tx, table=table: set(tx.scalars(select(table.c.learner))))  # type: ignore[misc]
            assert gone not in left, table.name
    assert await store.read(lambda tx: set(tx.scalars(select(learners.c.learner)))) == {stays}
    assert await Purge(store).run(NOW + KEPT) == 0


async def test_who_has_an_account_elsewhere_keeps_their_streak_and_who_roams_too(
    store: Store, ai_engineer: Catalog
) -> None:
    ada, grace = await lived_in(store, ai_engineer, ADA, ROAMING)
    linked = {"platform": "discord", "workspace": "", "user": "a", "learner": ada, "name": "Ada"}
    await store.run(lambda tx: tx.execute(insert(identities), linked).close())
    await StoredWorkspaces(store).left("slack", "T1", NOW)
    await StoredWorkspaces(store).left("discord", "7", NOW)
    await Purge(store).run(NOW + KEPT)
    days = await store.read(lambda tx: sorted(tx.scalars(select(ledger.c.learner))))
    assert days == sorted([ada, grace])
    accounts = await store.read(lambda tx: tx.execute(select(identities.c.workspace, identities.c.learner)).all())
    assert sorted(map(tuple, accounts)) == sorted([("", ada), ("", grace)])


async def test_who_comes_back_within_thirty_days_loses_nothing(memory: Store, ai_engineer: Catalog) -> None:
    places = StoredWorkspaces(memory)
    await lived_in(memory, ai_engineer, ADA)
    before = await memory.read(lambda tx: of_places(tx, "slack", "T1"))
    await places.left("slack", "T1", NOW)
    await places.joined("slack", "T1", NOW + 29 * DAY)
    assert await Purge(memory).run(NOW + 90 * DAY) == 0
    assert await memory.read(lambda tx: of_places(tx, "slack", "T1")) == {**before, "workspaces": 1}


async def test_it_goes_in_armfuls_and_the_workspace_itself_goes_last(memory: Store, ai_engineer: Catalog) -> None:
    await lived_in(memory, ai_engineer, *(Person("slack", "T1", f"U{n}") for n in range(5)))
    await StoredWorkspaces(memory).left("slack", "T1", NOW)
    armfuls = []
    while gone := await memory.run(lambda tx: purge(tx, NOW + KEPT, most=2)):
        armfuls.append(gone)
        there = await memory.read(lambda tx: of_places(tx, "slack", "T1"))
        assert there.pop("workspaces") == (1 if any(there.values()) or len(armfuls) < 4 else 0)
    assert len(armfuls) == 4
    assert armfuls[-1] == 1
    for table in metadata.sorted_tables:
        if "learner" in table.c:
            left: set[Any] = await memory.read(lambda tx, table=table: set(tx.scalars(select(table.c.learner))))  # type: ignore[misc]
            assert not left, table.name


async def test_what_a_claim_asks_of_places_is_one_look_for_each_armful(memory: Store) -> None:
    asked: list[str] = []

    def claimed(tx: Connection) -> None:
        event.listen(tx, "before_cursor_execute", lambda _c, _cursor, sql, *_: asked.append(sql))
        outbox.claim(tx, "me", NOW, NOW, ("slack",), frozenset(), 16)

    await put(memory, *(delivery(f"d{n}", Target("slack", f"T{n}", "news")) for n in range(5)))
    await memory.run(claimed)
    assert sum("FROM workspaces" in sql for sql in asked) == 1


# ── welcome, and who is there ─────────────────────────────────────────────────────────────────────────────────────────


async def test_who_looks_after_a_place_is_welcomed_once_and_again_after_a_return(store: Store) -> None:
    places = StoredWorkspaces(store)
    assert not await places.to_welcome("discord", "7")
    await places.joined("discord", "7", NOW)
    assert await places.to_welcome("discord", "7")
    assert [await places.welcome("discord", "7", NOW) for _ in range(2)] == [True, False]
    assert not await places.to_welcome("discord", "7")
    await places.left("discord", "7", NOW)
    await places.joined("discord", "7", NOW + DAY)
    assert await places.to_welcome("discord", "7")
    await subscribed(store, Target("discord", "7", user="77"))
    assert await places.to_welcome("discord", "7"), "what one person gets is no beginning for the place"
    await subscribed(store, Target("discord", "7", "news"))
    assert not await places.to_welcome("discord", "7")


async def test_places_are_told_page_by_page_without_those_that_were_left(store: Store) -> None:
    places = StoredWorkspaces(store)
    for n in range(5):
        await places.joined("discord", str(n), NOW)
    await places.joined("slack", "9", NOW)
    await places.left("discord", "2", NOW)
    first = await places.present("discord", "", 3)
    rest = await places.present("discord", first[-1], 3)
    assert [*first, *rest] == ["0", "1", "3", "4"]


async def test_while_the_bot_is_there_nothing_is_deleted(memory: Store) -> None:
    assert await Purge(memory).run(NOW + 10 * KEPT) == 0
    await StoredWorkspaces(memory).joined("slack", "T1", NOW)
    assert await Purge(memory).run(NOW + 10 * KEPT) == 0
    assert len(await memory.read(lambda tx: tx.execute(select(workspaces)).all())) == 1
