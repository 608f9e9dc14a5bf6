"""How long a try may take, and whether there is time left."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may take.

    send, lease: from the claim until a try sends nothing more, and until another may take it over.
    first_pause, longest_pause: after a failed try. Each is drawn between half of it and the whole.
    give_up_looking: how long after it was worth saying we go on looking whether it was said.
    """

    send: timedelta = timedelta(seconds=30)
    lease: timedelta = timedelta(seconds=60)
    first_pause: timedelta = timedelta(seconds=5)
    longest_pause: timedelta = timedelta(minutes=10)
    give_up_looking: timedelta = timedelta(days=1)

    def __post_init__(self) -> None:
        if not timedelta() < self.send < self.lease:
            raise ValueError(f"a try has to end ({self.send}) before its lease does ({self.lease})")

    @property
    def settling(self) -> timedelta:
        """For a platform that is slow to do what it was sent, and for replicas whose clocks differ.

        If we looked at once, we could miss what is still on its way, and post it a second time.
        """
        return self.lease - self.send


USUAL: Final = Patience()


@dataclass(frozen=True, slots=True)
class Time:
    """What was claimed at one go is sent under this name, until then by the clock and until then by the loop.

    By both: a clock may be set back, and the loop's time stands still while the machine sleeps. The name is new for
    each claim, so that a process which comes back to its own delivery is fenced off as another would be.
    """

    owner: str
    until: datetime
    by_loop: float
    clock: Callable[[], datetime]

    def left(self) -> bool:
        return self.clock() < self.until and asyncio.get_running_loop().time() < self.by_loop
