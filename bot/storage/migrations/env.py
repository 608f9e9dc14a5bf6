"""What Alembic runs for each command; `bot.storage.migrate` hands it the connection, inside a transaction."""

from alembic import context

from bot.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite too can take back a CREATE TABLE, and the caller's BEGIN holds all of it
)
context.run_migrations()
