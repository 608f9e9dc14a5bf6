"""What the commands that teach ask of the outside: one learner's questions, answers, streak and habits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.core.catalog import Question
from bot.core.chat import Person
from bot.learning.explain import Told
from bot.learning.habits import Habits
from bot.learning.streak import Standing


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an answer.

    choice: the place in the bank of the choice that counts, 0 being the right one.
    daily: it was the first answer of the local day.
    again: this asking was answered before; nothing was counted, and this is how it went then.
    frozen: days that freezes were spent on, as the learner came back.
    unset: they never chose how to be counted, and the platform knows no zone of theirs: so by UTC.
    """

    question: Question
    choice: int
    daily: bool
    again: bool
    frozen: int
    standing: Standing
    habits: Habits
    unset: bool = False

    @property
    def right(self) -> bool:
        return self.question.is_right(self.choice)


class Learning(Protocol):
    """Each call is one transaction. Raises StorageUnavailable.

    Who never chose how to be counted is counted in the zone of their profile, where the platform knows it.
    """

    async def next_question(self, person: Person, topic: str | None, now: datetime, seed: str) -> Question | None:
        """The question that this person should answer next; None where all were answered rightly today."""

    async def answer(self, person: Person, asked: str, question: Question, choice: int, now: datetime) -> Verdict:
        """Count an answer, once for each `asked` and person, whatever is chosen afterwards.

        choice: a place in the bank.
        """

    async def missed(self, person: Person, topic: str | None) -> tuple[Question, ...]:
        """The questions whose last answer was wrong, the one that is due first before the others; no void ones."""

    async def report(self, person: Person, question: Question, said: str, now: datetime) -> None:
        """Keep what this person finds wrong in a question, in place of what they said of it before."""

    async def standing(self, person: Person, now: datetime) -> tuple[Standing, Habits]:
        """How the streak stands, and by which habits."""

    async def explain(self, person: Person, now: datetime, last_days: int) -> tuple[Told, ...]:
        """The last days, each with its cause."""

    async def repair(self, person: Person, now: datetime) -> Standing:
        """Mend the streak that broke last. Raises NoRepair."""

    async def mend(self, admin: Person, user: str, reason: str, now: datetime) -> tuple[str, Standing] | None:
        """Mend the streak that broke last of somebody who learns in the admin's workspace; the reason is kept with it.

        Their name, and how they stand now; None where nobody of that id learns there. Raises NoRepair.
        """

    async def habits(self, person: Person) -> Habits:
        """How this person is counted."""

    async def change(self, person: Person, wish: Callable[[Habits, date], Habits], now: datetime) -> Habits:
        """Change the habits by a function of the old ones and today's date. What it raises changes nothing."""
