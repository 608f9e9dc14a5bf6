"""What a person sees after they did something."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack

from bot.demo.slack.core import Ack, Core
from bot.demo.slack.records import Message, Refusal, User, View
from bot.demo.slack.workspace import Workspace

WITHIN = 20.0
"""Seconds that an action waits for its replies, unless told otherwise."""


class Wait(TypedDict, total=False):
    """How long an action waits after the acknowledgement.

    replies: until so many of the app's messages are new, changed or gone. quiet: until nothing has happened for so many
    seconds. within: for so many seconds at most.
    """

    replies: int
    quiet: float
    within: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one person sees of what they did. Everything is a copy: it does not change afterwards.

    messages: the app's messages, new or changed since, that this person can see; in the order of their timestamps.
    deleted: timestamps of messages that are gone.
    view: the modal on top, if one is open. home: the person's App Home, if one is published.
    ack: the body of the app's acknowledgement, None if it had none.
    error: why nothing came of it, as Slack names it ("operation_timeout", "dispatch_failed", "incomplete"); "" if fine.
    errors: what stands under the inputs of the modal, by block_id.
    sent: the person's own message, for a mention or a direct message.
    refusals: what Slack refused meanwhile.
    """

    messages: list[Message] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    view: View | None = None
    home: View | None = None
    ack: Any = None
    error: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    sent: Message | None = None
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def message(self) -> Message:
        """The newest message. Raises AssertionError, saying what there is instead, if there is none."""
        if not self.messages:
            raise AssertionError(f"no message: error={self.error!r}, refusals={[str(each) for each in self.refusals]}")
        return self.messages[-1]

    @property
    def says(self) -> str:
        """All that the messages say: their blocks' text, or else their plain text."""
        return "\n".join(text_of(message) for message in self.messages)


def text_of(shown: Message | View) -> str:
    """All text of a message's or view's blocks, in order; a message without blocks has its plain text."""
    if isinstance(shown, Message) and not shown.blocks:
        return shown.text
    return "\n".join(_texts(shown.blocks))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in ("text", "alt_text") and isinstance(each, str):
                yield each
            elif name != "confirm":
                yield from _texts(each)


class Watch:
    """Remembers how things were, so that it can tell what changed."""

    def __init__(self, core: Core, workspace: Workspace, person: User) -> None:
        self._core = core
        self._workspace = workspace
        self._person = person
        self._start = workspace.revision
        self._refused = core.refused

    async def see(self, ack: Ack, *, error: str = "", sent: Message | None = None, **wait: Unpack[Wait]) -> Outcome:
        """Wait for what was asked for, then tell what the person sees."""
        activity, within = self._core.activity, wait.get("within", WITHIN)
        if replies := wait.get("replies", 0):
            await activity.until(lambda: len(self._messages()) + len(self._deleted()) >= replies, within)
        if quiet := wait.get("quiet", 0.0):
            await activity.quiet(quiet, within)
        view = self._workspace.top_view(self._person.id)
        return Outcome(
            deepcopy(self._messages()),
            self._deleted(),
            deepcopy(view),
            deepcopy(self._workspace.homes.get(self._person.id)),
            ack.body,
            error or ack.error,
            dict(view.errors) if view else {},
            deepcopy(sent),
            self._refusals(),
        )

    def _messages(self) -> list[Message]:
        bot = self._workspace.bot.id
        shown = [
            message
            for channel in self._workspace.channels.values()
            if self._person.id in channel.members
            for message in self._workspace.messages[channel.id]
            if message.user == bot and message.changed > self._start and message.seen_by(self._person.id)
        ]
        return sorted(shown, key=lambda message: message.ts)

    def _deleted(self) -> list[str]:
        return [ts for revision, ts in self._workspace.deleted if revision > self._start]

    def _refusals(self) -> list[Refusal]:
        since = self._core.refused - self._refused
        return self._core.refusals[-since:] if since else []
