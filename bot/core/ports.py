"""What the core asks of the outside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.core.chat import Person, Request


class Rotation(Protocol):
    """Remembers how far each person is in each pool, so that nothing comes twice before all has come once."""

    async def advance(self, person: Person, pool: str) -> int:
        """Count one more taken from the pool, and say how many had been taken before: 0, 1, 2, ..."""


class Profiles(Protocol):
    """What a platform knows of people beyond what they tell us. Never raises: what cannot be known now is not known."""

    async def zone(self, person: Person) -> str | None:
        """The IANA zone in the person's profile; None where the platform has none, or does not say."""

    async def manages(self, request: Request) -> bool:
        """Whether the person looks after the workspace: Manage Server on Discord, an admin or owner on Slack."""


class Channels(Protocol):
    """What a platform knows of its channels. Never raises: of what cannot be known now it says so."""

    async def name(self, platform: str, workspace: str, channel: str) -> str:
        """What people call it, such as #careers; "" where that is not known."""

    async def problem(self, platform: str, workspace: str, channel: str) -> str:
        """Why the bot could not post there, and what to do about it; "" where nothing speaks against it."""


class Workspaces(Protocol):
    """Where the bot is: the Slack workspaces and Discord servers that have it. Raises StorageUnavailable."""

    async def joined(self, platform: str, workspace: str, at: datetime) -> bool:
        """The bot is there. Whether that is new: it was not there before, or had left."""

    async def left(self, platform: str, workspace: str, at: datetime) -> bool:
        """The bot was taken out: nothing is posted there any more. Whether that is new."""

    async def present(self, platform: str, after: str, most: int) -> Sequence[str]:
        """Workspaces that it is known to be in: the first `most` that come after that one, in the store's own order."""

    async def to_welcome(self, platform: str, workspace: str) -> bool:
        """Whether nobody there was told how to begin, and nobody has begun: it is there, and posts no digest."""

    async def welcome(self, platform: str, workspace: str, at: datetime) -> bool:
        """Whoever asks is to tell them. True for the first who asks, and for nobody after."""

    async def unwelcome(self, platform: str, workspace: str) -> None:
        """It could not be told after all: somebody else may."""


class Turns(Protocol):
    """What replicas do one after the other. Raises StorageUnavailable."""

    async def take(self, turn: str, at: datetime, apart: timedelta) -> datetime:
        """Reserve the next turn of that name: `at` or later, and so far from every other. Its moment."""


class Leases(Protocol):
    """What one replica does and no other meanwhile. Raises StorageUnavailable."""

    async def hold(self, what: str, parts: Collection[int], of: int, owner: str, at: datetime, until: datetime) -> bool:
        """Have these parts of so many until then, or have them for longer: all of them, or none. Whether it is so:
        False where another owner has one of them, or any part of another number of parts."""

    async def release(self, what: str, owner: str) -> None:
        """Whoever asks next may have them."""


class Greetings(Protocol):
    """Who has been told what the bot is. Raises StorageUnavailable."""

    async def first(self, person: Person, at: datetime) -> bool:
        """Whether this person comes for the first time; from now on they do not."""


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is kept about a person, as JSON knows values.

    accounts: platform, workspace and user of each account that is theirs.
    rows: by table, each by column; days and moments in ISO 8601, moments with their zone. Only tables that have some.
    """

    accounts: Sequence[tuple[str, str, str]]
    rows: Mapping[str, Sequence[Mapping[str, Any]]]


class Privacy(Protocol):
    """All that is kept about a person, in all their accounts. Raises StorageUnavailable."""

    async def counted(self, person: Person) -> Mapping[str, int]:
        """How many entries of each kind are about this person; only kinds that have some."""

    async def export(self, person: Person) -> Kept:
        """All of them, but for secrets; the same each time, in the same order, whichever engine keeps them."""

    async def forget(self, person: Person) -> int:
        """Delete all of them, at once and for good; how many there were."""
