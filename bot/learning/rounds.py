"""A question for a whole channel: what the command asks of the outside."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.catalog import Question
from bot.core.chat import Person, Place


@dataclass(frozen=True, slots=True)
class Tally:
    """How a round stands.

    counts: answers by the choice's place in the bank, 0 being the right one.
    right: names of some who were right, the earliest first; only of those who are on the leaderboard.
    mine: the viewer's own choice; None if they have not answered.
    channel: the one that it was put to.
    """

    question: str
    closes: datetime
    counts: tuple[int, int, int, int]
    right: tuple[str, ...]
    mine: int | None
    channel: str

    @property
    def answers(self) -> int:
        return sum(self.counts)


class Rounds(Protocol):
    """Each call is one transaction. Raises StorageUnavailable. A round is named by its one asking, as in a quiz."""

    async def recent(self, place: Place) -> frozenset[str]:
        """The questions that were put to this channel lately, by id."""

    async def open(self, asked: str, question: Question, place: Place, now: datetime, closes: datetime) -> str | None:
        """Begin a round; its results are posted when it closes. Where one is open already: that one's name."""

    async def tally(self, asked: str, viewer: Person) -> Tally | None:
        """How it stands; None if the viewer's workspace has no such round."""
