"""As fast as a platform lets us speak, and not faster.

Whoever calls waits for a turn. Turns come evenly: so a limit of so many calls in so many seconds is kept whether the
platform counts in windows, fixed or sliding, or in a bucket that leaks, and a burst never has to wait out its window.

This is one process's pace. Several that share a token each keep to the whole limit; what is too much then is told by
the platform, whose word closes a scope for as long as it says, for each of them.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, NamedTuple

#: Seconds that a call waits for its turn. So much less than a try has (Patience.send) that the call still fits in.
LONGEST: Final = 8.0
#: How much wider than its share the gap between two turns is: calls that left evenly arrive a little less so.
_MARGIN: Final = 1.03
#: Seconds that are no wait yet.
_MOMENT: Final = 0.01
#: Scopes that are kept before we forget those in which nobody waits.
_MANY: Final = 1000


class Rate(NamedTuple):
    """A platform's limit: so many calls in so many seconds. `burst`: of these, how many may come at once."""

    calls: int
    seconds: float
    burst: int = 1


class Scope(NamedTuple):
    """Calls that a platform counts together. Without a rate they are only held back where it closes the scope."""

    name: str
    rate: Rate | None = None


class NotNow(Exception):
    """There is no turn soon enough; `seconds` until there may be one."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class _Line:
    """Those who wait in one scope, one behind the other. `closed`: until when nobody may go, by the clock."""

    def __init__(self, rate: Rate | None) -> None:
        rate = rate or Rate(1, 0.0)
        self._gap = rate.seconds / rate.calls * _MARGIN
        self._span = self._gap * rate.burst
        self._went = deque[float](maxlen=rate.burst)
        self._waiting = 0
        self._first = asyncio.Lock()
        self.closed = -math.inf

    @property
    def opens(self) -> float:
        """When the first who waits may go."""
        full = len(self._went) == self._went.maxlen
        return max(self._went[0] + self._span if full else -math.inf, self.closed)

    def go(self, turn: float) -> None:
        self._went.append(turn)

    def idle(self, now: float) -> bool:
        counts_until = self._went[-1] + self._span if self._went else -math.inf
        return not self._waiting and max(counts_until, self.closed) <= now

    def require(self, now: float, until: float = math.inf) -> None:
        """Raises NotNow where it is closed, or whoever comes now would have their turn later than `until`."""
        turn = self.opens + self._waiting * self._gap
        if self.closed > now or turn > until:
            raise NotNow(turn - now)

    @asynccontextmanager
    async def first(self) -> AsyncIterator[None]:
        """Stand in line, and be the first of it while this is held."""
        self._waiting += 1
        try:
            async with self._first:
                yield
        finally:
            self._waiting -= 1


def _nothing(seconds: float) -> None:
    """Nobody listens."""
    del seconds


class Pace:
    """The turns of one process on one platform's token.

    now: seconds on a clock that only goes forward. sleep: waits for so many of them.
    waited, told: hear how many seconds a call has waited for its turn, and how many the platform told us to wait.
    """

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        waited: Callable[[float], None] = _nothing,
        told: Callable[[float], None] = _nothing,
    ) -> None:
        self._waited = waited
        self._told = told
        self._now = now
        self._sleep = sleep
        self._lines: dict[str, _Line] = {}

    async def turn(self, *scopes: Scope) -> None:
        """Wait until a call may go by all of these scopes, the narrowest of which comes first. Raises NotNow.

        Who waits in a narrow scope has no place yet in a wide one, and so holds up nobody there.
        """
        now = self._now()
        until = now + LONGEST
        for scope in scopes:
            self._line(scope).require(now, until)
        async with AsyncExitStack() as ours:
            lines = list[_Line]()
            for scope in scopes:
                line = self._line(scope)
                line.require(self._now(), until)
                await ours.enter_async_context(line.first())
                turn = self._now()
                while (opens := line.opens) > self._now():  # again, as it may be closed meanwhile
                    if opens > until:
                        raise NotNow(opens - self._now())
                    turn = opens
                    await self._sleep(opens - self._now())
                lines.append(line)
            for line in lines:
                line.require(self._now())  # a narrow one may have been closed while we waited in a wide one
            for line in lines:
                # From when the turn was, not from when we woke: else each who wakes late makes all behind them late.
                line.go(turn)
        if (waited := self._now() - now) > _MOMENT:
            self._waited(waited)

    def close(self, scope: Scope, seconds: float) -> None:
        """The platform said so: for as long nobody calls there.

        Who wait already keep their places, if it is not too long for them; who comes is told at once.
        """
        self._told(seconds)
        line = self._line(scope)
        line.closed = max(line.closed, self._now() + seconds)

    def _line(self, scope: Scope) -> _Line:
        if scope.name not in self._lines:
            if len(self._lines) >= _MANY:
                now = self._now()
                self._lines = {name: line for name, line in self._lines.items() if not line.idle(now)}
            self._lines[scope.name] = _Line(scope.rate)
        return self._lines[scope.name]
