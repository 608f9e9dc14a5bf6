"""From a URL to a store."""

from pathlib import Path
from urllib.parse import urlsplit

from bot.storage.sqlite import SqliteStore
from bot.storage.store import Store


def open_store(url: str, *, look: bool = False, leave_newer: bool = False) -> Store:
    """The store at `sqlite:///FILE`, `sqlite://` (in memory) or `postgresql://...`; enter it with `async with`.

    look: for reading alone, beside a bot that may be running.
    leave_newer: a database that a newer careerbot has upgraded is not refused: it is there to be replaced.
    """
    if url.startswith("sqlite:"):
        return SqliteStore(sqlite_file(url), look=look, leave_newer=leave_newer)
    from bot.storage.postgres import PostgresStore  # its driver is loaded only where it is used

    return PostgresStore(url, look=look, leave_newer=leave_newer)


def sqlite_file(url: str) -> Path | None:
    """The file of a `sqlite:` URL; None in memory, and for another engine."""
    name = url.removeprefix("sqlite:///")
    return Path(name) if name != url and name else None


def shown(url: str) -> str:
    """A URL as it may be shown: without user, password and options."""
    if url.startswith("sqlite:"):
        return url
    try:
        parts = urlsplit(url)
        address = f"{parts.hostname or 'this machine'}{f':{parts.port}' if parts.port else ''}{parts.path}"
    except ValueError:
        return "PostgreSQL"
    # An @, a / or a # that should have been escaped puts a piece of the password where the host or the path is.
    strayed = "@" in parts.path + parts.query + parts.fragment or parts.netloc.count("@") > 1
    return "PostgreSQL" if strayed else f"PostgreSQL at {address}"
