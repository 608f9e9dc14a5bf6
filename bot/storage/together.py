"""Transactions that wait for the database, and are committed together: the more of them wait, the less each costs."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")

#: How many transactions may share one commit.
MOST = 64


class Job(Generic[T]):
    """One transaction that waits for its turn; `done` is what became of it. Who asked, and leaves, cancels `done`."""

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self.work = work
        self.done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    @property
    def abandoned(self) -> bool:
        """If it has not begun, it never will."""
        return self.done.cancelled()

    def end(self, result: T) -> None:
        if not self.done.done():
            self.done.set_result(result)

    def fail(self, error: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Together:
    """One queue. All that wait when the database is free, up to MOST, are one batch; the next batch waits for it.

    So nobody is overtaken by more than one batch.

    commit: ends or fails each job that it is given. What it raises fails those that it left.
    """

    def __init__(self, commit: Callable[[list[Job[Any]]], Awaitable[None]]) -> None:
        self._commit = commit
        self._waiting: deque[Job[Any]] = deque()
        self._working: asyncio.Task[None] | None = None

    async def run(self, work: Callable[[Connection], T]) -> T:
        job = Job(work)
        self._waiting.append(job)
        if self._working is None or self._working.done():
            # In a context of its own: it works for many, and the log must not name the first of them for all.
            self._working = asyncio.create_task(self._work(), context=Context())
        return await job.done

    async def all_ended(self) -> None:
        """Until nobody waits."""
        if self._working is not None:
            await asyncio.wait([self._working])

    async def _work(self) -> None:
        while self._waiting:
            taken = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            batch = [job for job in taken if not job.abandoned]
            try:
                if batch:
                    await self._commit(batch)
            except GeneratorExit:  # the loop is gone
                raise
            except BaseException as error:  # noqa: BLE001 # it is handed to each who waits
                for job in batch:
                    job.fail(error)
