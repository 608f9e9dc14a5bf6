"""The leaderboard of a workspace: what it ranks, over which days, and what the command asks of the outside."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

from bot.core.chat import Person
from bot.core.days import next_to, week
from bot.learning.streak import Standing

Period = Literal["week", "month", "all"]

#: How many learners a board shows.
LINES = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One learner on a board.

    place: by days, then by right answers, among all who are listed; who ties shares it.
    name: as the platform gave it; "" where it gave none.
    days: on how many days of the period they learned, as the streak counts days. right: right answers in it.
    mine: this is the one who looks.
    """

    place: int
    name: str
    days: int
    right: int
    standing: Standing
    mine: bool


@dataclass(frozen=True, slots=True)
class Board:
    """A board as one person sees it.

    first: the day on which the period began for them; None where it is all time.
    lines: the best, at most `LINES`, best first; nobody who is unlisted.
    own: the line of the one who looks; None where they have no day in the period.
    listed: whether the others see that line.
    """

    first: date | None
    lines: tuple[Line, ...]
    own: Line | None
    listed: bool


class Leaderboards(Protocol):
    """Each call is one transaction. Raises StorageUnavailable."""

    async def board(self, person: Person, period: Period, now: datetime) -> Board:
        """The board of the workspace that this person speaks in. They must speak in one."""

    async def show(self, person: Person, now: datetime, *, listed: bool) -> None:
        """Whether the others see this person, on every board."""


def dates(period: Period, today: date) -> tuple[date, date]:
    """The first and the last date of this calendar week (from Monday), of this calendar month, or of all time."""
    if period == "week":
        return week(today), next_to(week(today), 6)
    if period == "month":
        first = today.replace(day=1)
        return first, next_to((first + timedelta(days=31)).replace(day=1), -1)
    return date.min, date.max
