"""What is to be said unasked, where, by when, and what became of it.

    waiting ──► sending ──► delivered
       ▲           │  ├───► dropped    there was nothing to say any more
       │           │  ├───► missed     nobody was there until it was too late
       ├─ too fast ┤  ├───► failed     the platform refuses, or would not take it in all the time that there was
       │           │  └───► unknown    it may stand there, we may not look, and it is not said twice
       └───── doubtful                 a try may have arrived: look first

A row that is `sending` belongs to one owner until its lease ends. If it is still `sending` then, its owner died or was
stopped, and whoever takes it over treats it as doubtful.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class State(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    DOUBTFUL = "doubtful"
    DELIVERED = "delivered"
    DROPPED = "dropped"
    MISSED = "missed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Target:
    """Where to: a channel, or (with `user`, and no channel) one person in private."""

    platform: str
    workspace: str
    channel: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing to be said.

    id: the same for the same thing, whoever makes it, so that it is there once. Travels with the post.
    kind: which composer makes the Reply. about: what it needs for that.
    due, until: from when, and until when it is worth saying.
    """

    id: str
    kind: str
    target: Target
    about: Mapping[str, str]
    due: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours until the lease ends. `tries` counts this one; doubtful: look before posting."""

    delivery: Delivery
    tries: int
    doubtful: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a try. `again`: when to try next; None ends it.

    message: where the post stands, as the platform's link or id.
    """

    state: State
    reason: str = ""
    message: str = ""
    again: datetime | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A delivery as it stands, for people."""

    delivery: Delivery
    outcome: Outcome
    tries: int
    ended: datetime | None


class Outbox(Protocol):
    """Each call is one transaction. Raises StorageUnavailable."""

    async def claim(
        self, owner: str, now: datetime, lease: datetime, platforms: Sequence[str], busy: AbstractSet[str], most: int
    ) -> tuple[Claimed, ...]:
        """Take what is due on these platforms, the longest due first, until `lease`; nothing of `busy` workspaces."""

    async def mark(self, delivery: Delivery, owner: str, outcome: Outcome, now: datetime) -> bool:
        """Say what became of it. False if it is not the owner's any more, and then nothing is changed."""


#: Characters of an id. With "-" and a page's number behind it, it fits into a Discord nonce (25).
_ID = 20


def delivery_id(kind: str, *parts: str) -> str:
    """The one id of this thing: made of what it is, so that two replicas who both see it due make one row."""
    digest = hashlib.sha256("\0".join((kind, *parts)).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:_ID]
