"""`kill -9` in the middle of writing: all that was acknowledged is there, and nothing twice."""

import asyncio
import random
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from bot.storage import migrate
from bot.storage.opening import open_store
from bot.storage.tables import rotation

ROOT = Path(__file__).parents[2]
#: Each time the writer has far more to do than it gets to do.
ROUNDS, MOST, AT_ONCE, PLENTY = 4, 500, 10, 100_000


async def writer(url: str, kind: str, first: int, end: int, at_once: int = AT_ONCE) -> asyncio.subprocess.Process:
    script = str(Path(__file__).with_name("writer.py"))
    return await asyncio.create_subprocess_exec(
        sys.executable, script, url, kind, str(first), str(end), str(at_once),
        stdout=asyncio.subprocess.PIPE, cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip


async def test_all_that_was_acknowledged_outlives_a_kill_and_nothing_is_there_twice(url: str) -> None:
    acknowledged: set[int] = set()
    chance = random.Random(7)  # noqa: S311 # where to strike, the same each time
    for number in range(ROUNDS):
        process = await writer(url, "rows", number * PLENTY, (number + 1) * PLENTY)
        assert process.stdout
        for _ in range(chance.randrange(20, MOST)):
            acknowledged.add(int(await process.stdout.readline()))
        process.kill()
        rest, _ = await process.communicate()
        acknowledged |= {int(line) for line in rest.decode().splitlines(keepends=True) if line.endswith("\n")}
        assert process.returncode == -9
    async with open_store(url) as store:
        rows = await store.read(
            lambda tx: [tuple(row) for row in tx.execute(select(rotation.c.pool, rotation.c.taken))]
        )
        assert await store.read(migrate.differences) == []
    assert all(taken == 1 for _, taken in rows)
    kept = {int(pool) for pool, _ in rows}
    assert acknowledged <= kept
    assert len(kept - acknowledged) <= ROUNDS * AT_ONCE  # what was under way, whole


async def test_four_processes_count_together(postgres: Callable[[], str]) -> None:
    url = postgres()
    processes = [await writer(url, "count", 0, 50) for _ in range(4)]
    said = [(await process.communicate())[0].split() for process in processes]
    assert sorted(int(number) for one in said for number in one) == list(range(200))
