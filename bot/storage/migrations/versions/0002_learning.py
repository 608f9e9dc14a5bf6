"""Learners: their accounts, habits, answers and cards, and the ledger of their streaks."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "learners",
        sa.Column("learner", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("learner", name="pk_learners"),
    )
    op.create_table(
        "identities",
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("learner", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("platform", "workspace", "user", name="pk_identities"),
        _whose("identities"),
    )
    op.create_index("ix_identities_learner", "identities", ["learner"])
    op.create_table(
        "preferences",
        sa.Column("learner", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("border", sa.Text, nullable=False),
        sa.Column("wishes", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("learner", name="pk_preferences"),
        _whose("preferences"),
    )
    op.create_table(
        "cards",
        sa.Column("learner", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("card", sa.Text, nullable=False),
        sa.Column("due", sa.DateTime, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("learner", "question", name="pk_cards"),
        _whose("cards"),
    )
    op.create_table(
        "answers",
        sa.Column("learner", sa.Text, nullable=False),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("choice", sa.Integer, nullable=False),
        sa.Column("right", sa.Boolean, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("daily", sa.Boolean, nullable=False),
        sa.Column("took", sa.Integer),
        sa.PrimaryKeyConstraint("learner", "asked", name="pk_answers"),
        _whose("answers"),
    )
    op.create_index("ix_answers_learner", "answers", ["learner", "day"])
    op.create_table(
        "ledger",
        sa.Column("learner", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("border", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("learner", "position", name="pk_ledger"),
        _whose("ledger"),
    )


def _whose(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["learner"], ["learners.learner"], name=f"fk_{table}_learner")
