"""Transactions that wait for the database, and are committed together: the more of them wait, the less each costs."""

import asyncio
from collections import deque
from collections.abc import Callable
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

    begin: is given a batch, and what to call, in the loop, once each job of it has ended or failed.
    """

    def __init__(self, begin: Callable[[list[Job[Any]], Callable[[], None]], None]) -> None:
        self._begin = begin
        self._waiting: deque[Job[Any]] = deque()
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(self, work: Callable[[Connection], T]) -> T:
        job = Job(work)
        self._waiting.append(job)
        if self._idle.is_set():
            self._idle.clear()
            self._next()
        return await job.done

    async def all_ended(self) -> None:
        """Until nobody waits."""
        await self._idle.wait()

    def _next(self) -> None:
        batch: list[Job[Any]] = []
        while self._waiting and len(batch) < MOST:
            job = self._waiting.popleft()
            if not job.abandoned:
                batch.append(job)
        if batch:
            self._begin(batch, self._next)
        else:
            self._idle.set()
