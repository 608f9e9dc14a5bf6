"""The clock that ticks: at once, again and again, one at a time, whatever a job raises."""

import asyncio
from datetime import timedelta

import pytest

from bot.core.errors import StorageUnavailable
from bot.ticking import Job, ticking

SOON = timedelta(milliseconds=10)


async def test_a_job_runs_at_once_and_again_whatever_it_raises(caplog: pytest.LogCaptureFixture) -> None:
    errors: list[Exception] = [StorageUnavailable(), RuntimeError("broken"), RuntimeError("again")]
    times, enough = 0, asyncio.Event()

    async def work() -> None:
        nonlocal times
        times += 1
        if errors:
            raise errors.pop(0)
        enough.set()

    async with ticking(Job("work", SOON, work)):
        await asyncio.wait_for(enough.wait(), 10)
    assert times >= 4
    assert caplog.text.count("work failed") == 2


async def test_a_slow_job_is_never_run_twice_at_a_time() -> None:
    running, most, runs, done = 0, 0, 0, asyncio.Event()

    async def slow() -> None:
        nonlocal running, most, runs
        running, runs = running + 1, runs + 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1
        if runs == 3:
            done.set()

    async with ticking(Job("slow", SOON, slow)):
        await asyncio.wait_for(done.wait(), 10)
    assert most == 1
