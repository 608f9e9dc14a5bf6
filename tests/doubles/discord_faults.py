"""Troubles that a test switches on: the network and Discord at their worst.

The network's own (CutBefore, CutAfter, Slow) are those of the local Slack.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from bot.demo.slack.faults import CutAfter, CutBefore, Slow

Scope = Literal["user", "shared", "global"]


@dataclass(frozen=True, slots=True)
class RateLimited:
    """HTTP 429, without doing anything. `seconds` until it may come again; `scope` None: no such header.

    cloudflare: said by what stands before Discord, after too many bad requests: no JSON, no `Via`.
    """

    seconds: float = 1.0
    scope: Scope | None = "user"
    cloudflare: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """An HTTP error of the server's own, with no JSON; `done`: after it was done, else without doing anything."""

    status: int = 500
    done: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Discord says no: its status, its code, its words."""

    status: int
    code: int
    message: str


Fault: TypeAlias = CutBefore | CutAfter | Slow | RateLimited | Failed | Refused

KINDS: Final = {kind.__name__: kind for kind in (CutBefore, CutAfter, Slow, RateLimited, Failed, Refused)}

# Source: developers/topics/opcodes-and-status-codes, "JSON Error Codes".
UNAUTHORIZED: Final = Refused(401, 0, "401: Unauthorized")
UNKNOWN_CHANNEL: Final = Refused(404, 10003, "Unknown Channel")
UNKNOWN_MESSAGE: Final = Refused(404, 10008, "Unknown Message")
UNKNOWN_GUILD: Final = Refused(404, 10004, "Unknown Guild")
MISSING_ACCESS: Final = Refused(403, 50001, "Missing Access")
CLOSED: Final = Refused(403, 50007, "Cannot send messages to this user")
MISSING_PERMISSIONS: Final = Refused(403, 50013, "Missing Permissions")
EMPTY: Final = Refused(400, 50006, "Cannot send an empty message")
NOT_OURS: Final = Refused(403, 50005, "Cannot edit a message authored by another user")
BAD_FORM: Final = 50035


class Refuse(Exception):
    """A route says no."""

    def __init__(self, said: Refused) -> None:
        super().__init__(said.message)
        self.said = said

    @classmethod
    def form(cls, why: str) -> "Refuse":
        return cls(Refused(400, BAD_FORM, f"Invalid Form Body: {why}"))
