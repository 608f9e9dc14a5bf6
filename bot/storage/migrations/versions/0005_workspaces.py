"""Where the bot is installed; whom it has greeted; what was heard already; and whose turn it is."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "workspaces",
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.Column("left", sa.DateTime),
        sa.Column("welcomed", sa.DateTime),
        sa.PrimaryKeyConstraint("platform", "workspace", name="pk_workspaces"),
    )
    op.create_index("ix_workspaces_left", "workspaces", ["left"])
    op.create_table(
        "greeted",
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("platform", "workspace", "user", name="pk_greeted"),
    )
    op.create_table(
        "heard",
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("what", name="pk_heard"),
    )
    op.create_index("ix_heard_at", "heard", ["at"])
    op.create_table(
        "turns",
        sa.Column("turn", sa.Text, nullable=False),
        sa.Column("next", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("turn", name="pk_turns"),
    )
