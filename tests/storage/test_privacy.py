"""What is kept about a person can be had whole and deleted whole; and nobody else's is in it, or lost."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from bot import content
from bot.core.catalog import Question
from bot.core.chat import Person
from bot.core.ports import Kept
from bot.features import privacy as feature
from bot.learning.habits import choose_rest
from bot.learning.quiz import asked_at
from bot.storage.learning import StoredLearning
from bot.storage.privacy import StoredPrivacy
from bot.storage.rotation import StoredRotation
from bot.storage.store import Store
from bot.storage.tables import (
    codes,
    deliveries,
    greeted,
    identities,
    metadata,
    reminders,
    reports,
    rounds,
    subscriptions,
    tries,
    unlisted,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADA = Person("slack", "team-7", "account-of-ada", "Ada Lovelace")
GRACE = Person("slack", "team-7", "account-of-grace", "Grace Hopper")
#: One account of Discord's, met in two servers.
ROAMING = (
    Person("discord", "guild-1", "discord-ada", "Ada L.", roams=True),
    Person("discord", "guild-2", "discord-ada", "Ada in the second", roams=True),
)
#: Tables that hold nothing about anybody.
NOBODY = {"rounds", "workspaces", "heard", "turns", "leases", "slack_bots", "slack_oauth_states"}
TABLES = [table.name for table in metadata.sorted_tables if table.name not in NOBODY]


async def use(store: Store, person: Person) -> None:
    """Leave something in every table."""
    catalog = content.load(content.find("ai-engineer"))
    learning = StoredLearning(store, catalog)
    for number, question in enumerate(catalog.all(Question)[:2]):
        await learning.answer(person, asked_at(NOW, number), question, 0, NOW)
    await learning.change(person, lambda habits, today: choose_rest(habits, frozenset({6}), today), NOW)
    await StoredRotation(store).advance(person, "tip:")
    await store.run(lambda tx: leave(tx, person))


def leave(tx: Connection, person: Person) -> None:
    """Rows of the tables that other features fill: as these would, in the shortest way."""
    account = dict(zip(("platform", "workspace", "user"), person.account, strict=True))
    learner = tx.scalar(select(identities.c.learner).where(identities.c.user == person.user))
    digest = f"digest of {person.user}"
    tx.execute(insert(reports), {"learner": learner, "question": "q-1", "at": NOW, "said": f"Said by {person.name}"})
    tx.execute(insert(unlisted), {"learner": learner})
    tx.execute(insert(codes), {"digest": digest, "learner": learner, "made": NOW})
    tx.execute(insert(tries), {**account, "count": 2, "since": NOW})
    tx.execute(insert(greeted), {**account, "at": NOW})
    tx.execute(insert(reminders), {**account, "learner": learner, "hours": 3, "next": NOW})
    personal = account | {"channel": ""}
    tx.execute(insert(subscriptions), subscription(f"of {person.user}", personal, person))
    tx.execute(insert(deliveries), delivery(f"to {person.user}", account | {"channel": ""}, {"to": person.name}))


def subscription(name: str, where: dict[str, str], by: Person) -> dict[str, Any]:
    return {
        "subscription": name, **where, "zone": "UTC", "weekday": 0, "at": "09:00", "off": "", "by": by.user,
        "by_name": by.name, "paused": None, "failed": 0, "since": NOW, "week": None, "next": None,
    }  # fmt: skip


def delivery(name: str, where: dict[str, str], about: dict[str, str]) -> dict[str, Any]:
    return {
        "delivery": name, "kind": "reminder", **where, "about": json.dumps(about), "due": NOW,
        "until": NOW + timedelta(hours=1), "state": "sent", "tries": 1, "next": None, "owner": None, "reason": "",
        "message": "m-1", "ended": NOW,
    }  # fmt: skip


def for_all(tx: Connection) -> None:
    """What a whole channel is told: nobody's."""
    place = {"platform": "slack", "workspace": "team-7", "channel": "c"}
    tx.execute(
        insert(rounds), {"asked": "r-1", "question": "q-1", **place, "opened": NOW, "closes": NOW, "announced": True}
    )
    tx.execute(insert(deliveries), delivery("to a channel", place | {"user": ""}, {}))


def link(tx: Connection, person: Person, to: Person) -> None:
    """Give somebody's learner one more account, as a code does."""
    learner = tx.scalar(select(identities.c.learner).where(identities.c.user == to.user))
    for workspace in sorted({person.account[1], person.workspace}):
        row = {"platform": person.platform, "workspace": workspace, "user": person.user}
        tx.execute(insert(identities), {**row, "learner": learner, "name": person.name})


def everything(tx: Connection) -> dict[str, list[Any]]:
    return {table.name: [tuple(row) for row in tx.execute(select(table))] for table in metadata.sorted_tables}


def traces(rows: dict[str, list[Any]], *words: str) -> dict[str, int]:
    """How many rows of each table have one of these words in them."""
    return dict(Counter(name for name, held in rows.items() for row in held if any(word in str(row) for word in words)))


async def learner_of(store: Store, person: Person) -> str:
    which = select(identities.c.learner).where(identities.c.user == person.user)
    return str(await store.read(lambda tx: tx.scalar(which)))


def written(kept: Kept) -> str:
    return json.dumps([kept.accounts, kept.rows])


