"""What learners find wrong in questions: kept for the authors, without a word on who said it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from bot.core.days import utc
from bot.storage.tables import reports


@dataclass(frozen=True, slots=True)
class Reported:
    """One question's reports, the oldest first. since: when the oldest was made, in UTC."""

    question: str
    since: datetime
    said: tuple[str, ...]


def report(tx: Connection, learner: str, question: str, said: str, now: datetime) -> None:
    """Keep a learner's report of a question; a second one replaces the words of the first."""
    mine = (reports.c.learner == learner, reports.c.question == question)
    if tx.execute(update(reports).where(*mine).values(said=said)).rowcount == 0:
        tx.execute(insert(reports), {"learner": learner, "question": question, "at": utc(now), "said": said})


def reported(tx: Connection) -> tuple[Reported, ...]:
    """Every question with a report, the most reported first."""
    rows = tx.execute(
        select(reports.c.question, reports.c.at, reports.c.said).order_by(reports.c.at, reports.c.learner)
    )
    found: dict[str, tuple[datetime, list[str]]] = {}
    for question, at, said in rows:
        found.setdefault(question, (at, []))[1].append(said)
    every = (Reported(question, since, tuple(said)) for question, (since, said) in found.items())
    return tuple(sorted(every, key=lambda one: (-len(one.said), one.since, one.question)))
