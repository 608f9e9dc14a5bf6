"""Empties the outbox: claims what is due, says it, marks what became of it.

Each delivery is a task of its own, so a slow place holds up no other; a workspace that has many under way gets no more
until some have ended. A try ends before its lease does (`SEND` < `LEASE`): so a process that was stopped meanwhile
cannot wake up and post what another has taken over. Replicas' clocks may differ by the half minute between the two.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from bot.core.chat import Reply
from bot.core.errors import StorageUnavailable
from bot.delivery.outbox import Claimed, Delivery, Outbox, Outcome, State
from bot.delivery.publisher import CannotLook, Lost, Publisher, Refused, TooFast

_log = logging.getLogger(__name__)

#: For one try; and how long it is ours.
SEND, LEASE = timedelta(seconds=30), timedelta(seconds=60)
#: Deliveries under way in one process; from how many in one workspace it has to wait; how many are taken at a time.
AT_ONCE, AT_ONCE_IN_ONE_PLACE, ARMFUL = 256, 16, 64
#: The first pause after a failed try, and the longest. Each is drawn between half of it and the whole.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
#: How long after it was worth saying we go on looking whether it was said.
GIVE_UP_LOOKING = timedelta(days=1)
#: Seconds until we look again for what is due; and for which the ends of several are gathered, to claim at one go.
_LOOK_AGAIN, _GATHER = 1.0, 0.02
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
    ) -> None:
        self._outbox = outbox
        self._publishers = publishers
        self._composers = composers
        self._clock = clock
        self._owner = owner
        self._chance = chance
        self._under_way: dict[asyncio.Task[None], str] = {}
        self._closing = False

    async def pump(self) -> int:
        """Start what is due, as far as there is room, and return how many. Does not wait for their end."""
        started = 0
        while not self._closing and (room := AT_ONCE - len(self._under_way)) > 0 and self._publishers:
            claimed = await self._claim(min(room, ARMFUL))
            for one in claimed:
                task = asyncio.create_task(self._deliver(one), name=f"delivery {one.delivery.id}")
                self._under_way[task] = one.delivery.target.workspace
                task.add_done_callback(self._under_way.pop)
            started += len(claimed)
            if len(claimed) < min(room, ARMFUL):
                break
        return started

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

    async def _claim(self, most: int) -> tuple[Claimed, ...]:
        now = self._clock()
        counts = Counter(self._under_way.values())
        busy = {workspace for workspace, many in counts.items() if many >= AT_ONCE_IN_ONE_PLACE}
        return await self._outbox.claim(self._owner, now, now + LEASE, tuple(self._publishers), busy, most)

    # ── one delivery ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _deliver(self, claimed: Claimed) -> None:
        delivery = claimed.delivery
        try:
            outcome = await self._attempt(claimed)
        except asyncio.CancelledError:
            outcome = Outcome(State.DOUBTFUL, "the bot was stopped", again=self._clock())
        except StorageUnavailable:
            outcome = self._later(claimed, self._untouched(claimed), "the database was away")
        except Exception:  # noqa: BLE001 # the outermost frame of a task; what broke is logged, the row says so too
            _log.exception("the %s %s could not be made", delivery.kind, delivery.id)
            outcome = self._later(claimed, self._untouched(claimed), "it could not be made; the log says why")
        try:
            if not await self._outbox.mark(delivery, self._owner, outcome, self._clock()):
                _log.warning("%s %s was taken over by another process meanwhile", delivery.kind, delivery.id)
        except StorageUnavailable:
            _log.warning("%s %s: the outcome could not be kept; it is looked up later", delivery.kind, delivery.id)

    async def _attempt(self, claimed: Claimed) -> Outcome:
        delivery, now = claimed.delivery, self._clock()
        late = now > delivery.until
        reply = None if late else await self._composers[delivery.kind](delivery, now)
        look_from = delivery.due - _CLOCKS_DIFFER if claimed.doubtful else None
        publisher = self._publishers[delivery.target.platform]
        message: str | None = None
        try:
            async with asyncio.timeout(SEND.total_seconds()):
                if reply is not None:
                    message = await publisher.publish(delivery.target, reply, delivery.id, look_from=look_from)
                elif look_from is not None:
                    message = await publisher.look(delivery.target, delivery.id, look_from)
        except Refused as no:
            if no.lasting:
                return Outcome(State.FAILED, str(no))
            return self._later(claimed, self._untouched(claimed), str(no))
        except TooFast as slow:
            return self._later(claimed, self._untouched(claimed), str(slow), timedelta(seconds=slow.seconds))
        except CannotLook as blind:
            return Outcome(State.UNKNOWN, str(blind))
        except Lost as lost:
            return self._later(claimed, State.DOUBTFUL, str(lost))
        except TimeoutError:
            return self._later(claimed, State.DOUBTFUL, f"the platform did not answer in {SEND.seconds} s")
        if message is not None:
            return Outcome(State.DELIVERED, message=message)
        return self._over(claimed, "nobody was there in time") if late else Outcome(State.DROPPED, "nothing to say")

    def _later(self, claimed: Claimed, state: State, reason: str, wait: timedelta = timedelta()) -> Outcome:
        """Once more, after a pause that grows; or never, where that would be too late."""
        pause = min(FIRST_PAUSE * 2 ** min(claimed.tries - 1, 20), LONGEST_PAUSE)
        again = self._clock() + wait + pause * self._chance.uniform(0.5, 1.0)
        if state is State.WAITING and again > claimed.delivery.until:
            return self._over(claimed, reason)
        if state is State.DOUBTFUL and again > claimed.delivery.until + GIVE_UP_LOOKING:
            return Outcome(State.UNKNOWN, reason)
        return Outcome(state, reason, again=again)

    def _over(self, claimed: Claimed, reason: str) -> Outcome:
        return Outcome(State.MISSED if claimed.tries == 1 else State.FAILED, reason)

    @staticmethod
    def _untouched(claimed: Claimed) -> State:
        """The state of one that was not posted by this try; an earlier one may have been."""
        return State.DOUBTFUL if claimed.doubtful else State.WAITING