async def test_after_deletion_no_table_names_the_person_and_the_others_stay(store: Store) -> None:
    privacy = StoredPrivacy(store)
    await use(store, ADA)
    await use(store, GRACE)
    await store.run(for_all)
    words = ("account-of-ada", "Ada Lovelace", await learner_of(store, ADA))
    counted, before = await privacy.counted(ADA), await store.read(everything)
    assert counted == traces(before, *words)
    assert list(counted) == TABLES
    assert await privacy.forget(ADA) == sum(counted.values())
    assert await privacy.counted(ADA) == {}
    after = await store.read(everything)
    assert traces(after, *words) == {}
    for name, rows in before.items():
        kept = [row for row in rows if not any(word in str(row) for word in words)]
        assert sorted(map(str, after[name])) == sorted(map(str, kept)), name


async def test_the_export_holds_every_row_of_the_person_and_none_of_anybody_else(store: Store) -> None:
    privacy = StoredPrivacy(store)
    await use(store, ADA)
    await use(store, GRACE)
    await store.run(for_all)
    kept = await privacy.export(ADA)
    assert {name: len(rows) for name, rows in kept.rows.items()} == await privacy.counted(ADA)
    assert list(kept.rows) == TABLES
    assert kept.accounts == [("slack", "team-7", "account-of-ada")]
    learner = await learner_of(store, ADA)
    for name, rows in kept.rows.items():
        assert all("account-of-ada" in str(row) or learner in str(row) for row in rows), name
    for foreign in ("account-of-grace", "Grace Hopper", await learner_of(store, GRACE), "to a channel"):
        assert foreign not in written(kept)
    assert kept == await privacy.export(ADA)


async def test_the_export_is_plain_data_with_zones_and_without_secrets(store: Store) -> None:
    await use(store, ADA)
    kept = await StoredPrivacy(store).export(ADA)
    answers = kept.rows["answers"]
    assert [row["asked"] for row in answers] == sorted(row["asked"] for row in answers)
    assert answers[0]["right"] is True
    assert date.fromisoformat(answers[0]["day"]) == NOW.date()
    assert datetime.fromisoformat(answers[0]["at"]) == NOW
    assert datetime.fromisoformat(kept.rows["cards"][0]["card"]["last_review"]) == NOW
    assert kept.rows["preferences"][0]["wishes"]["rest"] == [["2026-11-23", [6]]]
    assert kept.rows["deliveries"][0]["about"] == {"to": "Ada Lovelace"}
    assert list(kept.rows["codes"][0]) == ["learner", "made"]
    assert "digest of" not in written(kept)
    # What begins like JSON is JSON, so no column of it was left as text.
    texts = [value for rows in kept.rows.values() for row in rows for value in row.values() if isinstance(value, str)]
    assert not any(text.startswith(("{", "[")) for text in texts)


@pytest.mark.parametrize("asking", [ADA, *ROAMING], ids=["slack", "first server", "second server"])
async def test_whichever_linked_account_asks_it_is_all_of_them(store: Store, asking: Person) -> None:
    privacy = StoredPrivacy(store)
    await use(store, ADA)
    await use(store, GRACE)
    for there in ROAMING:
        await StoredRotation(store).advance(there, f"pool of {there.workspace}")
    await store.run(lambda tx: link(tx, ROAMING[0], ADA))
    learning = StoredLearning(store, content.load(content.find("ai-engineer")))
    await learning.change(ROAMING[1], lambda habits, _: habits, NOW)  # by which it is known that she learns there too
    here = {"platform": "discord", "workspace": "guild-2", "user": "discord-ada", "channel": ""}
    await store.run(lambda tx: tx.execute(insert(deliveries), delivery("in the second", here, {})).rowcount)
    words = ("account-of-ada", "discord-ada", await learner_of(store, ADA))
    rows = await store.read(everything)
    assert traces(rows, "discord-ada") == {"rotation": 2, "identities": 3, "deliveries": 1}

    counted, kept = await privacy.counted(asking), await privacy.export(asking)
    assert counted == traces(rows, *words) == {name: len(held) for name, held in kept.rows.items()}
    assert kept.accounts == [
        ("discord", "", "discord-ada"), ("discord", "guild-1", "discord-ada"), ("discord", "guild-2", "discord-ada"),
        ("slack", "team-7", "account-of-ada"),
    ]  # fmt: skip
    hers = await privacy.export(GRACE)
    assert not any(word in written(hers) for word in words)
    assert await privacy.forget(asking) == sum(counted.values())
    assert traces(await store.read(everything), *words) == {}
    assert await privacy.export(GRACE) == hers


async def test_somebody_unknown_has_nothing_to_delete_and_nobody_has_what_is_for_all(store: Store) -> None:
    privacy = StoredPrivacy(store)
    await use(store, GRACE)
    await store.run(for_all)
    before = await store.read(everything)
    for unknown in (ADA, Person("slack", "team-7", "")):
        assert await privacy.counted(unknown) == {}
        assert (await privacy.export(unknown)).rows == {}
        assert await privacy.forget(unknown) == 0
    assert await store.read(everything) == before


def test_every_table_that_can_be_about_a_person_has_a_name_for_people() -> None:
    about_people = {
        table.name
        for table in metadata.sorted_tables
        if "learner" in table.c or {"platform", "workspace", "user"} <= set(table.c.keys())
    }
    assert set(feature._CALLED) == about_people == set(TABLES)


async def test_what_somebody_set_up_for_a_channel_stays_without_their_name(store: Store) -> None:
    place = {"platform": ADA.platform, "workspace": ADA.workspace, "channel": "news", "user": ""}
    await use(store, ADA)
    await store.run(lambda tx: tx.execute(insert(subscriptions), subscription("news", place, ADA)).close())
    assert len((await StoredPrivacy(store).export(ADA)).rows["subscriptions"]) == 2
    await StoredPrivacy(store).forget(ADA)
    (kept,) = await store.read(lambda tx: tx.execute(select(subscriptions)).all())
    assert (kept.subscription, kept.by, kept.by_name) == ("news", "", "")
