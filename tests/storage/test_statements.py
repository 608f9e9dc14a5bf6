"""The short way to the driver gives and takes what SQLAlchemy's own does."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.storage.statements import by, fetch, fetch_each, given, row, the, write, write_each
from bot.storage.store import Store
from bot.storage.tables import answers, cards, learners

AT = datetime(2026, 11, 24, 23, 30, 0, 250_000, timezone(timedelta(hours=-3)))
ANSWER: dict[str, object] = {
    "learner": "ada", "asked": "a", "question": "q", "choice": 2, "right": True, "at": AT, "day": date(2026, 11, 24),
    "zone": "America/Sao_Paulo", "daily": False, "took": None,
}  # fmt: skip
CARD: dict[str, object] = {"learner": "ada", "question": "q", "card": "{}", "due": AT, "last_day": date(2026, 11, 24)}
_ANSWERED, _NEW = insert(answers).values(given(answers)), insert(cards).values(given(cards))
_REVIEWED = update(cards).where(cards.c.question == bindparam("cards_question")).values(given(cards, "card"))
_FOUND = (
    select(answers, cards.c.due)
    .outerjoin(cards, (cards.c.learner == answers.c.learner) & (cards.c.card != "gone"))
    .where(by(answers, "learner"))
)


def ada(tx: Connection) -> None:
    tx.execute(insert(learners), {"learner": "ada", "since": AT})


async def test_what_is_written_together_is_all_there(store: Store) -> None:
    def written(tx: Connection) -> list[Any]:
        ada(tx)
        write(tx, (_ANSWERED, row(answers, **ANSWER)), (_NEW, row(cards, **CARD)))
        write(tx, (_REVIEWED, row(cards, question="q", card="known")))
        return [tx.execute(select(answers)).one()._asdict(), tx.execute(select(cards)).one()._asdict()]

    answered, card = await store.run(written)
    assert answered == ANSWER | {"at": AT.astimezone(UTC)}
    assert card == CARD | {"due": AT.astimezone(UTC), "card": "known"}


async def test_what_is_fetched_is_what_sqlalchemy_gives(store: Store) -> None:
    def both(tx: Connection) -> tuple[list[Any], list[Any]]:
        ada(tx)
        tx.execute(insert(answers), [ANSWER, ANSWER | {"asked": "b", "took": 7, "right": False}])
        tx.execute(insert(cards), CARD)
        found = fetch(tx, _FOUND, the(learner="ada"))
        usual = tx.execute(_FOUND, the(learner="ada")).all()
        assert [one.took for one in found] == [None, 7]
        return [tuple(one) for one in found], [tuple(one) for one in usual]

    found, usual = await store.run(both)
    assert found == usual
    assert [type(cell) for cell in found[0]] == [type(cell) for cell in usual[0]]
    assert not await store.read(lambda tx: fetch(tx, _FOUND, the(learner="nobody")))


async def test_what_is_fetched_for_each_is_what_is_fetched_for_one(store: Store) -> None:
    people = ["ada", "nobody", "grace", "ada"]

    def both(tx: Connection) -> list[list[list[Any]]]:
        tx.execute(insert(learners), [{"learner": one, "since": AT} for one in ("ada", "grace")])
        given_before = [ANSWER, ANSWER | {"asked": "b", "took": 7}, ANSWER | {"learner": "grace", "right": False}]
        write_each(tx, [(_ANSWERED, row(answers, **one)) for one in given_before])
        write_each(tx, [(_NEW, row(cards, **CARD))])
        each = fetch_each(tx, _FOUND, [the(learner=one) for one in people])
        alone = [fetch(tx, _FOUND, the(learner=one)) for one in people]
        cells = [column.name for column in _FOUND.selected_columns]
        return [[_cells(rows, cells) for rows in found] for found in (each, alone)]

    each, alone = await store.run(both)
    assert each == alone
    assert [len(rows) for rows in each] == [2, 0, 1, 2]


def _cells(rows: Sequence[Any], names: list[str]) -> list[tuple[Any, ...]]:
    return sorted((tuple(getattr(one, name) for name in names) for one in rows), key=str)


async def test_a_value_that_is_not_given_is_no_null(store: Store) -> None:
    without_took = {name: value for name, value in ANSWER.items() if name != "took"}
    with pytest.raises(KeyError, match="the_learner"):
        await store.read(lambda tx: fetch(tx, _FOUND, the(who="ada")))
    with pytest.raises(KeyError, match="answers_took"):
        await store.run(lambda tx: write(tx, (_ANSWERED, row(answers, **without_took))))


async def test_what_the_database_refuses_is_not_kept(store: Store) -> None:
    def twice(tx: Connection) -> None:
        ada(tx)
        write(tx, (_NEW, row(cards, **CARD)))
        write(tx, (_NEW, row(cards, **CARD)))

    with pytest.raises(IntegrityError):
        await store.run(twice)
    assert await store.read(lambda tx: tx.execute(select(learners)).all() == [])
