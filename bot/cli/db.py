"""`careerbot db`: the database, for the operator."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

cli = typer.Typer(help="Look after the database: upgrade, check, back up, restore.", no_args_is_help=True)


def _url() -> str:
    from bot import settings

    return settings.load().database_url


@cli.command()
def upgrade() -> None:
    """Bring the database up to date. `careerbot run` does so by itself."""
    from bot.storage import upkeep

    typer.echo(asyncio.run(upkeep.upgrade(_url())))


@cli.command()
def check() -> None:
    """Look for damage; exit 0 or 1. The bot may be running."""
    from bot.storage import upkeep

    checked = asyncio.run(upkeep.check(_url()))
    for fault in checked.faults:
        typer.echo(fault, err=True)
    if checked.faults:
        raise typer.Exit(1)
    typer.echo(f"Sound. {_counted(checked.rows)}")


@cli.command()
def backup(
    file: Annotated[
        Path, typer.Argument(help="The file to write, not there yet; or a folder, for a file named by the moment.")
    ],
    keep: Annotated[
        int | None, typer.Option("--keep", min=1, help="In a folder: keep so many, and delete the oldest.")
    ] = None,
) -> None:
    """Write a backup: one SQLite file, whichever database it comes from. The bot may be running."""
    from bot.storage import backups, upkeep

    gone = 0
    if file.is_dir():
        file, rows, gone = asyncio.run(backups.add(_url(), file, datetime.now(UTC), keep))
    elif keep is not None:
        raise typer.BadParameter(f"{file} is no folder, and only in one can backups be kept and deleted.")
    else:
        rows = asyncio.run(upkeep.backup(_url(), file))
    typer.echo(f"Written to {file}, and checked. {_counted(rows)}{f' Older ones deleted: {gone}.' if gone else ''}")


@cli.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup, of this version or an earlier one.")],
    force: Annotated[bool, typer.Option("--force", help="Replace what the database holds.")] = False,
) -> None:
    """Put a backup into the database, SQLite or PostgreSQL. Stop the bot first.

    Also the way back from a newer version that has upgraded the database: with --force, all its tables are made anew.
    """
    from bot.storage import upkeep

    typer.echo(f"Restored. {_counted(asyncio.run(upkeep.restore(_url(), file, force=force)))}")


@cli.command()
def key() -> None:
    """Print a new key for CAREERBOT_SECRET_KEYS, which seals Slack's tokens. Keep it as you keep passwords."""
    from bot.storage import sealing

    typer.echo(sealing.new_key())


@cli.command()
def rekey() -> None:
    """Seal Slack's tokens anew with the first of CAREERBOT_SECRET_KEYS; then the others may go. Give every running bot
    the new key first.
    """
    from bot import settings
    from bot.storage import installations

    found = settings.load()
    keys = found.secret_keys.value if found.secret_keys else ""
    many = asyncio.run(installations.rekey(found.database_url, keys))
    typer.echo(f"Sealed with the first key now: the tokens of {many} workspace{'s' * (many != 1)}.")


def _counted(rows: Mapping[str, int]) -> str:
    return "Rows: " + ", ".join(f"{table} {many:,}" for table, many in rows.items()) + "."
