"""`kill -9` in the middle of answering: all that was acknowledged is there, and nothing twice."""

import random
import sys

import pytest

from bot.storage import upkeep
from bot.storage.opening import open_store
from tests.storage.answering import SITTING, days, kept, replayed, reviewed
from tests.storage.writer import writers

AT_ONCE = 10


async def killed(url: str, first: int, after: int) -> set[int]:
    """The answers that were acknowledged by a bot that was killed after so many of them, and would have gone on."""
    (process,) = await writers(url, "answers", range(first, sys.maxsize), at_once=AT_ONCE)
    assert process.stdout
    said = [await process.stdout.readline() for _ in range(after)]
    process.kill()
    said += (await process.stdout.read()).splitlines(keepends=True)
    assert await process.wait() == -9
    return {int(line) for line in said if line.endswith(b"\n")}


async def all_is_well(url: str, acknowledged: set[int]) -> set[int]:
    """Look at the database after a restart. The answers that were kept and that nobody had heard of yet."""
    assert (await upkeep.check(url)).faults == ()
    async with open_store(url) as store:
        numbers = await store.read(kept)
        assert len(numbers) == len(set(numbers))
        assert acknowledged <= set(numbers)
        for card, rows in await store.read(reviewed):
            assert card == replayed(rows)
        counted, daily, every = await store.read(days)
        assert counted == daily == every
    return set(numbers) - acknowledged


@pytest.mark.parametrize(("times", "most"), [(2, 100), pytest.param(20, SITTING, marks=pytest.mark.slow)])
async def test_what_was_acknowledged_outlives_a_kill_and_what_is_told_again_counts_once(
    url: str, times: int, most: int
) -> None:
    """A sitting is cut short, then told again from its beginning: who heard nothing clicks again."""
    chance = random.Random(7)  # noqa: S311 # where to strike, the same each time
    done: set[int] = set()
    first = cut = unheard = 0
    for _ in range(times):
        acknowledged = await killed(url, first, chance.randrange(20, most))
        cut += len(acknowledged)
        under_way = await all_is_well(url, done | acknowledged)
        assert len(under_way) <= AT_ONCE
        unheard += len(under_way)
        sitting = range(first, max(acknowledged | under_way) + 1)
        (process,) = await writers(url, "answers", sitting, at_once=AT_ONCE)
        told, _ = await process.communicate()
        assert (process.returncode, {int(line) for line in told.split()}) == (0, set(sitting))
        done |= set(sitting)
        assert await all_is_well(url, done) == set()
        first = -(-sitting.stop // SITTING) * SITTING
    sys.stdout.write(f"{times} kills, {len(done)} answers: {cut} heard of before, {unheard} kept and not heard of\n")
