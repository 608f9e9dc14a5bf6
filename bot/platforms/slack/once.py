"""What was handled already, so that nothing is answered twice."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol, TypeVar

from bot.core.errors import CareerbotError, StorageUnavailable

#: Seconds that the database may take to say whether another replica was told the same; and for which it is not asked
#: again after it was away. Somebody waits for the answer, and Slack for three seconds.
_PATIENCE, _AWAY = 0.5, 10.0

_log = logging.getLogger(__name__)
T = TypeVar("T")


class Once:
    """Remembers keys for `seconds`, at most `most` of them; beyond that the oldest are forgotten first."""

    def __init__(self, seconds: float, most: int = 20_000, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._most = most
        self._now = now
        self._seen: OrderedDict[str, float] = OrderedDict()

    def knows(self, key: str) -> bool:
        """Whether this key came already, and not too long ago."""
        while self._seen and next(iter(self._seen.values())) <= self._now() - self._seconds:
            self._seen.popitem(last=False)
        return key in self._seen

    def first(self, key: str) -> bool:
        """Whether this key comes for the first time; from now on it does not."""
        if self.knows(key):
            return False
        self._seen[key] = self._now()
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return True


class Busy(CareerbotError):
    """Neither to be done now nor to be left: another replica is at it, or Slack cannot be asked. It says it again."""


class Heard(Protocol):
    """What all replicas were told (storage/heard.py). Raises StorageUnavailable, each method."""

    async def first(self, kind: str, what: str, at: datetime) -> bool:
        """Whether this is heard for the first time; from now on it is not."""

    async def begin(self, kind: str, what: str, at: datetime) -> bool | None:
        """Whether to do it now; False where it is done, None where somebody else has begun it a moment ago."""

    async def end(self, kind: str, what: str, at: datetime) -> None:
        """It is done."""


class OnceForAll:
    """The same among all replicas.

    kind: what sort of thing these keys are. heard: None for a process on its own. While the database is away, what
    this process remembers has to do.
    """

    def __init__(self, kind: str, here: Once, clock: Callable[[], datetime], heard: Heard | None) -> None:
        self._kind = kind
        self._here = here
        self._clock = clock
        self._heard = heard
        self._away = Once(_AWAY, most=1)

    async def first(self, key: str) -> bool:
        """Whether this key comes for the first time. Who is told so acts: what was noted by a replica that died at that
        very moment is lost, rather than done twice.
        """
        if not self._here.first(key):
            return False
        return await self._ask(lambda heard: heard.first(self._kind, key, self._clock()), otherwise=True)

    async def begin(self, key: str) -> bool:
        """Whether to do it now, and then to `end` it; what a replica has begun and not ended, as it died, is begun
        again by another a while later. Raises Busy.
        """
        told: bool | None = await self._ask(
            lambda heard: heard.begin(self._kind, key, self._clock()), otherwise=self._here.first(key)
        )
        if told is None:
            raise Busy("another replica is at it")
        return told

    async def end(self, key: str) -> None:
        async def ended(heard: Heard) -> None:
            await heard.end(self._kind, key, self._clock())

        await self._ask(ended, otherwise=None)

    async def _ask(self, question: Callable[[Heard], Awaitable[T]], *, otherwise: T) -> T:
        if self._heard is None or self._away.knows(""):
            return otherwise
        try:
            async with asyncio.timeout(_PATIENCE):
                return await question(self._heard)
        except (StorageUnavailable, TimeoutError):
            if self._away.first(""):
                _log.warning("%ss: for now only this process knows them; the database is away or slow", self._kind)
            return otherwise
