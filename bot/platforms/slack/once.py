"""What was handled already, so that nothing is answered twice."""

import time
from collections import OrderedDict
from collections.abc import Callable


class Once:
    """Remembers keys for `seconds`, at most `most` of them; beyond that the oldest are forgotten first."""

    def __init__(self, seconds: float, most: int = 20_000, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._most = most
        self._now = now
        self._seen: OrderedDict[str, float] = OrderedDict()

    def first(self, key: str) -> bool:
        """Whether this key comes for the first time; from now on it does not."""
        now = self._now()
        while self._seen and next(iter(self._seen.values())) <= now - self._seconds:
            self._seen.popitem(last=False)
        if key in self._seen:
            return False
        self._seen[key] = now
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return True
