"""A folder of backups, each named by its moment in UTC, of which the newest are kept."""

import re
from datetime import datetime
from pathlib import Path

from bot.core.days import utc
from bot.storage import upkeep
from bot.storage.store import StoreError

#: As a backup is called, and nothing that somebody put beside it. By name they stand in the order of their moments.
_NAME = re.compile(r"careerbot-[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z\.sqlite3")


async def add(url: str, folder: Path, at: datetime, keep: int | None) -> tuple[Path, upkeep.Rows, int]:
    """Write one more: its file, its rows, and how many older ones were deleted. Raises StoreError if it cannot.

    keep: how many there may be, this one among them; None for all. What is old goes only once the new one is there.
    """
    file = folder / f"careerbot-{utc(at):%Y-%m-%dT%H%M%SZ}.sqlite3"
    rows = await upkeep.backup(url, file)
    try:
        old = _all(folder)[keep:] if keep is not None else []
        for one in old:
            one.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{file} is written, but an older one could not be deleted: {error}") from error
    return file, rows, len(old)


def _all(folder: Path) -> list[Path]:
    """Newest first."""
    return sorted((file for file in folder.iterdir() if _NAME.fullmatch(file.name)), reverse=True)
