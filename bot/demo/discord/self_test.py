"""Proves that the demo's Discord works, by using it: a command, a click, a menu, a form, a mistake, what others see.

Also what a learner and an admin do there, of which the parent asks for one part at a time.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import simcord
from simcord.components import walk_components

from bot.core.catalog import Topic
from bot.core.chat import Call
from bot.core.parameters import World
from bot.demo.discord import digest, learning
from bot.demo.discord.told import Kind, SelfTestFailed, Told, button, plain
from bot.demo.discord.town import Town
from bot.demo.side import Done
from bot.platforms.discord.choices import call_of


class SelfTest:
    """Uses the bot as two people would, part by part; what they did and what they saw."""

    def __init__(self, here: Town, world: World) -> None:
        self._told = Told(here, world)

    async def do(self, part: str) -> Done:
        """Do one of PARTS. Raises SelfTestFailed."""
        told = self._told
        before = len(told.lines)
        try:
            await PARTS[part](told)
        except simcord.SetupError as refused:
            step = told.lines[-1].strip() if told.lines else "the start"
            raise SelfTestFailed(f"after “{step}”: {refused}") from refused
        return Done(told.lines[before:], told.said)


async def _first_steps(told: Told) -> None:
    answer = await _command(told)
    answer = await _click_and_menu(told, answer)
    await _share(told, answer)
    await _form(told)
    await _mistake(told)


async def _command(told: Told) -> simcord.ResponseMessage:
    here = told.here
    shown = await told.saw("Ada types /tip", await here.ada.slash(here.careers, "tip"))
    told.must(shown.ephemeral, "the answer to a command is private")
    told.must(bool(plain(shown.components)), "a tip says something")
    return shown


async def _click_and_menu(told: Told, answer: simcord.ResponseMessage) -> simcord.ResponseMessage:
    ada = told.here.ada
    again = button(answer, Call.of("tip"))
    shown = await told.saw("Ada clicks “Another tip”", await ada.click(answer, custom_id=again["custom_id"]))
    told.must(shown.id == answer.id, "a click on a private answer rewrites it")
    menu = next((part for part in walk_components(shown.components) if part.get("type") == Kind.MENU), None)
    if menu is None:
        raise SelfTestFailed("a tip has a menu of topics")
    option = menu["options"][0]
    result = await ada.select(shown, [option["value"]], custom_id=menu["custom_id"])
    chosen = await told.saw(f"Ada picks “{option['label']}” from “{menu['placeholder']}”", result)
    told.must(chosen.id == answer.id, "a menu on a private answer rewrites it")
    return chosen


async def _share(told: Told, answer: simcord.ResponseMessage) -> None:
    share = next(
        (part for part in walk_components(answer.components) if call_of(part.get("custom_id", "")).public), None
    )
    if share is None:
        raise SelfTestFailed("a private answer in a channel can be shared")
    shown = await told.saw("Ada clicks “Share”", await told.here.ada.click(answer, custom_id=share["custom_id"]))
    told.must(not shown.ephemeral and shown.id != answer.id, "what is shared is a new message for all")
    again = button(shown, Call.of("tip"))
    result = await told.here.grace.click(shown, custom_id=again["custom_id"])
    own = await told.saw("Grace clicks “Another tip” on what Ada shared", result)
    told.must(own.ephemeral and own.id != shown.id, "a click on a public answer is answered to the clicker alone")


async def _form(told: Told) -> None:
    here = told.here
    table = await told.saw("Ada types /salary", await here.ada.slash(here.careers, "salary"))
    told.must(
        any(part.get("type") == Kind.PICTURE for part in walk_components(table.components)), "pay comes as a picture"
    )
    compare = button(table, Call("salary", fill="offer"))
    form = await here.ada.click(table, custom_id=compare["custom_id"])
    told.must(form.modal is not None, "comparing an offer asks for it in a form")
    told.lines.append(f"Ada clicks “{compare['label']}” and writes “95k” into the form")
    shown = await told.saw("", await here.ada.submit_modal(form, {"answer": "95k"}))
    told.must("95,000" in plain(shown.components), "the offer is placed against the ranges")


async def _mistake(told: Told) -> None:
    here = told.here
    topic = min(told.world.catalog.all(Topic), key=lambda topic: (topic.title.count(" "), -len(topic.title)))
    slip = topic.title[:-2] + topic.title[-1]
    await here.grace.send(here.careers, f"@careerbot tip {slip}")
    answer = here.careers.last_message
    if answer is None or answer.author != here.env.bot.user:
        raise SelfTestFailed("a mention is answered")
    components: list[dict[str, Any]] = [dict(part.to_dict()) for part in answer.components]
    told.lines += [f"Grace writes “@careerbot tip {slip}”", f"  everybody sees: {plain(components)}"]
    meant = next((p for p in walk_components(components) if p.get("label") == topic.title), None)
    if meant is None:
        raise SelfTestFailed(f"a slip (“{slip}”) is answered with what was meant (“{topic.title}”)")
    shown = await told.saw(
        f"Grace clicks “{topic.title}”", await here.grace.click(answer, custom_id=meant["custom_id"])
    )
    told.must(shown.ephemeral, "the answer to the mended call is private")


#: What the parent may have done, in this order.
PARTS: Mapping[str, Callable[[Told], Awaitable[None]]] = {
    "the first steps": _first_steps,
    "a question": learning.answer_a_question,
    "the streak": learning.read_the_streak,
    "a code": learning.ask_for_a_code,
    "a digest is set up": digest.set_up,
    "the digest": digest.see,
    "an answer to the digest": digest.answer,
    "how the digest stands": digest.see_how_it_stands,
}
