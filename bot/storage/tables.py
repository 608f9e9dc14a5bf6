"""Every table, for both engines. Migrations make them; a test holds that the two agree.

What a table keeps to, so that a backup is the same file whichever engine it comes from:
- its key is made of what the bot knows or makes itself, never counted by the database: no sequence to restore;
- its columns are of types that both engines keep alike;
- no row refers to a row of its own table, so that rows may come back in any order.
"""

import secrets
from datetime import UTC, datetime
from typing import Any

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
    UniqueConstraint,
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


#: The length of a moment as we write it to SQLite.
_AS_WRITTEN = len("2026-11-24 09:00:00.000000")


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. Kept without a zone, as SQLite knows none; given back with it."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None else value.replace(tzinfo=UTC)

    def bind_processor(self, dialect: Dialect) -> Any:
        """SQLite keeps a text, which Python writes, and reads, in a third of the time that SQLAlchemy takes for it."""
        return _written if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return _read if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _written(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(" ", "microseconds")[:26] if moment else None


def _read(text: str | None) -> datetime | None:
    if text is None:
        return None
    if len(text) == _AS_WRITTEN:
        return datetime.fromisoformat(text + "+00:00")
    return datetime.fromisoformat(text).replace(tzinfo=UTC)  # by a person's hand: a day alone, or a zone with it


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

#: An account, and whose it is. The name is the one that the platform gave last. An account that roams (Discord) has a
#: row with no workspace, which says whose it is, and one for each workspace where its owner learns.
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

#: What a learner finds wrong in a question. One report a question and learner; `said` is "" where no reason was given.
reports = Table(
    "reports",
    metadata,
    Column("learner", ForeignKey("learners.learner"), primary_key=True),
    Column("question", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("said", Text, nullable=False),
)

#: Learners who are on no leaderboard.
unlisted = Table(
    "unlisted",
    metadata,
    Column("learner", ForeignKey("learners.learner"), primary_key=True),
)

#: Codes that join accounts. Only the code's SHA-256 is kept; a code that was used, or is too old, has no row.
codes = Table(
    "codes",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("learner", ForeignKey("learners.learner"), nullable=False),
    Column("made", Moment, nullable=False),
    Index("ix_codes_learner", "learner"),
)

#: Codes that an account has tried in vain, since when.
tries = Table(
    "tries",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("workspace", Text, primary_key=True),
    Column("user", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("since", Moment, nullable=False),
)

#: Who wants a private message before their day ends: to which account, how many hours before, and when next.
reminders = Table(
    "reminders",
    metadata,
    Column("learner", ForeignKey("learners.learner"), primary_key=True),
    Column("platform", Text, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("hours", Integer, nullable=False),
    Column("next", Moment, nullable=False),
    Index("ix_reminders_next", "next"),
)

#: A question put to a whole channel. Its answers are those with the same `asked`. `announced`: its results are posted.
rounds = Table(
    "rounds",
    metadata,
    Column("asked", Text, primary_key=True),
    Column("question", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("opened", Moment, nullable=False),
    Column("closes", Moment, nullable=False),
    Column("announced", Boolean, nullable=False),
    Index("ix_rounds_place", "platform", "workspace", "channel", "opened"),
)

#: The outbox: what the bot says unasked, each thing once (bot.delivery). `user` is "" for a channel, `channel` is ""
#: for a private message; `about` is JSON. `next` is when to look at it again: the first try, a later one, or the end of
#: the lease of the `owner` who is at it now; none once it has ended.
deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("due", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next", Moment),
    Column("owner", Text),
    Column("reason", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("ended", Moment),
    Index("ix_deliveries_next", "next"),
    Index("ix_deliveries_place", "platform", "workspace", "channel", "due"),
)

#: Weekly digests: one for a channel, or (with `user`, and no channel) for one person. `week` and `next` are the next
#: slot: its local week, and its moment; none while it is paused until somebody resumes it. `off` names the sections
#: that are switched off, with blanks between; `at` is the local time, `paused` the last day without a digest.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("subscription", Text, primary_key=True),
    Column("platform", Text, nullable=False),
    Column("workspace", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("off", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("by_name", Text, nullable=False),
    Column("paused", Date),
    Column("failed", Integer, nullable=False),
    Column("since", Moment, nullable=False),
    Column("week", Date),
    Column("next", Moment),
    UniqueConstraint("platform", "workspace", "channel", "user", name="uq_subscriptions_target"),
    Index("ix_subscriptions_next", "next"),
)

#: Where the bot is, or was: a Slack workspace, a Discord server. `left` is when it was taken out, none while it is
#: there; `welcomed` is when whoever looks after it was told how to begin, none before.
workspaces = Table(
    "workspaces",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("workspace", Text, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("left", Moment),
    Column("welcomed", Moment),
    Index("ix_workspaces_left", "left"),
)

#: Accounts that have been told once what the bot is.
greeted = Table(
    "greeted",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("workspace", Text, primary_key=True),
    Column("user", Text, primary_key=True),
    Column("at", Moment, nullable=False),
)

#: What a platform has told us and may tell us again, such as an event's id, so that one replica acts on it, once.
heard = Table(
    "heard",
    metadata,
    Column("what", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Index("ix_heard_at", "at"),
)

#: What replicas do one after the other, such as to identify a shard: when the next may.
turns = Table(
    "turns",
    metadata,
    Column("turn", Text, primary_key=True),
    Column("next", Moment, nullable=False),
)

#: What one process does and no other meanwhile, such as to serve a shard of Discord's: which part of so many, who does
#: it, and until when unless it says so again.
leases = Table(
    "leases",
    metadata,
    Column("what", Text, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("parts", Integer, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until", Moment, nullable=False),
)

#: Slack workspaces that installed the bot: the columns of slack_sdk's own store, which reads and writes them (through
#: installations.py), and which knows no zones: times are in UTC. One row a workspace; both tokens are sealed
#: (sealing.py), and who installed it is not kept. The key is drawn at random.
slack_bots = Table(
    "slack_bots",
    metadata,
    Column("id", Text, primary_key=True, default=lambda: secrets.token_hex(12)),
    Column("client_id", Text, nullable=False),
    Column("app_id", Text, nullable=False),
    Column("enterprise_id", Text),
    Column("enterprise_name", Text),
    Column("team_id", Text),
    Column("team_name", Text),
    Column("bot_token", Text),
    Column("bot_id", Text),
    Column("bot_user_id", Text),
    Column("bot_scopes", Text),
    Column("bot_refresh_token", Text),
    Column("bot_token_expires_at", DateTime),
    Column("is_enterprise_install", Boolean, nullable=False),
    Column("installed_at", DateTime, nullable=False),
    UniqueConstraint("client_id", "team_id", name="uq_slack_bots_team"),
)

#: Installations of Slack's that somebody has begun, each good once until it expires; as slack_sdk's own store has them.
slack_oauth_states = Table(
    "slack_oauth_states",
    metadata,
    Column("id", Text, primary_key=True, default=lambda: secrets.token_hex(12)),
    Column("state", Text, nullable=False),
    Column("expire_at", DateTime, nullable=False),
    Index("ix_slack_oauth_states_state", "state"),
    Index("ix_slack_oauth_states_expire_at", "expire_at"),
)
