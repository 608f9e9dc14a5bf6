"""Rounds in which senders are killed, or stopped and woken, at random moments; and started until all is done."""

import asyncio
import os
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess

from tests.chaos.ground import Ground, Tally
from tests.chaos.sender import sent_out

#: Seconds in which a sender has to be done, whatever befell the one before it.
_PATIENCE = 60.0


@dataclass(slots=True)
class Rounds:
    """What became of them. struck: how often a sender was at work when it was killed or stopped."""

    tally: Tally
    rounds: int = 0
    struck: int = 0


async def killed(
    ground: Ground, rounds: int, chance: random.Random, done: Callable[[Tally], None] = lambda _: None
) -> Rounds:
    """Each time one sender is killed, its successor in every third round too, and the last one finishes.

    done: called after each round.
    """
    result = Rounds(Tally())
    for number in range(rounds):
        await ground.sow()
        for strike in (_posting, _taking_over) if number % 3 == 2 else (_posting,):
            process = sent_out(ground.errand)
            await strike(ground, process, chance)
            result.struck += process.is_alive()
            process.kill()
            await asyncio.to_thread(process.join)
        await _finished(sent_out(ground.errand))
        await _count(ground, result, done)
    return result


async def stopped(
    ground: Ground, rounds: int, chance: random.Random, done: Callable[[Tally], None] = lambda _: None
) -> Rounds:
    """Two replicas; one is stopped, for longer than its lease, and goes on when the other has taken over."""
    result = Rounds(Tally())
    for _ in range(rounds):
        await ground.sow()
        sleeper, other = sent_out(ground.errand), sent_out(ground.errand)
        await _posting(ground, sleeper, chance)
        result.struck += sleeper.is_alive()
        _tell(sleeper, signal.SIGSTOP)
        try:
            await asyncio.sleep(ground.patience.lease.total_seconds() + chance.uniform(0, 1.5))
        finally:
            _tell(sleeper, signal.SIGCONT)
        await asyncio.gather(_finished(sleeper), _finished(other))
        await _count(ground, result, done)
    return result


async def _posting(ground: Ground, process: ForkServerProcess, chance: random.Random) -> None:
    """Wait until so many posts have arrived, and some milliseconds more; the last ones are not answered by then."""
    enough = chance.randint(1, ground.channels)
    while process.is_alive() and await ground.arrived() < enough:  # noqa: ASYNC110 # it happens in other processes
        await asyncio.sleep(0.002)
    await asyncio.sleep(chance.uniform(0, ground.on_the_way))


async def _taking_over(ground: Ground, process: ForkServerProcess, chance: random.Random) -> None:
    """Wait into the time in which it does what is left, waits for the dead one's lease to end, and looks."""
    await asyncio.sleep(chance.uniform(0, ground.patience.lease.total_seconds() + ground.on_the_way))


async def _count(ground: Ground, result: Rounds, done: Callable[[Tally], None]) -> None:
    tally = await ground.tally()
    result.tally.add(tally)
    result.rounds += 1
    done(tally)


async def _finished(process: ForkServerProcess) -> None:
    await asyncio.to_thread(process.join, _PATIENCE)
    if process.exitcode != 0:
        process.kill()
        raise RuntimeError(f"a sender did not come to its end: {process.exitcode}")


def _tell(process: ForkServerProcess, what: signal.Signals) -> None:
    if process.pid is not None and process.is_alive():
        os.kill(process.pid, what)
