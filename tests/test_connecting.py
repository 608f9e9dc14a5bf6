"""What runs beside each platform, and how all of them stop: no failure passes in silence."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from bot import app, connecting
from bot.connecting import Ground
from bot.operations.health import Health
from bot.operations.metrics import Metrics
from bot.operations.process import Tasks
from bot.platforms.profiles import Directory
from bot.roles import Plan, Role
from bot.settings import Settings
from bot.storage.memory import MemoryStore
from tests.conftest import GARDENER


def ground() -> Ground:
    """Both platforms are planned. Nothing of it is asked for anything."""
    both = frozenset({Role.DISCORD, Role.SLACK})
    plan, metrics = Plan(both, both, {}), Metrics(())
    return Ground(
        Settings(), plan, None, MemoryStore(), app.dispatcher(GARDENER), Directory(), {}, Health(), metrics, None
    )


async def test_a_platform_that_cannot_stop_is_logged_and_cuts_the_other_not_short(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broke, said = asyncio.Event(), list[str]()

    async def breaks() -> None:
        broke.set()
        raise RuntimeError("a slip of ours")

    async def says_its_last() -> None:
        await broke.wait()
        await asyncio.sleep(0)  # the other's failure is known by now
        said.append("goodbye")

    async def discord(_: Ground, stack: AsyncExitStack) -> None:
        stack.push_async_callback(breaks)

    async def slack(_: Ground, stack: AsyncExitStack) -> None:
        stack.push_async_callback(says_its_last)
        up.set()

    up = asyncio.Event()
    monkeypatch.setattr(connecting, "_PLATFORMS", {Role.DISCORD: discord, Role.SLACK: slack})
    async with connecting.connected(ground(), Tasks()):
        await up.wait()
    assert said == ["goodbye"]
    assert "Discord did not stop as it should" in caplog.text
    assert "a slip of ours" in caplog.text


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
