"""How often one person may ask, so that nobody has the bot to themselves, or has it flood a channel.

Each account has a bucket that leaks evenly: so much at once, then one each so often. It is kept as a single moment, the
one at which the bucket will be empty again (the "virtual scheduling" form of the leaky bucket, ITU-T I.371), so the
count is exact, needs no timer, and depends on nothing but the moments that it is given.

It lives in this process's memory, and that suffices: it guards this process's time and what it says to others, and so
many replicas let through at most so many times as much. What must hold across all of them and across a restart, such
as wrong codes of `link`, is counted in the database.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.chat import Request

#: Platform, workspace and user.
Account = tuple[str, str, str]

#: Between two requests of one person, in the long run. Who answers the quiz as fast as they can read is slower.
EVERY = timedelta(seconds=2)
#: Requests that may come at once: whoever clicks through an answer's menus is not held up.
BURST = 20
#: What costs more, or speaks to others: so many times rarer, and so much at once.
RARER, COSTLY_BURST = 10, 5
#: Accounts remembered for each limit. The one that has been silent longest is forgotten first; after a silence of
#: `burst * every` there is nothing to remember anyway.
MOST = 20_000

_NOTHING = timedelta()


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many at once, and then one each `every`."""

    burst: int
    every: timedelta


class RateLimit:
    """One allowance for each account."""

    def __init__(self, allowance: Allowance, most: int = MOST) -> None:
        self._every = allowance.every
        self._room = allowance.every * allowance.burst
        self._most = most
        self._empty_at: OrderedDict[Account, datetime] = OrderedDict()

    def take(self, account: Account, at: datetime) -> timedelta:
        """Take one, if there is one: then nothing is to be waited for. Else how long; to be refused costs nothing."""
        # A bucket cannot be fuller than full: a clock that was put back must not lock anybody out.
        empty_at = min(max(self._empty_at.get(account, at), at), at + self._room)
        wait = empty_at + self._every - self._room - at
        taken = wait <= _NOTHING
        self._empty_at[account] = empty_at + self._every if taken else empty_at
        self._empty_at.move_to_end(account)
        if len(self._empty_at) > self._most:
            self._empty_at.popitem(last=False)
        return _NOTHING if taken else wait

    def __len__(self) -> int:
        """How many accounts are remembered."""
        return len(self._empty_at)


class RateLimits:
    """What a person may ask: anything, and beside it what is costly.

    every: between two requests of one person, in the long run.
    """

    def __init__(self, every: timedelta = EVERY, most: int = MOST) -> None:
        self._any = RateLimit(Allowance(BURST, every), most)
        self._costly = RateLimit(Allowance(COSTLY_BURST, every * RARER), most)

    def take(self, request: Request) -> timedelta:
        """For each request. How long to wait; nothing if it may be answered now."""
        return self._any.take(request.person.account, request.at)

    def take_costly(self, request: Request) -> timedelta:
        """Beside `take`, for what costs more or speaks to others."""
        return self._costly.take(request.person.account, request.at)
