"""A small `make chaos`: every post once, whatever befalls the sender, and every row tells the truth."""

import random
from collections.abc import Awaitable, Callable

from tests.chaos import troubles
from tests.chaos.ground import Ground, ground
from tests.chaos.rounds import Rounds, killed, stopped
from tests.chaos.sender import impatient
from tests.engines import Fresh

CHANNELS = 40  # on each platform: more posts than one replica takes at a time
PATIENCE = impatient(1.5, 3.0)


def chance() -> random.Random:
    return random.Random(7)  # noqa: S311 # where to strike


async def struck(
    here: Ground, befalls: Callable[[Ground, int, random.Random], Awaitable[Rounds]], at_most: int = 10
) -> None:
    """One round after the other until a sender was struck at work, and not after it, as may be; each is flawless."""
    where = chance()
    for _ in range(at_most):
        result = await befalls(here, 1, where)
        assert result.tally.due == 2 * CHANNELS
        assert result.tally.flawless, result
        if result.struck:
            return
    raise AssertionError("no sender was at work when it was struck")


async def test_a_sender_that_is_killed_leaves_nothing_out_and_its_successor_says_nothing_twice(url: str) -> None:
    async with ground(url, CHANNELS, PATIENCE, on_the_way=0.2) as here:
        await struck(here, killed)


async def test_a_replica_that_is_stopped_and_woken_posts_nothing_that_another_has_taken_over(fresh: Fresh) -> None:
    """Discord's nonces would hide it: this one knows none."""
    async with ground(fresh("postgresql"), CHANNELS, PATIENCE, on_the_way=0.2, nonces=False) as here:
        await struck(here, stopped)


async def test_every_trouble_at_every_call_ends_in_one_post_or_in_a_row_that_says_why(fresh: Fresh) -> None:
    """A sixth of them, each time the same; `make chaos` has them all, on both engines."""
    some = chance().sample(troubles.cases(), 32)
    ended = await troubles.met(fresh("sqlite"), some)
    assert [str(end.case) for end in ended if not end.as_expected] == []
    assert len(ended) == len(some)
