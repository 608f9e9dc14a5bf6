"""Proves that the demo works, by using it: a command, a click, a menu, a form, a mistake, and what others see."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import simcord
from simcord.components import walk_components

from bot.core.catalog import Topic
from bot.core.chat import Call
from bot.core.dispatch import Dispatcher
from bot.core.markup import clip
from bot.demo.discord.town import Town, town
from bot.platforms.discord.choices import call_of


class _Kind(IntEnum):
    """Components that are looked at, by Discord's numbers."""

    BUTTON = 2
    MENU = 3
    TEXT = 10
    PICTURE = 12


class SelfTestFailed(Exception):
    """What came is not what must come; the sentence names the step."""


async def self_test(dispatcher: Dispatcher) -> list[str]:
    """Use the bot as two people would; what they did and what they saw. Raises SelfTestFailed."""
    async with town(dispatcher) as here:
        told = _Told(here)
        try:
            answer = await _command(told)
            answer = await _click_and_menu(told, answer)
            await _share(told, answer)
            await _form(told)
            await _mistake(told, dispatcher)
        except simcord.SetupError as refused:
            raise SelfTestFailed(f"after “{told.lines[-1].strip() if told.lines else 'start'}”: {refused}") from refused
        return told.lines


async def _command(told: "_Told") -> simcord.ResponseMessage:
    here = told.here
    shown = await told.saw("Ada types /tip", await here.ada.slash(here.careers, "tip"))
    told.must(shown.ephemeral, "the answer to a command is private")
    told.must(bool(_plain(shown.components)), "a tip says something")
    return shown


async def _click_and_menu(told: "_Told", answer: simcord.ResponseMessage) -> simcord.ResponseMessage:
    ada = told.here.ada
    again = _button(answer, Call.of("tip"))
    shown = await told.saw("Ada clicks “Another tip”", await ada.click(answer, custom_id=again["custom_id"]))
    told.must(shown.id == answer.id, "a click on a private answer rewrites it")
    menu = next((part for part in walk_components(shown.components) if part.get("type") == _Kind.MENU), None)
    if menu is None:
        raise SelfTestFailed("a tip has a menu of topics")
    option = menu["options"][0]
    result = await ada.select(shown, [option["value"]], custom_id=menu["custom_id"])
    chosen = await told.saw(f"Ada picks “{option['label']}” from “{menu['placeholder']}”", result)
    told.must(chosen.id == answer.id, "a menu on a private answer rewrites it")
    return chosen


async def _share(told: "_Told", answer: simcord.ResponseMessage) -> None:
    share = next(
        (part for part in walk_components(answer.components) if call_of(part.get("custom_id", "")).public), None
    )
    if share is None:
        raise SelfTestFailed("a private answer in a channel can be shared")
    shown = await told.saw("Ada clicks “Share”", await told.here.ada.click(answer, custom_id=share["custom_id"]))
    told.must(not shown.ephemeral and shown.id != answer.id, "what is shared is a new message for all")
    again = _button(shown, Call.of("tip"))
    result = await told.here.grace.click(shown, custom_id=again["custom_id"])
    own = await told.saw("Grace clicks “Another tip” on what Ada shared", result)
    told.must(own.ephemeral and own.id != shown.id, "a click on a public answer is answered to the clicker alone")


async def _form(told: "_Told") -> None:
    here = told.here
    table = await told.saw("Ada types /salary", await here.ada.slash(here.careers, "salary"))
    told.must(
        any(part.get("type") == _Kind.PICTURE for part in walk_components(table.components)), "pay comes as a picture"
    )
    compare = _button(table, Call("salary", fill="offer"))
    form = await here.ada.click(table, custom_id=compare["custom_id"])
    told.must(form.modal is not None, "comparing an offer asks for it in a form")
    told.lines.append(f"Ada clicks “{compare['label']}” and writes “95k” into the form")
    shown = await told.saw("", await here.ada.submit_modal(form, {"answer": "95k"}))
    told.must("95,000" in _plain(shown.components), "the offer is placed against the ranges")


async def _mistake(told: "_Told", dispatcher: Dispatcher) -> None:
    here = told.here
    topic = min(dispatcher.world.catalog.all(Topic), key=lambda topic: (topic.title.count(" "), -len(topic.title)))
    slip = topic.title[:-2] + topic.title[-1]
    await here.grace.send(here.careers, f"@careerbot tip {slip}")
    answer = here.careers.last_message
    if answer is None or answer.author != here.env.bot.user:
        raise SelfTestFailed("a mention is answered")
    components: list[dict[str, Any]] = [dict(part.to_dict()) for part in answer.components]
    told.lines += [f"Grace writes “@careerbot tip {slip}”", f"  everybody sees: {_plain(components)}"]
    meant = next((p for p in walk_components(components) if p.get("label") == topic.title), None)
    if meant is None:
        raise SelfTestFailed(f"a slip (“{slip}”) is answered with what was meant (“{topic.title}”)")
    shown = await told.saw(
        f"Grace clicks “{topic.title}”", await here.grace.click(answer, custom_id=meant["custom_id"])
    )
    told.must(shown.ephemeral, "the answer to the mended call is private")


@dataclass
class _Told:
    """The transcript, and the checks on the way."""

    here: Town
    lines: list[str] = field(default_factory=list)

    async def saw(self, did: str, result: simcord.InteractionResult) -> simcord.ResponseMessage:
        """Note what was done and what came of it. Raises SelfTestFailed if nothing did."""
        if did:
            self.lines.append(did)
        shown = result.response
        if shown is None:
            raise SelfTestFailed(f"{self.lines[-1]}: no answer came")
        self.lines.append(f"  {'only they see' if shown.ephemeral else 'everybody sees'}: {_plain(shown.components)}")
        return shown

    def must(self, true: bool, rule: str) -> None:
        if not true:
            raise SelfTestFailed(f"{self.lines[-2].strip()}: {rule}; but it came otherwise")


def _button(message: simcord.ResponseMessage, call: Call) -> dict[str, Any]:
    """The button that makes this call."""
    for part in walk_components(message.components):
        if part.get("type") == _Kind.BUTTON and call_of(part["custom_id"]) == call:
            return part
    raise SelfTestFailed(f"there is a button for {call.token()}; the message has none: {_plain(message.components)}")


def _markup_off(content: str) -> str:
    return " ".join(re.sub(r"^(?:#+|-#|-) |\*+|\\(?=\W)", "", content, flags=re.MULTILINE).split())


def _plain(components: Iterable[dict[str, Any]]) -> str:
    """A message in one line: its texts, its pictures, its buttons and menus."""
    shown: list[str] = []
    for part in walk_components(list(components)):
        match part.get("type"):
            case _Kind.TEXT:
                shown.append(clip(_markup_off(part["content"]), 90))
            case _Kind.PICTURE:
                shown.append("(picture)")
            case _Kind.BUTTON:
                shown.append(f"[{part['label']}]")
            case _Kind.MENU:
                shown.append(f"[{part['placeholder']} ▾ {len(part['options'])}]")
    return " ".join(shown)
