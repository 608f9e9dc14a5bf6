"""Every table, for both engines. Migrations make them; a test holds that the two agree.

What a table keeps to, so that a backup is the same file whichever engine it comes from:
- its key is made of what the bot knows or makes itself, never counted by the database: no sequence to restore;
- its columns are of types that both engines keep alike;
- no row refers to a row of its own table, so that rows may come back in any order.
"""

from sqlalchemy import Column, Integer, MetaData, Table, Text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

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
