"""Several processes with one Discord token: the bot's own pace, against a limit that is counted for all of them.

In simulated time: the loop's clock leaps to whatever comes next, and nothing is waited for.
"""

import asyncio
import selectors
from dataclasses import dataclass
from typing import Any

from bot.delivery.pace import NotNow, Pace, Scope
from bot.platforms.discord import limits

_TOKEN = Scope("the token", limits.REQUESTS)
#: Refused requests in ten minutes from which on an address is shut out (developers/topics/rate-limits).
SHUT_OUT, TEN_MINUTES = 10_000, 600
#: Seconds after which a process looks for another delivery, when one had no turn; and until Discord answers.
_LOOK_AGAIN, _ANSWER = 1.0, 0.1


@dataclass(frozen=True, slots=True)
class Shared:
    """By second; `refused` in ten minutes."""

    processes: int
    posts: float
    refused: float


class _Leaping(selectors.SelectSelector):
    """Instead of waiting, it says how long it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing would ever happen again")
        self.time += max(timeout, 0.0)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.time


class _Discord:
    """Fifty requests a second for the token, counted in windows, whoever they come from."""

    def __init__(self) -> None:
        self.made = self.refused = self._in_window = 0
        self._window = -1

    def call(self, now: float) -> float:
        """Seconds to wait, if it is too much; else 0."""
        if int(now) != self._window:
            self._window, self._in_window = int(now), 0
        self._in_window += 1
        if self._in_window > limits.REQUESTS.calls:
            self.refused += 1
            return int(now) + 1 - now
        self.made += 1
        return 0.0


async def _place(pace: Pace, discord: _Discord) -> None:
    """One of the deliveries that a process has under way, and whatever comes after it in its place."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            await pace.turn(_TOKEN)
        except NotNow:
            await asyncio.sleep(_LOOK_AGAIN)
            continue
        wait = discord.call(loop.time())
        await asyncio.sleep(_ANSWER)
        if wait:
            pace.close(_TOKEN, wait)
            await asyncio.sleep(_LOOK_AGAIN)


def share(processes: int, at_once: int, seconds: int) -> Shared:
    """So many processes, each with so many deliveries under way, for so many simulated seconds."""
    discord = _Discord()

    async def all_of_them() -> None:
        loop = asyncio.get_running_loop()
        paces = [Pace(loop.time, asyncio.sleep) for _ in range(processes)]
        places: list[asyncio.Task[Any]] = [
            asyncio.create_task(_place(pace, discord)) for pace in paces for _ in range(at_once)
        ]
        await asyncio.sleep(seconds)
        for place in places:
            place.cancel()
        await asyncio.gather(*places, return_exceptions=True)

    with asyncio.Runner(loop_factory=_Loop) as runner:
        runner.run(all_of_them())
    return Shared(processes, discord.made / seconds, discord.refused / seconds * TEN_MINUTES)
