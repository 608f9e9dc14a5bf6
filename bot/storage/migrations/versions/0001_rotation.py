"""How far each person is in each pool.

Takes over the table that careerbot made on SQLite before it had migrations, with what is in it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    earlier = sa.inspect(op.get_bind()).has_table("rotation")
    if earlier:
        op.rename_table("rotation", "rotation_earlier")
    op.create_table(
        "rotation",
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("pool", sa.Text, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("platform", "workspace", "user", "pool", name="pk_rotation"),
    )
    if earlier:
        columns = 'platform, workspace, "user", pool, taken'
        op.execute(f"INSERT INTO rotation ({columns}) SELECT {columns} FROM rotation_earlier")  # noqa: S608 # our own names
        op.drop_table("rotation_earlier")
