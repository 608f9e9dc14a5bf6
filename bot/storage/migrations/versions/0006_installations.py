"""Which Slack workspaces installed the bot, and which are about to."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "slack_bots",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("app_id", sa.Text, nullable=False),
        sa.Column("enterprise_id", sa.Text),
        sa.Column("enterprise_name", sa.Text),
        sa.Column("team_id", sa.Text),
        sa.Column("team_name", sa.Text),
        sa.Column("bot_token", sa.Text),
        sa.Column("bot_id", sa.Text),
        sa.Column("bot_user_id", sa.Text),
        sa.Column("bot_scopes", sa.Text),
        sa.Column("bot_refresh_token", sa.Text),
        sa.Column("bot_token_expires_at", sa.DateTime),
        sa.Column("is_enterprise_install", sa.Boolean, nullable=False),
        sa.Column("installed_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_slack_bots"),
        sa.UniqueConstraint("client_id", "team_id", name="uq_slack_bots_team"),
    )
    op.create_table(
        "slack_oauth_states",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("expire_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_slack_oauth_states"),
    )
    op.create_index("ix_slack_oauth_states_state", "slack_oauth_states", ["state"])
    op.create_index("ix_slack_oauth_states_expire_at", "slack_oauth_states", ["expire_at"])
