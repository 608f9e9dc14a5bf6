"""How long the platform is left without a word: by whether the work is done, not by how quick this machine is."""

import asyncio

import pytest

from bot.platforms.pace import patiently


async def test_what_is_quick_is_answered_without_a_word_before() -> None:
    async def defer() -> None:
        raise AssertionError("it was to be waited for")

    async def work() -> str:
        await asyncio.sleep(0)
        return "the answer"

    assert await patiently(work(), defer, patience=60) == "the answer"


async def test_what_takes_long_is_deferred_once_and_then_waited_for() -> None:
    deferred, times = asyncio.Event(), 0

    async def defer() -> None:
        nonlocal times
        times += 1
        deferred.set()

    async def work() -> str:
        await deferred.wait()
        return "the answer"

    assert await patiently(work(), defer, patience=0.01) == "the answer"
    assert times == 1


async def test_work_for_which_nobody_waits_any_more_is_ended() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def defer() -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await patiently(work(), defer, patience=0.01)
    await asyncio.wait_for(ended.wait(), 10)
    for each in (begun, ended):
        each.clear()
    waiting = asyncio.create_task(patiently(work(), defer, patience=60))
    await begun.wait()
    waiting.cancel()
    await asyncio.wait_for(ended.wait(), 10)
