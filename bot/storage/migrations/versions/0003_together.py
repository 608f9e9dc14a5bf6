"""Learning together: reports, leaderboards, linked accounts, reminders, community quizzes; and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("learner", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("learner", "question", name="pk_reports"),
        _whose("reports"),
    )
    op.create_table(
        "unlisted",
        sa.Column("learner", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("learner", name="pk_unlisted"),
        _whose("unlisted"),
    )
    op.create_table(
        "codes",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("learner", sa.Text, nullable=False),
        sa.Column("made", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_codes"),
        _whose("codes"),
    )
    op.create_index("ix_codes_learner", "codes", ["learner"])
    op.create_table(
        "tries",
        *_account(),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("platform", "workspace", "user", name="pk_tries"),
    )
    op.create_table(
        "reminders",
        sa.Column("learner", sa.Text, nullable=False),
        *_account(),
        sa.Column("hours", sa.Integer, nullable=False),
        sa.Column("next", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("learner", name="pk_reminders"),
        _whose("reminders"),
    )
    op.create_index("ix_reminders_next", "reminders", ["next"])
    op.create_table(
        "rounds",
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("opened", sa.DateTime, nullable=False),
        sa.Column("closes", sa.DateTime, nullable=False),
        sa.Column("announced", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("asked", name="pk_rounds"),
    )
    op.create_index("ix_rounds_place", "rounds", ["platform", "workspace", "channel", "opened"])
    op.create_table(
        "deliveries",
        sa.Column("delivery", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("due", sa.DateTime, nullable=False),
        sa.Column("until", sa.DateTime, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next", sa.DateTime),
        sa.Column("owner", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("ended", sa.DateTime),
        sa.PrimaryKeyConstraint("delivery", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_next", "deliveries", ["next"])
    op.create_index("ix_deliveries_place", "deliveries", ["platform", "workspace", "channel", "due"])


def _account() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in ("platform", "workspace", "user")]


def _whose(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["learner"], ["learners.learner"], name=f"fk_{table}_learner")
