"""One queue for all who wait: nobody waits in vain, and nobody who has left is served."""

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from bot.storage.together import MOST, Job, Together


def nothing(_tx: Connection) -> None: ...


class Gate:
    """A database that is busy until it is opened; `begun` are the sizes of the batches that it was given."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self._ended: list[Callable[[], None]] = []

    def begin(self, batch: list[Job[Any]], ended: Callable[[], None]) -> None:
        self.begun.append(len(batch))

        def end() -> None:
            for job in batch:
                job.end(None)
            ended()

        self._ended.append(end)

    def open(self) -> None:
        self._ended.pop(0)()


async def waiting(together: Together, many: int = 1) -> list["asyncio.Task[None]"]:
    tasks = [asyncio.create_task(together.run(nothing)) for _ in range(many)]
    await asyncio.sleep(0)
    return tasks


async def test_the_first_is_begun_at_once_and_all_who_come_meanwhile_are_the_next() -> None:
    gate = Gate()
    together = Together(gate.begin)
    tasks = await waiting(together) + await waiting(together, MOST) + await waiting(together)
    assert gate.begun == [1]
    for sizes in ([1, MOST], [1, MOST, 1]):
        gate.open()
        assert gate.begun == sizes
    assert not tasks[-1].done()
    gate.open()
    await asyncio.gather(*tasks)
    await together.all_ended()


async def test_who_leaves_in_the_moment_in_which_the_database_is_free_is_not_served() -> None:
    gate = Gate()
    together = Together(gate.begin)
    first, second, late = await waiting(together, 3)
    late.cancel()
    await asyncio.sleep(0)
    gate.open()
    gate.open()
    await asyncio.gather(first, second)
    await together.all_ended()
    assert late.cancelled()
    assert gate.begun == [1, 1]


async def test_where_all_have_left_nothing_is_begun_and_who_comes_then_is_served() -> None:
    gate = Gate()
    together = Together(gate.begin)
    first, late = await waiting(together, 2)
    late.cancel()
    await asyncio.sleep(0)
    gate.open()
    await first
    await together.all_ended()
    (last,) = await waiting(together)
    assert gate.begun == [1, 1]
    gate.open()
    await last


async def test_who_leaves_is_not_waited_for_by_those_who_share_the_commit() -> None:
    gate = Gate()
    together = Together(gate.begin)
    first, second, leaving = await waiting(together, 3)
    gate.open()
    leaving.cancel()
    await asyncio.sleep(0)
    gate.open()
    await asyncio.gather(first, second)
    assert leaving.cancelled()
    assert gate.begun == [1, 2]
