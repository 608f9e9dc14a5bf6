from collections.abc import AsyncIterator

import pytest

from bot.storage.opening import open_store
from tests.delivery.scene import Scene


@pytest.fixture
async def scene(url: str) -> AsyncIterator[Scene]:
    async with open_store(url) as store:
        yield Scene(store)
