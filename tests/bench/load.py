"""How a load is given, and what is measured of it."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

#: Do the n-th thing, wholly, as this person. False: it was refused.
Deed = Callable[[str, int], Awaitable[bool]]
#: Who does the n-th thing.
Who = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured.

    loads: answers at a time, with the number of all of them; people: different learners.
    subscriptions: among how many weekly digests some are due; ticks: how often they are. jobs: how many an APScheduler
    is given, in memory and in SQLite. seconds: for how long posts are counted; warm: and from when after the first.
    commands: at a time, with the number of all of them; usual: the number at a time that we hold ourselves to; warm_up:
    how many are not counted before. mixed: after how many the memory is looked at. crowd: how many come at once.
    """

    rounds: int
    loads: dict[int, int]
    people: int
    subscriptions: tuple[int, ...]
    ticks: int
    jobs: tuple[int, ...]
    seconds: float
    warm: float
    commands: dict[int, int]
    usual: int
    warm_up: int
    mixed: tuple[int, ...]
    crowd: int


FULL = Size(
    rounds=5,
    loads={1: 150, 50: 300, 500: 500},
    people=500,
    subscriptions=(1_000, 100_000, 1_000_000),
    ticks=31,
    jobs=(1_000, 100_000),
    seconds=15.0,
    warm=3.0,
    commands={1: 300, 50: 1_000, 500: 1_500},
    usual=50,
    warm_up=100,
    mixed=(1_000, 100_000),
    crowd=1_000,
)
#: Shows that everything works; its figures mean nothing.
QUICK = Size(
    rounds=1,
    loads={1: 3, 10: 20},
    people=20,
    subscriptions=(100, 1_000),
    ticks=2,
    jobs=(100, 1_000),
    seconds=1.0,
    warm=0.2,
    commands={1: 2, 5: 10},
    usual=5,
    warm_up=1,
    mixed=(10, 20),
    crowd=20,
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One load: how many a second, the milliseconds from asking to being answered, and how many were refused."""

    rate: float
    median: float
    p99: float
    refused: int


@dataclass(frozen=True, slots=True)
class Line:
    """A thing under one load: of "ours" and of each floor a sample for every round, in pairs."""

    thing: str
    learners: str
    at_once: int
    samples: Mapping[str, tuple[Sample, ...]]

    def middle(self, name: str) -> Sample:
        """The median of the rounds, figure by figure; all that were refused."""
        rounds = self.samples[name]
        return Sample(
            statistics.median(one.rate for one in rounds),
            statistics.median(one.median for one in rounds),
            statistics.median(one.p99 for one in rounds),
            sum(one.refused for one in rounds),
        )

    def ratio(self, floor: str) -> float:
        """Ours by the floor, in things a second: the median of the rounds."""
        pairs = zip(self.samples["ours"], self.samples[floor], strict=True)
        return statistics.median(ours.rate / bare.rate for ours, bare in pairs)


@dataclass(frozen=True, slots=True)
class Row:
    """Something else that was measured: what stands in each column, by its heading."""

    thing: str
    cells: Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True)
class Goal:
    """Something that we have set ourselves: what it is now, and the most that it may be; or the least.

    found: None where it could not be measured.
    """

    what: str
    found: float | None
    bound: float
    at_least: bool = False

    @property
    def reached(self) -> bool:
        if self.found is None:
            return False
        return self.found >= self.bound if self.at_least else self.found <= self.bound


async def load(do: Deed, who: Who, numbers: range, at_once: int) -> Sample:
    """Do all of them, so many at a time: who is done takes the next."""
    waiting = iter(numbers)
    took: list[float] = []
    refused = 0

    async def one_after_another() -> None:
        nonlocal refused
        for number in waiting:
            began = time.perf_counter()
            if await do(who(number), number):
                took.append(1000 * (time.perf_counter() - began))
            else:
                refused += 1

    began = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(at_once)))
    rate = len(took) / (time.perf_counter() - began)
    took.sort()
    return Sample(rate, statistics.median(took), took[int(0.99 * (len(took) - 1))], refused)
