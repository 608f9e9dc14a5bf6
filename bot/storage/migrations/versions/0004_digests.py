"""Weekly digests: who gets one, when, and when next."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("subscription", sa.Text, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("weekday", sa.Integer, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("off", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("paused", sa.Date),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.Column("week", sa.Date),
        sa.Column("next", sa.DateTime),
        sa.PrimaryKeyConstraint("subscription", name="pk_subscriptions"),
        sa.UniqueConstraint("platform", "workspace", "channel", "user", name="uq_subscriptions_target"),
    )
    op.create_index("ix_subscriptions_next", "subscriptions", ["next"])
