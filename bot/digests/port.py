"""A subscription to the weekly digest, and what its command asks of the outside."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from bot.core.weekly import Weekly
from bot.delivery.outbox import Record, Target
from bot.digests.compose import Issue, People

#: After so many failed weeks in a row a subscription is paused, and whoever set it up is told.
FAILED_WEEKS = 3


@dataclass(frozen=True, slots=True)
class Subscription:
    """One digest a week, to a channel or to one person.

    by, by_name: the user who set it up, and their name. off: sections that are switched off.
    paused: the last day without a digest; date.max until somebody resumes it; None while it goes on.
    failed: weeks in a row in which it could not be posted.
    week, due: the next one's local week (its Monday), and its moment in UTC; None while it is paused for good.
    """

    id: str
    target: Target
    when: Weekly
    by: str
    by_name: str
    off: frozenset[str] = field(default_factory=frozenset)
    paused: date | None = None
    failed: int = 0
    week: date | None = None
    due: datetime | None = None


class Taken(Exception):
    """The channel has a digest already; `str()` is its subscription's id."""


class Digests(Protocol):
    """Each call is one transaction. Raises StorageUnavailable."""

    async def subscribe(self, target: Target, when: Weekly, by: str, by_name: str, now: datetime) -> Subscription:
        """Begin with the next slot. Raises Taken where there is one already."""

    async def of_target(self, target: Target) -> Subscription | None:
        """The subscription of a channel or a person."""

    async def of_workspace(self, platform: str, workspace: str) -> tuple[Subscription, ...]:
        """Every channel's, in the order in which they were set up."""

    async def change(
        self, subscription: str, change: Callable[[Subscription], Subscription], now: datetime
    ) -> Subscription | None:
        """Change it by a function of the old one; the next slot is computed anew. None if it is gone."""

    async def unsubscribe(self, subscription: str) -> bool:
        """End it. False if it is gone already. What was delivered stays on record."""

    async def deliveries(self, target: Target, most: int) -> tuple[Record, ...]:
        """The last deliveries, latest first."""

    async def now(self, subscription: Subscription, now: datetime) -> bool:
        """Put this week's digest into the outbox, before its slot. False if this week's was put in already."""

    async def people(self, issue: Issue, target: Target, now: datetime) -> People:
        """What the place has done since its last digest."""
