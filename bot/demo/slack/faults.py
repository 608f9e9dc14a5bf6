"""Troubles that a test switches on: the network and Slack at their worst."""

from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar


@dataclass(frozen=True, slots=True)
class Refused:
    """Answer `{"ok": false, "error": ...}` without doing anything."""

    error: str = "fatal_error"


@dataclass(frozen=True, slots=True)
class Slow:
    """Take this many seconds before it is done; `done`: after it was done, before the answer."""

    seconds: float
    done: bool = False


@dataclass(frozen=True, slots=True)
class CutBefore:
    """Drop the connection without doing anything."""


@dataclass(frozen=True, slots=True)
class CutAfter:
    """Do it, then drop the connection without an answer."""


@dataclass(frozen=True, slots=True)
class RateLimited:
    """HTTP 429 with `Retry-After` in seconds, without doing anything."""

    retry_after: int = 1


@dataclass(frozen=True, slots=True)
class Http500:
    """HTTP 500; `done`: after it was done, else without doing anything."""

    done: bool = False


@dataclass(frozen=True, slots=True)
class DropSocket:
    """Drop Socket Mode connections: all of them before a method; on "socket_mode", the one an envelope was sent to."""


Fault: TypeAlias = Refused | Slow | CutBefore | CutAfter | RateLimited | Http500 | DropSocket

#: What else than a Web API method a fault may be set on. "*" is every method, and these too except "socket_mode".
PLACES = ("response_url", "upload", "socket_mode")


#: A kind of trouble: Slack's above, or those of another platform's double.
F = TypeVar("F")


@dataclass(slots=True)
class _Planned(Generic[F]):
    fault: F
    times: int | None
    skip: int


@dataclass(slots=True)
class Faults(Generic[F]):
    """Which troubles are switched on, first come first served."""

    _planned: dict[str, list[_Planned[F]]] = field(default_factory=dict)

    def plan(self, where: str, fault: F, times: int | None, skip: int = 0) -> None:
        """times: how often, None until `clear`. skip: how many requests are left alone first."""
        self._planned.setdefault(where, []).append(_Planned(fault, times, skip))

    def clear(self) -> None:
        self._planned.clear()

    def take(self, where: str) -> F | None:
        """The trouble that meets this request, if any; counts it."""
        names = (where,) if where == "socket_mode" else (where, "*")
        found: F | None = None
        for planned in [planned for name in names for planned in self._planned.get(name, ())]:
            if planned.skip:
                planned.skip -= 1
            elif found is None and planned.times != 0:
                found = planned.fault
                planned.times = None if planned.times is None else planned.times - 1
        return found
