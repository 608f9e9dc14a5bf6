"""Every table, for both engines. Migrations make them; a test holds that the two agree.

What a table keeps to, so that a backup is the same file whichever engine it comes from:
- its key is made of what the bot knows or makes itself, never counted by the database: no sequence to restore;
- its columns are of types that both engines keep alike;
- no row refers to a row of its own table, so that rows may come back in any order.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. Kept without a zone, as SQLite knows none; given back with it."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None else value.replace(tzinfo=UTC)


#: How many of a pool each person has been given.
rotation = Table(
    "rotation",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("workspace", Text, primary_key=True),
    Column("user", Text, primary_key=True),
    Column("pool", Text, primary_key=True),
    Column("taken", Integer, nullable=False),
)

#: Somebody who learns; may have several accounts. The key is drawn at random.
learners = Table(
    "learners",
    metadata,
    Column("learner", Text, primary_key=True),
    Column("since", Moment, nullable=False),
)

#: An account, and whose it is. The name is the one that the platform gave last.
identities = Table(
    "identities",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("workspace", Text, primary_key=True),
    Column("user", Text, primary_key=True),
    Column("learner", ForeignKey("learners.learner"), nullable=False),
    Column("name", Text, nullable=False),
    Index("ix_identities_learner", "learner"),
)

#: How a learner wants to be counted. `wishes` holds rest days, goals and pauses as JSON; no row: as a new learner.
preferences = Table(
    "preferences",
    metadata,
    Column("learner", ForeignKey("learners.learner"), primary_key=True),
    Column("zone", Text, nullable=False),
    Column("border", Text, nullable=False),
    Column("wishes", Text, nullable=False),
)

#: How well a learner knows a question: FSRS's card as JSON, when it is due, and the local day of the last answer.
cards = Table(
    "cards",
    metadata,
    Column("learner", ForeignKey("learners.learner"), primary_key=True),
    Column("question", Text, primary_key=True),
    Column("card", Text, nullable=False),
    Column("due", Moment, nullable=False),
    Column("last_day", Date, nullable=False),
)

#: Each answer, once: `asked` names the one time that the question was put. `choice` is its place in the bank, 0 the
#: right one; `daily`: it was the first of its local day; `took`: seconds since the question was put, if known.
answers = Table(
    "answers",
    metadata,
    Column("learner", ForeignKey("learners.learner"), primary_key=True),
    Column("asked", Text, primary_key=True),
    Column("question", Text, nullable=False),
    Column("choice", Integer, nullable=False),
    Column("right", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Column("day", Date, nullable=False),
    Column("zone", Text, nullable=False),
    Column("daily", Boolean, nullable=False),
    Column("took", Integer),
    Index("ix_answers_learner", "learner", "day"),
)

#: The streak's days, each with its cause (bot.learning.ledger). Rows are only ever added.
ledger = Table(
    "ledger",
    metadata,
    Column("learner", ForeignKey("learners.learner"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, nullable=False),
    Column("kind", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("border", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
