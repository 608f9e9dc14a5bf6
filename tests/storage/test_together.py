"""One queue for all who wait: nobody waits in vain, and nobody who has left is served."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.storage.together import Job, Together


def nothing(_tx: Connection) -> None: ...


class Gate:
    """A database that is busy until it is opened; `begun` are the sizes of the batches that it was given."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.begun: list[int] = []

    async def commit(self, batch: list[Job[Any]]) -> None:
        self.begun.append(len(batch))
        await self.free.wait()
        for job in batch:
            job.end(None)


async def test_who_leaves_in_the_moment_in_which_the_database_is_free_is_not_served() -> None:
    gate = Gate()
    together = Together(gate.commit)
    first, second = asyncio.create_task(together.run(nothing)), asyncio.create_task(together.run(nothing))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    late = asyncio.create_task(together.run(nothing))
    await asyncio.sleep(0)
    gate.free.set()
    late.cancel()
    await asyncio.gather(first, second)
    await together.all_ended()
    assert late.cancelled()
    assert gate.begun == [2]


async def test_whoever_is_cancelled_with_the_work_is_told_and_the_next_are_served() -> None:
    gate = Gate()
    together = Together(gate.commit)
    first = asyncio.create_task(together.run(nothing))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second = asyncio.create_task(together.run(nothing))
    await asyncio.sleep(0)
    assert together._working is not None
    together._working.cancel()
    gate.free.set()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(first, 5)
    await asyncio.wait_for(second, 5)
    assert gate.begun == [1, 1]


async def test_whatever_a_commit_raises_is_told_to_all_whose_it_was() -> None:
    class Odd(BaseException):
        pass

    async def commit(_batch: list[Job[Any]]) -> None:
        raise Odd

    together = Together(commit)
    done = await asyncio.wait_for(
        asyncio.gather(together.run(nothing), together.run(nothing), return_exceptions=True), 5
    )
    assert [type(one) for one in done] == [Odd, Odd]


async def test_work_that_is_cancelled_before_its_first_step_is_begun_by_the_next() -> None:
    gate = Gate()
    together = Together(gate.commit)
    first = asyncio.create_task(together.run(nothing))
    await asyncio.sleep(0)
    assert together._working is not None
    together._working.cancel()
    gate.free.set()
    await asyncio.sleep(0)
    await asyncio.wait_for(together.run(nothing), 5)
    await first
    assert gate.begun == [2]
