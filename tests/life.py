"""People who talk with a bot, and a clock that a test moves."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.catalog import Question
from bot.core.chat import Call, Choice, Person, Place, Reply, Request
from bot.core.dispatch import Dispatcher
from tests.conftest import NOW


@dataclass
class Known:
    """What a platform knows of people, as a test says: zones by user, and who looks after the workspace."""

    zones: dict[str, str] = field(default_factory=dict)
    managers: set[str] = field(default_factory=set)

    async def zone(self, person: Person) -> str | None:
        return self.zones.get(person.user)

    async def manages(self, request: Request) -> bool:
        return request.person.user in self.managers


@dataclass
class Life:
    """alone: in a direct message. named: the platform gives people's names."""

    mind: Dispatcher
    now: datetime = NOW
    workspace: str = "w"
    alone: bool = False
    named: bool = False

    async def say(self, what: str | Call, user: str = "ada") -> Reply:
        place = None if self.alone else Place("test", self.workspace, "c")
        person = Person("test", self.workspace, user, user if self.named else "")
        return await self.mind.answer(Request(person, what, self.now, place))

    def wait(self, **by: float) -> None:
        self.now += timedelta(**by)

    async def answer(self, *, right: bool = True, user: str = "ada", what: str | Call = "quiz") -> Reply:
        """Ask for a question and answer it."""
        asked = await self.say(what, user)
        return await self.say(self.button(asked, right=right), user)

    def button(self, asked: Reply, *, right: bool = True) -> Call:
        buttons = answers(asked)
        question = self.question(asked)
        return next(call for label, call in buttons.items() if (label == question.right) is right)

    def question(self, asked: Reply) -> Question:
        return self.mind.world.catalog.get(dict(next(iter(answers(asked).values())).arguments)["q"], Question)


def answers(asked: Reply) -> dict[str, Call]:
    """The buttons of a question; a topic in its menu may be called as one of them is."""
    buttons = [choice for choice in asked.choices if isinstance(choice, Choice)]
    return {choice.label: choice.call for choice in buttons if "pick" in dict(choice.call.arguments)}
