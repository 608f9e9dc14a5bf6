"""A load from outside: so many things asked at a time, and what answering them costs the process that does."""

import asyncio
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

#: Seconds that nothing may be answered for.
_PATIENCE = 120.0
#: Seconds after the last answer whose CPU counts too: a bot has still to hear that it was taken, and the system counts
#: a process that runs on another processor some milliseconds late.
_AFTERWARDS = 0.02


@dataclass(frozen=True, slots=True)
class Shot:
    """One load: answers a second, milliseconds until an answer was there, microseconds of CPU for each."""

    rate: float
    median: float
    p99: float
    worst: float
    cpu: float


@dataclass(slots=True)
class Volley:
    """Asks by number, and is told by number what was answered."""

    ask: Callable[[int], None] = lambda _: None
    _asked: dict[int, float] = field(default_factory=dict)
    _took: list[float] = field(default_factory=list)
    _left: int = 0
    _next: int = 1
    _done: asyncio.Event = field(default_factory=asyncio.Event)

    async def fire(self, many: int, at_once: int, pid: int) -> Shot:
        """All of them, so many at a time: each answer brings the next question. Raises TimeoutError.

        pid: the process that answers.
        """
        self._took, self._left = [], many
        self._done.clear()
        spent, began = cpu(pid), time.perf_counter()
        for _ in range(min(at_once, many)):
            self._send()
        async with asyncio.timeout(_PATIENCE):
            await self._done.wait()
        seconds = time.perf_counter() - began
        await asyncio.sleep(_AFTERWARDS)
        spent = cpu(pid) - spent
        took = sorted(self._took)
        p99 = took[math.ceil(0.99 * len(took)) - 1]
        return Shot(many / seconds, statistics.median(took), p99, took[-1], 1e6 * spent / many)

    def answered(self, number: int) -> None:
        """Told twice of one, it counts once."""
        asked = self._asked.pop(number, None)
        if asked is None:
            return
        self._took.append(1000 * (time.perf_counter() - asked))
        if self._left:
            self._send()
        elif not self._asked:
            self._done.set()

    def _send(self) -> None:
        number, self._next = self._next, self._next + 1
        self._left -= 1
        self._asked[number] = time.perf_counter()
        self.ask(number)


def middle(shots: Sequence[Shot]) -> Shot:
    """The median of the rounds, figure by figure; the worst of all."""
    return Shot(
        statistics.median(shot.rate for shot in shots),
        statistics.median(shot.median for shot in shots),
        statistics.median(shot.p99 for shot in shots),
        max(shot.worst for shot in shots),
        statistics.median(shot.cpu for shot in shots),
    )


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used, all its threads together. Linux alone: clock_getcpuclockid(3)."""
    return time.clock_gettime((~pid << 3) | 2)


def memory(pid: int) -> float:
    """Megabytes that a process holds in memory (VmRSS of proc(5))."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024
