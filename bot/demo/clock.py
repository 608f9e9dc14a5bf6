"""The demo's clock, which a visitor may move on, so that a streak grows while they watch."""

from collections.abc import Callable
from datetime import datetime, timedelta

Clock = Callable[[], datetime]


class DemoClock:
    """The present moment, and all that was skipped. It never goes back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._skipped = timedelta()

    def __call__(self) -> datetime:
        return self._clock() + self._skipped

    def skip(self, by: timedelta) -> datetime:
        """Move on; the moment that it is now. Raises ValueError for a way back."""
        if by < timedelta():
            raise ValueError("the demo's clock does not go back")
        self._skipped += by
        return self()
