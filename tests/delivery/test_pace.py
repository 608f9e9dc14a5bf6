"""The pace, by a clock that goes on only when nobody has anything left to do."""

import asyncio
from collections.abc import Coroutine
from heapq import heappop, heappush
from itertools import pairwise

import pytest

from bot.delivery.pace import LONGEST, NotNow, Pace, Rate, Scope

EVERYWHERE = Scope("everywhere", Rate(50, 1.0))
ROOM, HALL = Scope("room", Rate(1, 1.0)), Scope("hall", Rate(1, 1.0))


class Street:
    """Calls that wait for their turns, and when each went. late: how much later than asked for everybody wakes."""

    def __init__(self, late: float = 0.0) -> None:
        self.now = 0.0
        self.late = late
        self.went: list[tuple[str, float]] = []
        self.told: list[NotNow] = []
        self.pace = Pace(lambda: self.now, self.sleep)
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._numbers = iter(range(1_000_000))

    async def sleep(self, seconds: float) -> None:
        if seconds > 0:
            woken = asyncio.Event()
            heappush(self._sleepers, (self.now + seconds + self.late, next(self._numbers), woken))
            await woken.wait()

    async def call(self, name: str, *scopes: Scope, after: float = 0.0) -> None:
        await self.sleep(after)
        try:
            await self.pace.turn(*scopes)
        except NotNow as no:
            self.told.append(no)
        else:
            self.went.append((name, self.now))

    async def run(self, *calls: Coroutine[object, object, None]) -> None:
        tasks = [asyncio.ensure_future(call) for call in calls]
        while True:
            for _ in range(20):
                await asyncio.sleep(0)
            if not self._sleepers:
                break
            self.now, _, woken = heappop(self._sleepers)
            woken.set()
        await asyncio.gather(*tasks)

    def times(self, name: str = "") -> list[float]:
        return [at for whose, at in self.went if name in {"", whose}]


def most_in(times: list[float], seconds: float) -> int:
    """The most of them in any so many seconds, wherever they begin."""
    return max(sum(begin <= at < begin + seconds for at in times) for begin in times)


async def test_turns_come_evenly_near_the_limit_and_never_above_it() -> None:
    street = Street()
    await street.run(*(street.call("x", EVERYWHERE) for _ in range(300)))
    assert most_in(street.times(), 1.0) <= 50
    assert len(street.times()) / street.times()[-1] > 0.95 * 50


async def test_who_wakes_late_makes_nobody_behind_them_late() -> None:
    street = Street(late=0.01)
    await street.run(*(street.call("x", EVERYWHERE) for _ in range(300)))
    assert len(street.times()) / street.times()[-1] > 0.95 * 50
    assert most_in(street.times(), 1.0) <= 50


async def test_a_first_call_waits_for_nothing_and_those_who_wait_go_as_they_came() -> None:
    street = Street()
    await street.run(*(street.call(str(number), EVERYWHERE) for number in range(20)))
    assert street.went[0] == ("0", 0.0)
    assert [name for name, _ in street.went] == [str(number) for number in range(20)]


async def test_a_burst_goes_at_once_and_still_no_more_than_the_limit_at_any_time() -> None:
    pages = Scope("room", Rate(5, 5.0, burst=5))
    street = Street()
    await street.run(*(street.call("page", pages, EVERYWHERE) for _ in range(8)))
    assert street.times()[4] < 0.1
    assert most_in(street.times(), 5.0) == 5
    assert street.told == []


async def test_a_busy_room_holds_up_no_other() -> None:
    street = Street()
    busy = [street.call("room", ROOM, EVERYWHERE) for _ in range(5)]
    await street.run(*busy, street.call("hall", HALL, EVERYWHERE))
    (hall,) = street.times("hall")
    assert hall < 0.1
    assert all(1.0 <= later - earlier < 1.1 for earlier, later in pairwise(street.times("room")))


async def test_a_room_keeps_its_gap_however_long_its_calls_wait_elsewhere() -> None:
    """Its first call waits behind a crowd for the second scope, its next one no longer does."""
    street = Street()
    crowd = [street.call("crowd", Scope(f"room {number}", Rate(1, 1.0)), EVERYWHERE) for number in range(150)]
    await street.run(*crowd, *(street.call("room", ROOM, EVERYWHERE) for _ in range(3)))
    assert street.times("room")[0] > 3.0
    assert most_in(street.times("room"), 1.0) == 1


async def test_who_would_wait_too_long_is_told_how_long_and_takes_no_turn() -> None:
    street = Street()
    await street.run(*(street.call("x", ROOM) for _ in range(20)))
    assert all(at <= LONGEST for at in street.times())
    assert len(street.times()) > LONGEST - 1.5
    assert all(no.seconds > LONGEST for no in street.told)
    late = len(street.times())
    await street.run(street.call("x", ROOM))
    assert len(street.times()) == late + 1


async def test_a_closed_scope_lets_nobody_through_not_even_those_who_wait() -> None:
    street = Street()

    async def close() -> None:
        await street.sleep(2.5)
        street.pace.close(ROOM, 30)

    waiting = [street.call("room", ROOM, EVERYWHERE) for _ in range(5)]
    late = street.call("room", ROOM, EVERYWHERE, after=10)
    await street.run(*waiting, close(), late, street.call("hall", HALL, EVERYWHERE, after=5))
    assert len(street.times("room")) == 3
    assert street.times("hall") == [5.0]
    assert sorted(round(no.seconds, 1) for no in street.told) == pytest.approx([22.5, 29.4, 29.4], abs=0.1)
    street.now = 32.5
    await street.run(street.call("room", ROOM, EVERYWHERE))
    assert len(street.times("room")) == 4


async def test_who_waits_already_sits_out_a_short_closing_and_who_comes_is_told_at_once() -> None:
    street = Street()

    async def close() -> None:
        await street.sleep(1.5)
        street.pace.close(ROOM, 2)

    waiting = [street.call("room", ROOM, EVERYWHERE) for _ in range(4)]
    await street.run(*waiting, close(), street.call("late", ROOM, EVERYWHERE, after=2))
    assert street.times("room") == pytest.approx([0.0, 1.0, 3.5, 4.5], abs=0.1)
    assert [no.seconds >= 1.5 for no in street.told] == [True]


async def test_who_leaves_the_line_leaves_their_turn_to_the_next() -> None:
    street = Street()
    tasks = [asyncio.ensure_future(street.call(str(number), ROOM)) for number in range(4)]
    await asyncio.sleep(0)  # they stand in line
    tasks[1].cancel()
    tasks[2].cancel()
    await street.run()
    await asyncio.wait(tasks)
    assert [task.cancelled() for task in tasks] == [False, True, True, False]
    assert [name for name, _ in street.went] == ["0", "3"]
    assert street.times()[1] < 1.1


async def test_scopes_in_which_nobody_waits_are_forgotten() -> None:
    street = Street()
    for number in range(1500):
        street.now += 1
        await street.run(street.call("x", Scope(str(number), Rate(5, 5.0)), EVERYWHERE))
    assert len(street.times()) == 1500
    assert len(street.pace._lines) <= 1000
