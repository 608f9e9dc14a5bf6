"""What runs beside each platform, and how all of them stop: no failure passes in silence."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from bot import connecting


async def test_what_breaks_beside_a_platform_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    broke = asyncio.Event()

    async def breaks() -> None:
        broke.set()
        raise RuntimeError("a slip of ours")

    async def goes_on() -> None:
        await asyncio.Event().wait()

    async with AsyncExitStack() as stack:
        await connecting._beside("This", breaks(), stack)
        await connecting._beside("That", goes_on(), stack)
        await broke.wait()
    assert "This ended" in caplog.text
    assert "a slip of ours" in caplog.text
    assert "That" not in caplog.text, "it was told to end"
