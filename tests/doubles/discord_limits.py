"""How often a bot may call.

Source: developers/topics/rate-limits; five messages in five seconds is what a channel's headers tell today.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.demo.slack.pace import Window


@dataclass(frozen=True, slots=True)
class TooFast:
    """`seconds` until one may come again; `everywhere`: for every route, not for this channel alone."""

    seconds: float
    everywhere: bool


@dataclass(slots=True)
class Limits:
    """every: requests a second of one bot. channel: messages in five seconds in one channel.

    now: seconds on any clock that only goes forward.
    """

    every: int = 50
    channel: int = 5
    now: Callable[[], float] = time.monotonic
    _all: Window = field(init=False)
    _channels: dict[str, Window] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._all = Window(self.every, 1.0)

    def take(self, channel: str) -> TooFast | None:
        """Count a request; "" for a channel where it makes no message. What is told to wait does not count."""
        now = self.now()
        if (wait := self._all.wait(now)) > 0:
            return TooFast(wait, everywhere=True)
        window = self._window(channel)
        if window and (wait := window.wait(now)) > 0:
            return TooFast(wait, everywhere=False)
        for each in filter(None, (self._all, window)):
            each.used += 1
        return None

    def headers(self, channel: str) -> dict[str, str]:
        """What Discord tells of the channel's bucket with every answer."""
        window = self._window(channel)
        if window is None:
            return {}
        left = window.left(self.now())
        after = window.ends - self.now()
        return {
            "X-RateLimit-Limit": str(window.limit),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": f"{time.time() + after:.3f}",
            "X-RateLimit-Reset-After": f"{after:.3f}",
            "X-RateLimit-Bucket": "channel-messages",
        }

    def _window(self, channel: str) -> Window | None:
        return self._channels.setdefault(channel, Window(self.channel, 5.0)) if channel else None


def refusal_headers(seconds: float, scope: str | None) -> dict[str, str]:
    """What stands over a 429."""
    headers = {"Retry-After": str(max(math.ceil(seconds), 1))}
    if scope:
        headers["X-RateLimit-Scope"] = scope
    if scope == "global":
        headers["X-RateLimit-Global"] = "true"
    return headers
