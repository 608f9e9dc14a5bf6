"""Whether this process lives, and whether it can be given work: /healthz and /readyz.

/healthz  200 as long as the process can answer at all: else it is to be started anew.
/readyz   200 where it may be sent requests, 503 where not: while it starts, and from the moment that it is told to
          stop. The body tells of each part by name.

A part that breaks later makes it "degraded", and leaves it at 200. Database and platforms are shared: an outage of
theirs meets every replica alike, and to take all of them out would also take away the look-ups, which need neither, and
the kind sentence that says why the rest must wait. Alerts go by the metrics, and by the body.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

_log = logging.getLogger(__name__)

HEALTH: Final = "/healthz"
READY: Final = "/readyz"
#: Seconds for which the answer to a look is as good as a new one; and that a look may take.
_FRESH, _PATIENCE = 2.0, 1.5


class State(NamedTuple):
    """Of one part. `why`: a few words, without a secret, where it is not well."""

    ok: bool
    why: str = ""


Look = Callable[[], Awaitable[State]]


class Health:
    """What is known of the parts of this process. `draining`: it was told to stop.

    clock: seconds on a clock that only goes forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.draining = False
        self._complete = False
        self._parts: dict[str, _Part] = {}
        self._clock = clock

    def add(self, name: str, look: Look, *, was_well: bool = False) -> None:
        """One more part. It is ready from when it was well once: now, or as a look finds it."""
        self._parts[name] = _Part(name, look, self._clock, was_well=was_well)

    def complete(self) -> None:
        """All parts that there will be are known: until then it is starting."""
        self._complete = True

    async def parts(self) -> dict[str, State]:
        states = await asyncio.gather(*(part.state() for part in self._parts.values()))
        return dict(zip(self._parts, states, strict=True))

    def routes(self) -> "list[Route]":
        from starlette.routing import Route

        return [Route(HEALTH, _alive), Route(READY, self._ready)]

    async def _ready(self, request: "Request") -> "Response":
        from starlette.responses import JSONResponse

        del request
        parts = await self.parts()
        started = self._complete and all(part.was_well for part in self._parts.values())
        if self.draining:
            status = "draining"
        elif not started:
            status = "starting"
        else:
            status = "ok" if all(state.ok for state in parts.values()) else "degraded"
        told = {name: {"ok": state.ok} | ({"why": state.why} if state.why else {}) for name, state in parts.items()}
        return JSONResponse({"status": status, "parts": told}, 200 if status in {"ok", "degraded"} else 503)


class _Part:
    """One part, looked at no more often than is needed, however many ask."""

    def __init__(self, name: str, look: Look, clock: Callable[[], float], *, was_well: bool) -> None:
        self.was_well = was_well
        self._name = name
        self._look = look
        self._clock = clock
        self._turn = asyncio.Lock()
        self._at = float("-inf")
        self._state = State(ok=False)

    async def state(self) -> State:
        async with self._turn:
            # Until it was well once, each asker gets a new look: a start is waited for.
            if not self.was_well or self._clock() - self._at >= _FRESH:
                self._state = await self._looked()
                self._at = self._clock()
                self.was_well = self.was_well or self._state.ok
        return self._state

    async def _looked(self) -> State:
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._look()
        except TimeoutError:
            return State(ok=False, why="it does not answer in time")
        except Exception:  # noqa: BLE001 # else one part's slip would hide how all the others are
            _log.exception("a look at %s broke", self._name)
            return State(ok=False, why="it broke; the log says why")


async def _alive(request: "Request") -> "Response":
    from starlette.responses import JSONResponse

    del request
    return JSONResponse({"status": "ok"})
