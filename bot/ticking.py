"""The clock that ticks: APScheduler runs a few fixed jobs, again and again. What is due, and when, stands in the
database; no job is kept there, and none belongs to one person or place.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.core.errors import StorageUnavailable

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done each `every`; what it raises is logged, and it is done again all the same."""

    name: str
    every: timedelta
    work: Callable[[], Awaitable[object]]


@asynccontextmanager
async def ticking(*jobs: Job) -> AsyncIterator[None]:
    """Runs the jobs while it is held; each for the first time at once, and never twice at the same time.

    At the end, what is at work is cancelled, and waited for.
    """
    # It warns of each tick that finds the last one still at work; that is as it should be.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    at_work: set[asyncio.Task[None]] = set()

    async def run(job: Job) -> None:
        # In a task of our own: APScheduler cancels at its end without waiting, and logs that as a failure.
        task = asyncio.create_task(_watched(job), name=job.name)
        at_work.add(task)
        await asyncio.wait({task})
        at_work.discard(task)

    scheduler = AsyncIOScheduler(timezone=UTC)
    for job in jobs:
        # By default a run that is a second late is dropped; ours is as good later, and one makes up for several.
        scheduler.add_job(
            run, "interval", (job,), seconds=job.every.total_seconds(), id=job.name, next_run_time=datetime.now(UTC),
            misfire_grace_time=None, coalesce=True, max_instances=1,
        )  # fmt: skip
    scheduler.start()
    try:
        yield
    finally:
        scheduler.pause()
        for task in at_work:
            task.cancel()
        await asyncio.gather(*at_work, return_exceptions=True)
        await asyncio.sleep(0)  # so that APScheduler sees them end
        scheduler.shutdown(wait=False)


async def _watched(job: Job) -> None:
    try:
        await job.work()
    except StorageUnavailable:
        pass  # the store has logged it; the next tick finds the same things due
    except Exception:  # noqa: BLE001 # the outermost frame of a job: nobody else would hear of it
        _log.exception("%s failed", job.name)
