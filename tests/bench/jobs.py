"""The road not taken: one APScheduler job for each subscription, kept in memory or in SQLite."""

import pickle
import statistics
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import insert

from tests.bench.filling import DUE
from tests.bench.load import Row, Size

_WEEKLY = CronTrigger(day_of_week="mon", hour=9, timezone="Europe/Berlin")
#: How often one is added, and how often there is a wake-up.
_ADDED, _WAKES = 20, 11

NOTES = f"""
An APScheduler 3 job with a weekly cron trigger for each subscription, in place of our ticks: what one job costs to add,
and a wake-up with {DUE} due that do nothing. Its store in SQLite is as it comes: it waits for the disk at each job, and
does so in the event loop's thread, where our store does not. What is in memory is forgotten when the process ends, and
so are the slots that come meanwhile; neither store may be shared by replicas. More jobs were not tried.
"""


async def measure(fresh: Mapping[str, Callable[[], str]], size: Size) -> list[Row]:
    """In a file where our own are, so that all wait for the same disk."""
    rows: list[Row] = []
    for many in size.jobs:
        rows.append(_row("in memory", MemoryJobStore(), many))
        rows.append(_row("in SQLite", SQLAlchemyJobStore(fresh["SQLite"]()), many))
    return rows


def nothing() -> None:
    """What each job does."""


def _row(where: str, store: Any, many: int) -> Row:
    """All in one go: nothing else runs in the event loop, so that only what we call is measured."""
    scheduler = AsyncIOScheduler(timezone=UTC, jobstores={"default": store}, executors={"default": DebugExecutor()})
    scheduler.start(paused=True)
    began = time.perf_counter()
    _fill(scheduler, store, many)
    filled = time.perf_counter() - began
    added = [_took(lambda: _add(scheduler)) for _ in range(_ADDED)]
    due = [_add(scheduler) for _ in range(DUE)]
    scheduler.resume()
    woken = []
    for _ in range(_WAKES):
        for job in due:
            scheduler.modify_job(job, next_run_time=datetime.now(UTC))
        woken.append(_took(scheduler._process_jobs))
    scheduler.shutdown(wait=False)
    cells: dict[str, str | int | float] = {
        "jobs": many,
        "kept": where,
        "adding one: ms": statistics.median(added),
        f"a wake-up with {DUE} due: ms": statistics.median(woken[1:]),
        "filled in s": filled,
    }
    return Row("One APScheduler job for each subscription", cells)


def _took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def _add(scheduler: Any, **given: object) -> str:
    """As it is documented; the trigger finds the first slot."""
    return str(scheduler.add_job(nothing, _WEEKLY, misfire_grace_time=None, coalesce=True, **given).id)


def _fill(scheduler: Any, store: Any, many: int) -> None:
    """Jobs that are due in the days to come; those in SQLite are written there directly."""
    begin = datetime.now(UTC) + timedelta(days=1)
    slots = (begin + timedelta(minutes=number * 7919 % 10080) for number in range(many))
    if isinstance(store, MemoryJobStore):
        for slot in slots:
            _add(scheduler, next_run_time=slot)
        return
    state = scheduler.get_job(_add(scheduler)).__getstate__()
    rows = [
        {"id": f"j{number}", "next_run_time": slot.timestamp(), "job_state": _pickled(state, f"j{number}", slot)}
        for number, slot in enumerate(slots)
    ]
    with store.engine.begin() as connection:
        connection.execute(insert(store.jobs_t), rows)


def _pickled(state: dict[str, Any], job: str, slot: datetime) -> bytes:
    return pickle.dumps({**state, "id": job, "next_run_time": slot}, pickle.HIGHEST_PROTOCOL)
