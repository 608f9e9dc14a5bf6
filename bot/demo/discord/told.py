"""What the self-test's people see on Discord, as a transcript, and the checks on the way."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import simcord
from simcord.components import walk_components

from bot.core.chat import Call
from bot.core.markup import clip
from bot.core.parameters import World
from bot.demo.discord.town import Town
from bot.platforms.discord.choices import call_of


class Kind(IntEnum):
    """Components that are looked at, by Discord's numbers."""

    BUTTON = 2
    MENU = 3
    TEXT = 10
    PICTURE = 12


class SelfTestFailed(Exception):
    """What came is not what must come; the sentence names the step."""


@dataclass
class Told:
    """The transcript.

    said: all of the last answer; the transcript shows less of it.
    verdict: the last answer to a quiz answer, with its “Next”.
    """

    here: Town
    world: World
    lines: list[str] = field(default_factory=list)
    said: str = ""
    verdict: simcord.ResponseMessage | None = None

    async def saw(self, did: str, result: simcord.InteractionResult) -> simcord.ResponseMessage:
        """Note what was done and what came of it. Raises SelfTestFailed if nothing did."""
        if did:
            self.lines.append(did)
        shown = result.response
        if shown is None:
            raise SelfTestFailed(f"{self.lines[-1]}: no answer came")
        self.lines.append(f"  {'only they see' if shown.ephemeral else 'everybody sees'}: {plain(shown.components)}")
        self.said = plain(shown.components, most=None)
        return shown

    def must(self, true: bool, rule: str) -> None:
        if not true:
            raise SelfTestFailed(f"{self.lines[-2].strip()}: {rule}; but it came otherwise")


def button(message: simcord.ResponseMessage, call: Call) -> dict[str, Any]:
    """The button that makes this call."""
    for part in buttons(message):
        if call_of(part["custom_id"]) == call:
            return part
    raise SelfTestFailed(f"there is a button for {call.token()}; the message has none: {plain(message.components)}")


def buttons(message: simcord.ResponseMessage) -> list[dict[str, Any]]:
    return [part for part in walk_components(message.components) if part.get("type") == Kind.BUTTON]


def an_answer(components: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The first button that answers a question."""
    every = list(components)
    for part in walk_components(every):
        if part.get("type") == Kind.BUTTON and "pick" in dict(call_of(part["custom_id"]).arguments):
            return part
    raise SelfTestFailed(f"a question comes with its answers; this has none: {plain(every)}")


def plain(components: Iterable[dict[str, Any]], most: int | None = 90) -> str:
    """A message in one line: its texts, cut to `most` characters each, its pictures, its buttons and menus."""
    shown: list[str] = []
    for part in walk_components(list(components)):
        match part.get("type"):
            case Kind.TEXT:
                text = _markup_off(part["content"])
                shown.append(text if most is None else clip(text, most))
            case Kind.PICTURE:
                shown.append("(picture)")
            case Kind.BUTTON:
                shown.append(f"[{part['label']}]")
            case Kind.MENU:
                shown.append(f"[{part['placeholder']} ▾ {len(part['options'])}]")
    return " ".join(shown)


def _markup_off(content: str) -> str:
    return " ".join(re.sub(r"^(?:#+|-#|-) |\*+|\\(?=\W)", "", content, flags=re.MULTILINE).split())
