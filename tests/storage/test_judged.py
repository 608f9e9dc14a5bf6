"""Transactions that take each step together come to what they come to one after the other, on both engines."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.core.catalog import Catalog, Question
from bot.core.chat import Person
from bot.learning.linking import Joined
from bot.learning.quiz import asked_at
from bot.storage import judged, statements
from bot.storage.judged import Judged
from bot.storage.learning import StoredLearning
from bot.storage.linking import StoredLinking
from bot.storage.opening import open_store
from bot.storage.statements import Write, by, given, row, the
from bot.storage.store import Store
from bot.storage.tables import answers, cards, identities, ledger, preferences, rotation
from tests.storage.test_store import commit_together

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_TAKEN = select(rotation.c.taken).where(by(rotation, "user"))
_FIRST = insert(rotation).values(given(rotation))
_NEXT = update(rotation).where(rotation.c.user == bindparam("rotation_user")).values(given(rotation, "taken"))


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many read together, each time."""
    seen: list[int] = []
    usual = statements.fetch_each

    def fetch_each(tx: Connection, statement: Any, several: Sequence[Mapping[str, object]]) -> list[Sequence[Any]]:
        seen.append(len(several))
        return usual(tx, statement, several)

    monkeypatch.setattr(judged, "fetch_each", fetch_each)
    return seen


def taking(user: str, and_then: Callable[[int], None] = lambda _taken: None) -> Judged[int]:
    """One more tip for somebody: how many they had. and_then: is told so, and may object."""

    def judge(_tx: Connection, rows: Sequence[Any]) -> tuple[int, list[Write]]:
        taken = rows[0].taken if rows else 0
        and_then(taken)
        if rows:
            return taken, [(_NEXT, row(rotation, user=user, taken=taken + 1))]
        return 0, [(_FIRST, row(rotation, platform="test", workspace="w", user=user, pool="p", taken=1))]

    return Judged(_TAKEN, the(user=user), judge, lambda _rows: [user])


async def taken(store: Store) -> dict[str, int]:
    return await store.read(
        lambda tx: {one.user: one.taken for one in tx.execute(select(rotation.c.user, rotation.c.taken))}
    )


async def test_those_about_the_same_see_each_other(store: Store, steps: list[int]) -> None:
    users = [*"abacab", *"aa"]
    had = await asyncio.gather(*(store.run(taking(user)) for user in users))
    assert had == [0, 0, 1, 0, 2, 1, 3, 4]
    assert await taken(store) == {"a": 5, "b": 2, "c": 1}
    assert max(steps) > 1


async def test_one_that_is_asked_for_twice_is_done_twice(store: Store) -> None:
    one = taking("a")
    assert await commit_together(store, one, one, taking("b")) == [0, 1, 0]
    assert await taken(store) == {"a": 2, "b": 1}


async def test_one_that_objects_is_told_and_the_others_are_kept(store: Store) -> None:
    def no(taken: int) -> None:
        raise ValueError(f"{taken} is too many")

    had = await asyncio.gather(
        *(store.run(taking(user)) for user in "ab"),
        store.run(taking("c", no)),
        *(store.run(taking(user)) for user in "de"),
        return_exceptions=True,
    )
    assert had[:2] + had[3:] == [0, 0, 0, 0]
    assert isinstance(had[2], ValueError)
    assert await taken(store) == dict.fromkeys("abde", 1)


async def test_what_the_database_refuses_of_one_is_told_to_that_one(store: Store) -> None:
    twice = 2 * [(_FIRST, row(rotation, platform="test", workspace="w", user="b", pool="p", taken=1))]
    refused = replace(taking("b"), judge=lambda _tx, _rows: (0, twice))
    had = await asyncio.gather(*map(store.run, (taking("a"), refused, taking("c"))), return_exceptions=True)
    assert [had[0], had[2]] == [0, 0]
    assert isinstance(had[1], IntegrityError)
    assert await taken(store) == {"a": 1, "c": 1}


async def test_it_is_a_transaction_as_any_other(store: Store) -> None:
    def both(tx: Connection) -> tuple[int, int]:
        return taking("a")(tx), taking("a")(tx)

    assert await store.run(both) == (0, 1)
    assert await store.run(taking("a")) == 2


# ── answers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def crowd() -> list[Person]:
    """Some are one learner on two platforms, some roam, some are in two places, and some are known by a new name."""
    slack = [Person("slack", "T1", f"U{n}", f"u{n}", zone="Europe/Berlin" if n % 2 else None) for n in range(5)]
    roaming = [Person("discord", guild, f"{n}", f"d{n}", roams=True) for n in range(3) for guild in ("g1", "g2")]
    return [*slack, *roaming, replace(slack[0], name="Ada")]


#: Those who are one learner, from the second day on.
LINKED = ((0, 5), (1, 7))


async def lived(url: str, catalog: Catalog, *, at_once: bool) -> tuple[list[Any], list[tuple[Any, ...]]]:
    """What a crowd was told in five days of answers, and all that is kept of it, by names that do not change."""
    chance = Random(11)  # noqa: S311 # who says what, the same each time
    people, questions = crowd(), catalog.all(Question)[:6]
    told: list[Any] = []
    async with open_store(url) as store:
        learning, linking = StoredLearning(store, catalog), StoredLinking(store)
        for turn in range(25):
            now = NOW + timedelta(hours=5 * turn)
            if turn == 5:
                for one, other in LINKED:
                    await linking.offer(people[one], f"7KQ4-M2X{one}", now)
                    assert isinstance(await linking.join(people[other], f"7KQ4-M2X{one}", now), Joined)
            said = [
                (chance.choice(people), asked_at(now, n % 7), chance.choice(questions), chance.randrange(4), at)
                for n, at in enumerate(now + timedelta(seconds=n) for n in range(14))
            ]
            if at_once:
                told += await asyncio.gather(*(learning.answer(*one) for one in said))
            else:
                told += [await learning.answer(*one) for one in said]
        return told, await store.read(everything)


def everything(tx: Connection) -> list[tuple[Any, ...]]:
    found = tx.execute(select(identities).order_by(*identities.primary_key))
    names = {one.learner: str((one.platform, one.workspace, one.user)) for one in found}
    return sorted(
        (table.name, *(names.get(cell, str(cell)) for cell in one))
        for table in (identities, preferences, ledger, answers, cards)
        for one in tx.execute(select(table))
    )


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_many_answers_at_once_come_to_what_they_come_to_one_by_one(
    engine: str, fresh: Callable[[str], str], ai_engineer: Catalog, steps: list[int]
) -> None:
    told, kept = await lived(fresh(engine), ai_engineer, at_once=False)
    assert not steps
    told_at_once, kept_at_once = await lived(fresh(engine), ai_engineer, at_once=True)
    assert max(steps) > 7
    assert kept_at_once == kept
    assert told_at_once == told
