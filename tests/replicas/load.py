"""People of several workspaces who all talk to the bot at once, and what each of them was told."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot import content
from bot.core.catalog import Tip
from bot.core.chat import Call
from bot.demo.slack import LocalSlack, Outcome
from bot.demo.slack.records import Message, elements_of
from bot.demo.slack.workspace import Workspace

#: What they type, and how often; the rest is the quiz.
_TYPED = ("salary senior", "salary entry us", "tip", "tools", "skills soft", "leaderboard", "streak")
#: Seconds that a person waits for what was acknowledged to show.
_WITHIN = 6.0
_TIPS = {tip.title for tip in content.load(content.find("ai-engineer")).all(Tip)}


@dataclass(slots=True)
class Seen:
    """What came of it. An action is acknowledged when Slack had a 200 for it in time.

    answered: by account, the `asked` of each acknowledged answer to the quiz; tried: of each that was given at all.
    tips: by account, the tips that were told.
    unacknowledged: by Slack's own word for it. silent: acknowledged, and nothing showed. foreign: of another workspace.
    """

    actions: int = 0
    acknowledged: int = 0
    answered: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    tried: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    tips: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    unacknowledged: Counter[str] = field(default_factory=Counter)
    silent: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


class Crowd:
    """Everybody of these workspaces. Names tell whose they are, so that one that strays is seen."""

    def __init__(self, slack: LocalSlack, workspaces: Sequence[Workspace], people: int, seed: int) -> None:
        self.seen = Seen()
        self._slack = slack
        self._chance = random.Random(seed)  # noqa: S311 # who does what, the same each time
        self._people = [
            (workspace, workspace.add_person(f"{mark(workspace)}p{number}").id)
            for workspace in workspaces
            for number in range(people)
        ]
        for workspace, person in self._people:
            workspace.careers.members.add(person)
        self._marks = [mark(workspace) for workspace in workspaces]
        self._left = 0
        self._until: Callable[[], bool]

    async def act(self, times: int, at_once: int, until: Callable[[], bool]) -> None:
        """So many actions, and more `until` something has come to be, spread over so many who act at the same time.

        Nobody does two things at once.
        """
        self._left, self._until = times, until
        waiting = list(self._people)
        self._chance.shuffle(waiting)
        await asyncio.gather(*(self._some(waiting[number::at_once]) for number in range(at_once)))

    async def _some(self, people: list[tuple[Workspace, str]]) -> None:
        while self._left > 0 or not self._until():
            workspace, person = self._chance.choice(people)
            await self._one(workspace, person)

    async def _one(self, workspace: Workspace, person: str) -> None:
        kind = self._chance.random()
        if kind < 0.5:
            await self._quiz(workspace, person)
            return
        text = self._chance.choice(_TYPED)
        if kind < 0.8:
            outcome = await self._slack.slash(person, "careers", "/career", text, replies=1, within=_WITHIN)
        elif kind < 0.9:
            outcome = await self._slack.mention(person, "careers", text, replies=1, within=_WITHIN)
        else:
            outcome = await self._slack.dm(person, text, replies=1, within=_WITHIN)
        self._note(workspace, outcome, text)
        # What was answered late, to something before, may show as well.
        told = [title for message in outcome.messages if (title := message.text.partition("\n")[0]) in _TIPS]
        if text == "tip" and not outcome.error and told:
            self.seen.tips.setdefault((workspace.id, person), []).append(told[-1])

    async def _quiz(self, workspace: Workspace, person: str) -> None:
        put = await self._slack.slash(person, "careers", "/career", "quiz", replies=1, within=_WITHIN)
        self._note(workspace, put, "quiz")
        if not put.messages or not (choices := _answers(put.messages[-1])):
            return
        action, asked = self._chance.choice(choices)
        account = (workspace.id, person)
        self.seen.tried.setdefault(account, set()).add(asked)
        told = await self._slack.click(person, put.messages[-1], action, replies=1, within=_WITHIN)
        self._note(workspace, told, "an answer")
        if not told.error:
            self.seen.answered.setdefault(account, []).append(asked)

    def _note(self, workspace: Workspace, outcome: Outcome, what: str) -> None:
        self._left -= 1
        self.seen.actions += 1
        if outcome.error:
            self.seen.unacknowledged[outcome.error] += 1
            return
        self.seen.acknowledged += 1
        if not outcome.messages:
            self.seen.silent.append(what)
        others = [other for other in self._marks if other != mark(workspace)]
        self.seen.foreign += [other for other in others if other in outcome.says]


def mark(workspace: Workspace) -> str:
    """Stands in the name of each of its people, and in no other's."""
    return f"{workspace.id.lower()}x"


def _answers(message: Message) -> list[tuple[str, str]]:
    """The buttons that answer a question: each one's action, and the `asked` that it carries."""
    found = []
    for block in message.blocks:
        for element in elements_of(block):
            arguments = dict(Call.from_token(str(element.get("value", ""))).arguments)
            if "pick" in arguments and "asked" in arguments:
                found.append((str(element["action_id"]), arguments["asked"]))
    return found
