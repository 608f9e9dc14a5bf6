"""How often an app may call: docs.slack.dev/apis/web-api/rate-limits, and the page of each method.

Slack says "about one message a second" for a channel, lets short bursts pass, and "several hundred a minute" for a
workspace; what exactly it counts, it does not say. This is the strict reading, so what keeps to it keeps to Slack's.
"""

import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bot.demo.slack.workspace import Workspace

#: Calls a minute for an app in a workspace: the tiers of the methods that a delivery touches (3 and 4).
TIERS: Final = {
    "chat.update": 50,
    "conversations.history": 50,
    "conversations.info": 50,
    "conversations.open": 50,
    "users.info": 100,
}


class TooFast(Exception):
    """A call comes too soon. `seconds`: whole ones until it may come again, as in Retry-After."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = max(math.ceil(seconds), 1)


@dataclass(slots=True)
class Window:
    """So many in so many seconds, counted from the first; then anew."""

    limit: int
    seconds: float
    used: int = 0
    ends: float = 0.0

    def left(self, now: float) -> int:
        """How many more may come before it ends."""
        if now >= self.ends:
            self.used, self.ends = 0, now + self.seconds
        return self.limit - self.used

    def wait(self, now: float) -> float:
        """Seconds until one more may come."""
        return 0.0 if self.left(now) > 0 else self.ends - now


@dataclass(slots=True)
class Pace:
    """Counts calls, and refuses those that come too fast.

    channel: messages a second in each channel; workspace: messages a minute in all of them.
    now: seconds on any clock that only goes forward. refused: how many were, by method.
    """

    channel: int = 1
    workspace: int = 300
    now: Callable[[], float] = time.monotonic
    refused: Counter[str] = field(default_factory=Counter)
    _windows: dict[tuple[str, str], Window] = field(default_factory=dict)

    def hold(self, workspace: Workspace, method: str, channel: str) -> None:
        """Count a call. Raises TooFast, and then it does not count."""
        now, windows = self.now(), self._met(workspace, method, channel)
        wait = max((window.wait(now) for window in windows), default=0.0)
        if wait > 0:
            self.refused[method] += 1
            raise TooFast(wait)
        for window in windows:
            window.used += 1

    def _met(self, workspace: Workspace, method: str, channel: str) -> list[Window]:
        if method == "chat.postMessage":
            found = workspace.dm_of(channel) or workspace.channel(channel)
            return [
                self._window(workspace.id, found.id if found else channel, self.channel, 1.0),
                self._window(workspace.id, method, self.workspace, 60.0),
            ]
        tier = TIERS.get(method)
        return [] if tier is None else [self._window(workspace.id, method, tier, 60.0)]

    def _window(self, team: str, what: str, limit: int, seconds: float) -> Window:
        return self._windows.setdefault((team, what), Window(limit, seconds))
