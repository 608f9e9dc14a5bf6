"""Empties the outbox: claims what is due, says it, marks what became of it.

Each delivery is a task of its own, so a slow place holds up no other; a workspace that has many under way gets no more
until some have ended.

A process may be stopped in the middle of a try, and go on when another has taken over what it had claimed. A timer is
no help then: what was about to run when it was stopped runs first. So it is the last thing before bytes leave that asks
whether the try still has time (`publisher.still_ours`), and a try has less time than its lease (`Patience`).
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from itertools import count

from bot.core import trace
from bot.core.chat import Reply
from bot.core.errors import StorageUnavailable
from bot.delivery.outbox import Claimed, Delivery, Outbox, Outcome, State, Target
from bot.delivery.patience import USUAL, Patience, Time
from bot.delivery.publisher import CannotLook, Publisher, PublishError, Refused, TooFast, still_ours

_log = logging.getLogger(__name__)

#: Deliveries under way on one platform; from how many in one workspace it has to wait; how many are taken at a time.
#: No more than their platforms let go within a few seconds (pace.LONGEST): 256 on Discord, 31 in a Slack workspace.
AT_ONCE, AT_ONCE_IN_ONE_PLACE, ARMFUL = 256, 16, 16
#: Seconds until we look again for what is due; and for which the ends of several are gathered, to claim at one go.
_LOOK_AGAIN, _GATHER = 1.0, 0.1
#: How much earlier than it was due a post may stand by the platform's clock.
_CLOCKS_DIFFER = timedelta(minutes=10)

#: Makes what is to be said at that moment; None where there is nothing to say any more.
Composer = Callable[[Delivery, datetime], Awaitable[Reply | None]]


class Courier:
    """owner: this process's own name, never used before.

    chance: draws the jitter of pauses, so that what failed together does not come back together.
    """

    def __init__(
        self,
        outbox: Outbox,
        publishers: Mapping[str, Publisher],
        composers: Mapping[str, Composer],
        clock: Callable[[], datetime],
        owner: str,
        chance: random.Random,
        patience: Patience = USUAL,
    ) -> None:
        self._outbox = outbox
        self._publishers = publishers
        self._composers = composers
        self._clock = clock
        self._owner = owner
        self._chance = chance
        self._patience = patience
        self._claims = count(1)
        self._under_way: dict[asyncio.Task[None], Target] = {}
        self._closing = False

    async def pump(self) -> int:
        """Start what is due, as far as there is room, and return how many. Does not wait for their end."""
        started = 0
        while not self._closing and (room := self._room()):
            most = min(*room.values(), ARMFUL)
            claimed, time = await self._claim(tuple(room), most)
            for one in claimed:
                task = asyncio.create_task(self._deliver(one, time), name=f"delivery {one.delivery.id}")
                self._under_way[task] = one.delivery.target
                task.add_done_callback(self._under_way.pop)
            started += len(claimed)
            if len(claimed) < most:
                break
        return started

    def _room(self) -> dict[str, int]:
        """How many more there may be on each platform that has room: one that is slow holds up no other."""
        busy = Counter(target.platform for target in self._under_way.values())
        return {platform: AT_ONCE - busy[platform] for platform in self._publishers if busy[platform] < AT_ONCE}

    async def deliver_due(self) -> None:
        """Go on until nothing is due or under way. What becomes due meanwhile is seen within about a second."""
        busy = True
        while busy:
            # Asked before the claim: what ends during it leaves room that the claim did not know of.
            busy = bool(self._under_way)
            busy = await self.pump() > 0 or busy
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=_LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(_GATHER)

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self._under_way:
            await asyncio.wait(set(self._under_way))

    async def close(self, patience: float) -> None:
        """Take nothing more; give what is under way so many seconds, then give the rest back."""
        self._closing = True
        if self._under_way:
            await asyncio.wait(set(self._under_way), timeout=patience)
        for task in set(self._under_way):
            task.cancel()
        await self.idle()

    async def _claim(self, platforms: tuple[str, ...], most: int) -> tuple[tuple[Claimed, ...], Time]:
        now, by_loop = self._clock(), asyncio.get_running_loop().time()
        counts = Counter(target.workspace for target in self._under_way.values())
        busy = {workspace for workspace, many in counts.items() if many >= AT_ONCE_IN_ONE_PLACE}
        send, lease = self._patience.send, self._patience.lease
        time = Time(f"{self._owner}-{next(self._claims)}", now + send, by_loop + send.total_seconds(), self._clock)
        return await self._outbox.claim(time.owner, now, now + lease, platforms, busy, most), time

    # ── one delivery ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _deliver(self, claimed: Claimed, time: Time) -> None:
        delivery = claimed.delivery
        trace.begin(delivery.id)
        outcome = await self._attempt(claimed, time)
        try:
            if not await self._outbox.mark(delivery, time.owner, outcome, self._clock()):
                _log.warning("%s %s was taken over by another process meanwhile", delivery.kind, delivery.id)
        except StorageUnavailable:
            _log.warning("%s %s: the outcome could not be kept; it is looked up later", delivery.kind, delivery.id)

    async def _attempt(self, claimed: Claimed, time: Time) -> Outcome:
        delivery, now = claimed.delivery, self._clock()
        late = now > delivery.until
        try:
            async with asyncio.timeout_at(time.by_loop):
                reply = None if late else await self._composers[delivery.kind](delivery, now)
        except asyncio.CancelledError:
            return Outcome(self._untouched(claimed), "the bot was stopped", again=self._clock())
        except StorageUnavailable:
            return self._later(claimed, self._untouched(claimed), "the database was away")
        except Exception:  # noqa: BLE001 # whatever a composer raises; what broke is logged, the row says so too
            _log.exception("the %s %s could not be made", delivery.kind, delivery.id)
            return self._later(claimed, self._untouched(claimed), "it could not be made; the log says why")
        if reply is not None or claimed.doubtful:
            said = await self._say(claimed, reply, time)
            if said is not None:
                return said
        return self._over(claimed, "nobody was there in time") if late else Outcome(State.DROPPED, "nothing to say")

    async def _say(self, claimed: Claimed, reply: Reply | None, time: Time) -> Outcome | None:
        """Post it, or, where there is nothing to say, look whether it was said; None if it was not."""
        delivery = claimed.delivery
        since = delivery.due - _CLOCKS_DIFFER
        publisher = self._publishers[delivery.target.platform]
        still_ours.set(time.left)
        try:
            async with asyncio.timeout_at(time.by_loop):
                if reply is None:
                    message = await publisher.look(delivery.target, delivery.id, since)
                else:
                    look_from = since if claimed.doubtful else None
                    message = await publisher.publish(delivery.target, reply, delivery.id, look_from=look_from)
        except PublishError as trouble:
            return self._troubled(claimed, trouble)
        except asyncio.CancelledError:
            again = self._clock() + self._patience.settling
            return Outcome(State.DOUBTFUL, "the bot was stopped", again=again)
        except TimeoutError:
            return self._doubtful(claimed, f"the platform did not answer in {self._patience.send.total_seconds():g} s")
        except Exception:  # noqa: BLE001 # such as an answer that is none: it may be there all the same
            _log.exception("posting the %s %s broke", delivery.kind, delivery.id)
            return self._doubtful(claimed, "it broke on the way; the log says why")
        return Outcome(State.DELIVERED, message=message) if message is not None else None

    def _troubled(self, claimed: Claimed, trouble: PublishError) -> Outcome:
        state = State.DOUBTFUL if trouble.begun else self._untouched(claimed)
        match trouble:
            case Refused(lasting=True):
                return Outcome(
                    State.FAILED, f"only a part could be posted: {trouble}" if trouble.begun else str(trouble)
                )
            case Refused():
                return self._later(claimed, state, str(trouble))
            case TooFast():
                return self._later(claimed, state, str(trouble), timedelta(seconds=trouble.seconds))
            case CannotLook():
                return Outcome(State.UNKNOWN, str(trouble))
            case _:
                return self._doubtful(claimed, str(trouble))

    def _doubtful(self, claimed: Claimed, reason: str) -> Outcome:
        return self._later(claimed, State.DOUBTFUL, reason, self._patience.settling)

    def _later(self, claimed: Claimed, state: State, reason: str, wait: timedelta = timedelta()) -> Outcome:
        """Once more, after a pause that grows; or never, where that would be too late."""
        pause = min(self._patience.first_pause * 2 ** min(claimed.tries - 1, 20), self._patience.longest_pause)
        again = self._clock() + wait + pause * self._chance.uniform(0.5, 1.0)
        if state is State.WAITING and again > claimed.delivery.until:
            return self._over(claimed, reason)
        if state is State.DOUBTFUL and again > claimed.delivery.until + self._patience.give_up_looking:
            return Outcome(State.UNKNOWN, reason)
        return Outcome(state, reason, again=again)

    def _over(self, claimed: Claimed, reason: str) -> Outcome:
        return Outcome(State.MISSED if claimed.tries == 1 else State.FAILED, reason)

    @staticmethod
    def _untouched(claimed: Claimed) -> State:
        """The state of one that was not posted by this try; an earlier one may have been."""
        return State.DOUBTFUL if claimed.doubtful else State.WAITING
