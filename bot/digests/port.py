"""A subscription to the weekly digest, and what its command asks of the outside."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Protocol

from bot.core.days import Calendar
from bot.core.weekly import Weekly
from bot.delivery.outbox import Record, Target
from bot.digests.compose import Issue, People
from bot.learning.quiz import asked_at

#: After so many failed weeks in a row a subscription is paused, and whoever set it up is told.
FAILED_WEEKS = 3


@dataclass(frozen=True, slots=True)
class Subscription:
    """One digest a week, to a channel or to one person.

    by, by_name: the user who set it up, and their name. off: sections that are switched off.
    paused: the last day without a digest; date.max until somebody resumes it; None while it goes on.
    failed: weeks in a row in which it could not be posted.
    week, due: the next one's local week (its Monday), and its moment in UTC; None while it is paused for good, or while
        the bot is not in the place any more.
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

    def rests(self, at: datetime) -> bool:
        """Whether it is paused at a moment."""
        return self.paused is not None and Calendar(self.when.zone).day(at) <= self.paused


def issue_of(one: Subscription, week: date, at: datetime) -> Issue:
    """The digest of a week. `at`: when it is due; its question is named by that."""
    target = one.target
    place = f"{target.platform}/{target.workspace}/{target.channel or target.user}"
    chance = int.from_bytes(sha256(f"{one.id}/{week}".encode()).digest()[:4])
    asked = asked_at(at, chance)
    return Issue(week, place, asked, one.off, one.by_name, personal=bool(target.user))


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
        """Put this week's digest into the outbox, before its slot, or once more if it could not be posted.

        False if it was posted, may have been, or is under way.
        """

    async def find(self, subscription: str) -> Subscription | None:
        """The subscription of that name; None if it is gone."""

    async def people(self, one: Subscription, issue: Issue, now: datetime) -> People:
        """What the place has done in the week before, and how it answered its last question."""

    async def ask(self, one: Subscription, issue: Issue, question: str, opened: datetime) -> None:
        """Let everybody answer the question, by id, of a digest that is about to be posted."""
