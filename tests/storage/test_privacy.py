"""Deleting is complete: afterwards no row of any table names the person, and nobody else lost one."""

from datetime import UTC, datetime

from sqlalchemy import Connection, select

from bot import content
from bot.core.catalog import Question
from bot.core.chat import Person
from bot.learning.habits import choose_rest
from bot.learning.quiz import asked_at
from bot.storage.learning import StoredLearning
from bot.storage.privacy import StoredPrivacy
from bot.storage.rotation import StoredRotation
from bot.storage.store import Store
from bot.storage.tables import identities, metadata

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADA = Person("discord", "guild-7", "account-of-ada", "Ada Lovelace")
GRACE = Person("discord", "guild-7", "account-of-grace", "Grace Hopper")


async def use(store: Store, person: Person) -> None:
    """Leave something in every table."""
    catalog = content.load(content.find("ai-engineer"))
    learning = StoredLearning(store, catalog)
    await learning.answer(person, asked_at(NOW, 1), catalog.all(Question)[0], 0, NOW)
    await learning.change(person, lambda habits, today: choose_rest(habits, frozenset({6}), today), NOW)
    await learning.report(person, catalog.all(Question)[0], "too easy", NOW)
    await StoredRotation(store).advance(person, "tip:")


#: Tables that hold nothing about anybody.
NOBODY = {"rounds"}
#: Tables that no feature fills yet.
EMPTY = {"unlisted", "codes", "tries", "reminders", "deliveries"}


def everything(tx: Connection) -> dict[str, str]:
    return {table.name: str([tuple(row) for row in tx.execute(select(table))]) for table in metadata.sorted_tables}


async def test_after_deletion_no_table_names_the_person_and_the_others_stay(store: Store) -> None:
    privacy = StoredPrivacy(store)
    await use(store, ADA)
    await use(store, GRACE)
    learner = await store.read(lambda tx: tx.scalar(select(identities.c.learner).where(identities.c.name == ADA.name)))
    counted = await privacy.counted(ADA)
    assert set(counted) == {table.name for table in metadata.sorted_tables} - NOBODY - EMPTY
    assert await privacy.forget(ADA) == sum(counted.values())
    assert await privacy.counted(ADA) == {}
    assert await privacy.counted(GRACE) == counted
    for name, rows in (await store.read(everything)).items():
        for trace in ("account-of-ada", "Ada Lovelace", str(learner)):
            assert trace not in rows, name
        assert (rows != "[]") is (name in counted), name


async def test_somebody_unknown_has_nothing_to_delete(store: Store) -> None:
    assert await StoredPrivacy(store).counted(ADA) == {}
    assert await StoredPrivacy(store).forget(ADA) == 0
