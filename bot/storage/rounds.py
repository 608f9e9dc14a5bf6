"""Rounds in the store: a question put to a channel, and what became of it. Each function is one whole transaction."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, exists, func, select

from bot.core.catalog import Question
from bot.core.chat import Person, Place
from bot.core.days import utc
from bot.delivery.outbox import Delivery, Target, delivery_id
from bot.learning.rounds import Tally
from bot.storage import outbox
from bot.storage.learners import learner_of
from bot.storage.once import InsertOnce
from bot.storage.store import Store
from bot.storage.tables import answers, identities, rounds, unlisted

#: The kind of delivery that a round's results are.
KIND = "round"
#: How long after its end the results are worth posting.
_WORTH = timedelta(days=1)
#: Rounds back in which a question counts as asked lately.
_RECENT = 100
#: Names that are told at most.
_NAMES = 10

_BEGIN = InsertOnce(rounds)


def recent(tx: Connection, place: Place) -> frozenset[str]:
    latest = select(rounds.c.question).where(_here(place)).order_by(rounds.c.opened.desc()).limit(_RECENT)
    return frozenset(tx.scalars(latest))


def open_round(tx: Connection, asked: str, question: str, place: Place, now: datetime, closes: datetime) -> str | None:
    is_open = select(rounds.c.asked).where(_here(place), rounds.c.closes > utc(now), rounds.c.announced)
    if (other := tx.scalar(is_open)) is not None:
        return str(other)
    begin(tx, asked, question, place, now, closes, announced=True)
    results = delivery_id(KIND, asked)
    target = Target(place.platform, place.workspace, place.channel)
    outbox.put(tx, Delivery(results, KIND, target, {"asked": asked}, closes, closes + _WORTH))
    return None


def begin(
    tx: Connection, asked: str, question: str, place: Place, now: datetime, closes: datetime, *, announced: bool
) -> None:
    """Note a round, once. announced: its results are posted at the end."""
    where = {"platform": place.platform, "workspace": place.workspace, "channel": place.channel}
    row = {"asked": asked, "question": question, "opened": utc(now), "closes": utc(closes), "announced": announced}
    _BEGIN(tx, row | where)


def _here(place: Place) -> ColumnElement[bool]:
    c = rounds.c
    return and_(c.platform == place.platform, c.workspace == place.workspace, c.channel == place.channel)


def tally(tx: Connection, asked: str, viewer: Person) -> Tally | None:
    found = tx.execute(
        select(rounds).where(
            rounds.c.asked == asked, rounds.c.platform == viewer.platform, rounds.c.workspace == viewer.workspace
        )
    ).one_or_none()
    if found is None:
        return None
    # By way of those who learn in this workspace: answers are found by their learner, not by their asking.
    given = (
        select(answers.c.learner, answers.c.choice, answers.c.at, func.min(identities.c.name).label("name"))
        .join_from(identities, answers, identities.c.learner == answers.c.learner)
        .where(identities.c.platform == viewer.platform, identities.c.workspace == viewer.workspace)
        .where(answers.c.asked == asked, answers.c.question == found.question, answers.c.at < found.closes)
        .group_by(answers.c.learner, answers.c.choice, answers.c.at)
        .subquery()
    )
    counts = {row.choice: row.many for row in tx.execute(_by_choice(given))}
    listed = ~exists().where(unlisted.c.learner == given.c.learner)
    right = select(given.c.name).where(given.c.choice == 0, given.c.name != "", listed)
    names = tx.scalars(right.order_by(given.c.at, given.c.name).limit(_NAMES))
    mine = tx.scalar(select(given.c.choice).where(given.c.learner == learner_of(viewer)))
    by_place = (counts.get(0, 0), counts.get(1, 0), counts.get(2, 0), counts.get(3, 0))
    return Tally(found.question, found.closes, by_place, tuple(names), mine, found.channel)


def _by_choice(given: Subquery) -> Select[tuple[int, int]]:
    return select(given.c.choice, func.count().label("many")).group_by(given.c.choice)


class StoredRounds:
    """The port over a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def recent(self, place: Place) -> frozenset[str]:
        return await self._store.read(lambda tx: recent(tx, place))

    async def open(self, asked: str, question: Question, place: Place, now: datetime, closes: datetime) -> str | None:
        return await self._store.run(lambda tx: open_round(tx, asked, question.id, place, now, closes))

    async def tally(self, asked: str, viewer: Person) -> Tally | None:
        return await self._store.read(lambda tx: tally(tx, asked, viewer))
