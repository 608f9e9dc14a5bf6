"""A row of answers, the same each time, and what must be kept of it. `writer.py` gives them; the tests look."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, select

from bot.core.catalog import Catalog, Question
from bot.core.chat import Call, Person, Request
from bot.core.dispatch import Dispatcher
from bot.learning.ledger import Kind
from bot.learning.quiz import asked_at, rate, review
from bot.storage.tables import answers, cards, ledger

#: As it is stored: FSRS's card as JSON, and when it is due.
Card = tuple[str, datetime]
#: Learners, each with a date.
Days = list[tuple[str, date]]

PEOPLE = ("ada", "grace", "alan", "edsger")
#: A person's answers in one sitting, and the questions that they are about, again and again.
SITTING, QUESTIONS = 500, 50
_BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def request(catalog: Catalog, number: int) -> Request:
    """The click that gives the n-th answer. Everybody has a sitting on one day, one after the other, then on the next.

    The n-th answers of two sittings are about one question; within one, so are those that are QUESTIONS apart.
    """
    sitting, within = divmod(number, SITTING)
    day, person = divmod(sitting, len(PEOPLE))
    at = _BEGIN + timedelta(days=day, seconds=within)
    asked = asked_at(at - timedelta(seconds=number * 7 % 90), number)
    question = catalog.all(Question)[number % QUESTIONS]
    call = Call.of("quiz", q=question.id, asked=asked, pick=str(number % 4))
    return Request(Person("test", "w", PEOPLE[person]), call, at)


async def give(mind: Dispatcher, number: int) -> None:
    """Give the n-th answer. Raises RuntimeError if it was not acknowledged."""
    said = await mind.answer(request(mind.world.catalog, number))
    if said.title not in {"Right", "Not this one"}:
        raise RuntimeError(f"answer {number}: {said.title}")


def kept(tx: Connection) -> list[int]:
    """The numbers of the answers that are kept; as often as they are."""
    return [int(asked.rpartition("-")[2], 36) for asked in tx.scalars(select(answers.c.asked))]


def reviewed(tx: Connection) -> list[tuple[Card | None, list[Any]]]:
    """Each card, beside all answers to its question by its learner in the order of their moments."""
    known = {(row.learner, row.question): (row.card, row.due) for row in tx.execute(select(cards))}
    given: dict[tuple[str, str], list[Any]] = {key: [] for key in known}
    for row in tx.execute(select(answers).order_by(answers.c.at)):
        given.setdefault((row.learner, row.question), []).append(row)
    return [(known.get(key), rows) for key, rows in given.items()]


def replayed(rows: Iterable[Any]) -> Card:
    """The card that the rules make of these answers in this order."""
    card, due, missed = None, _BEGIN, set[date]()
    for row in rows:
        rating = rate(right=row.right, seconds=row.took, missed_today=row.day in missed)
        card, due = review(card, rating, row.at)
        if not row.right:
            missed.add(row.day)
    return card or "", due


def days(tx: Connection) -> tuple[Days, Days, Days]:
    """The days that the ledger counts; those on which an answer was the first; those with any answer."""
    counted = select(ledger.c.learner, ledger.c.day).where(ledger.c.kind == Kind.ANSWERED)
    daily = select(answers.c.learner, answers.c.day).where(answers.c.daily)
    every = select(answers.c.learner, answers.c.day).distinct()
    return _days(tx, counted), _days(tx, daily), _days(tx, every)


def _days(tx: Connection, query: Select[Any]) -> Days:
    return sorted((row.learner, row.day) for row in tx.execute(query))
