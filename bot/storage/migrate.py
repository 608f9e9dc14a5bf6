"""Bring a database up to date with the scripts in `migrations/versions`, one after the other, in one transaction.

There is no way down: a backup is the way back. A new database is made as `tables.py` says, which a test holds to be the
same. Alembic is imported only where there is something to bring up to date.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect, text

from bot.storage.store import StoreError
from bot.storage.tables import metadata


@dataclass(frozen=True, slots=True)
class Moved:
    """From which revision to which; None before the first."""

    before: str | None
    after: str


#: Where Alembic keeps the revision, as it makes it.
_version = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
_SCRIPTS = Path(__file__).parent / "migrations"


@cache
def revisions() -> tuple[str, ...]:
    """All that this careerbot knows, oldest first: each script's name begins with its own."""
    return tuple(sorted(script.name.partition("_")[0] for script in (_SCRIPTS / "versions").glob("[0-9]*.py")))


def revision(tx: Connection) -> str | None:
    """The database's. None before the first."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    found: str | None = tx.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def require(found: str | None) -> None:
    """Raises StoreError unless a revision is the newest that this careerbot knows."""
    refuse_newer(found)
    if found != revisions()[-1]:
        raise StoreError("The database is older than this careerbot. Run: careerbot db upgrade")


def refuse_newer(found: str | None) -> None:
    """Raises StoreError if a revision is not one of ours: a newer careerbot has been here."""
    if newer(found):
        raise StoreError(
            f"The database is at revision {found}, and this careerbot knows only up to {revisions()[-1]}: a newer one "
            "has upgraded it. Install that one again, or restore a backup from before: careerbot db restore FILE "
            "--force"
        )


def newer(found: str | None) -> bool:
    """Whether a revision is none of ours: a newer careerbot has been here."""
    return found is not None and found not in revisions()


def upgrade(tx: Connection, to: str = "head", *, leave_newer: bool = False) -> Moved:
    """Up to the newest revision, or to an earlier one for a test.

    Raises StoreError if the database is newer than we are; `leave_newer` leaves it as it is instead.
    """
    before = revision(tx)
    if leave_newer and newer(before):
        return Moved(before, before or "")
    refuse_newer(before)
    if to == "head" and not inspect(tx).get_table_names():
        metadata.create_all(tx, checkfirst=False)
        _version.create(tx)
        tx.execute(_version.insert().values(version_num=revisions()[-1]))
    elif before != revisions()[-1]:
        from alembic import command
        from alembic.config import Config

        config = Config(attributes={"connection": tx})
        config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
        command.upgrade(config, to)
    return Moved(before, revision(tx) or "")


def anew(tx: Connection) -> None:
    """Drop every table that there is, whoever made it, and make ours, empty: the way back from a newer careerbot."""
    there = MetaData()
    there.reflect(tx)
    there.drop_all(tx, checkfirst=False)
    upgrade(tx)


def differences(tx: Connection) -> list[str]:
    """How the database's tables differ from `tables.py`; empty as it should be."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(tx, opts={"compare_type": True, "compare_server_default": True})
    return [repr(difference) for difference in compare_metadata(context, metadata)]
