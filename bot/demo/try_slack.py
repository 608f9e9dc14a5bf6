"""The self-test's Slack side: a person's first minutes, checked step by step."""

from collections.abc import AsyncIterator
from dataclasses import replace

from bot.demo.slack import LocalSlack, Message, Outcome, View, text_of
from bot.demo.slack.records import elements_of
from bot.demo.slack.schema import Json
from bot.platforms.slack.render import moment
from bot.platforms.slack.shortcuts import ABOUT, ASK


class Unexpected(Exception):
    """What came is not what must come. The sentence names the step, and what came instead."""


async def conversation(slack: LocalSlack) -> AsyncIterator[str]:
    """Yields a line for each thing done and each thing said. Raises Unexpected."""
    ada, grace, careers = slack.ada, slack.grace, slack.careers
    seen = await slack.slash(ada, careers, "/career", "salary entry us 95k", replies=1)
    yield step("Ada types /career salary entry us 95k", seen, "$95,000", "Inside")
    answer = seen.message
    seen = await slack.click(ada, answer, _labelled(answer, "Share"), replies=1)
    yield step("Ada presses Share", seen, "$90,000")
    if not any(message.ts == seen.message.ts for message in slack.seen_by(grace, careers)):
        raise Unexpected("Ada presses Share: Grace does not see it")
    seen = await slack.select(ada, answer, _labelled(answer, "Another level…"), "Senior level", replies=1)
    yield step("Ada picks “Senior level” in the menu", seen, "$150,000")
    seen = await slack.click(ada, seen.message, _labelled(seen.message, "Compare an offer"), quiet=0.3)
    if seen.view is None:
        raise Unexpected(f"Ada presses Compare an offer: no form opened ({seen.error or 'no error'})")
    seen = await slack.submit(ada, seen.view, {_only_input(seen.view.blocks): "165k"}, replies=1)
    yield step("Ada fills in 165k", seen, "$165,000", "Inside")
    seen = await slack.slash(ada, careers, "/career", "salry senior", replies=1)
    yield step("Ada slips: /career salry senior", seen, "salry", "Did you mean")
    seen = await slack.mention(grace, careers, "startup or big company?", replies=1)
    seen = await _in_the_end(slack, grace, careers, seen)
    yield step("Grace asks in the open: @careerbot startup or big company?", seen, "Startup or big tech")
    seen = await slack.dm(grace, "tip python", replies=1)
    yield step("Grace writes to it in private: tip python", seen, "Takes")
    seen = await slack.slash(ada, careers, "/career", "quiz", replies=1)
    yield step("Ada types /career quiz", seen, "Quiz")
    first = next(element for block in seen.message.blocks for element in elements_of(block))
    seen = await slack.click(ada, seen.message, str(first["action_id"]), replies=1)
    yield step("Ada picks the first answer", seen, "The answer", "Day 1")
    async for line in home_and_shortcuts(slack):
        yield line
    if slack.refusals:
        raise Unexpected(f"Slack would refuse: {'; '.join(map(str, slack.refusals))}")


async def home_and_shortcuts(slack: LocalSlack) -> AsyncIterator[str]:
    """The bot's other doors: App Home, and where slash commands do not work. Raises Unexpected."""
    ada, grace, careers = slack.ada, slack.grace, slack.careers
    yield seen_in("Ada opens App Home", await slack.open_home(ada, quiet=0.3), "Hello!", "Your streak: 1 day", "Zone:")
    home = slack.workspace.homes[ada]
    seen = await slack.click(ada, home, _labelled(home, "Zone…"), quiet=0.3)
    yield seen_in("Ada presses Zone… there", seen, "Name a large city near you")
    if seen.view:
        await slack.close_view(ada, seen.view)
    seen = await slack.shortcut(grace, ASK, quiet=0.3)
    if seen.view is None:
        raise Unexpected(f"Grace uses the shortcut “Ask careerbot”: nothing opened ({seen.error or 'no error'})")
    seen = await slack.submit(grace, seen.view, {_only_input(seen.view.blocks): "salary senior us"}, quiet=0.3)
    yield seen_in("Grace asks with the shortcut “Ask careerbot”: salary senior us", seen, "$150,000")
    first = slack.say(ada, careers, "Just thinking aloud.")
    asked = slack.say(ada, careers, "How much does a junior earn in the US?", thread_ts=first.ts)
    seen = await slack.message_shortcut(grace, asked.ts, ABOUT, replies=1)
    yield step("Grace uses “Ask about this” on a message in a thread", seen, "$90,000")


def seen_in(done: str, seen: Outcome, *wanted: str) -> str:
    """The same as `step`, for what stands in a modal or else in App Home; only its first lines are told."""
    shown = seen.view or seen.home
    said = text_of(shown) if shown else ""
    for word in wanted:
        if seen.error or word not in said:
            raise Unexpected(f"{done}: no {word!r} ({seen.error or 'no error'}). It says: {said}")
    lines = [line for line in said.splitlines() if line.strip()]
    return "\n".join([f"› {done}", *(f"    {line}" for line in lines[:8]), "    …"])


def step(done: str, seen: Outcome, *wanted: str) -> str:
    """The transcript of one step. Raises Unexpected if what was said lacks a word."""
    if seen.error or not seen.messages:
        raise Unexpected(f"{done}: no answer ({seen.error or 'none came'})")
    said = seen.message.text  # what a notification and a screen reader get; the blocks say the same
    for word in wanted:
        if word not in said:
            raise Unexpected(f"{done}: the answer lacks {word!r}. It says: {said}")
    shown = "\n".join(f"    {line}" for line in said.splitlines() if line.strip())
    return f"› {done}\n{shown}"


async def _in_the_end(slack: LocalSlack, person: str, channel: str, seen: Outcome) -> Outcome:
    """What stands there at last: the first question of all waits for the search's index, which may take a moment."""
    await slack.until(lambda: slack.seen_by(person, channel)[-1].text != moment().text)
    return replace(seen, messages=slack.seen_by(person, channel)[-1:])


def _labelled(message: Message | View, label: str) -> str:
    """The action_id of the button or menu with that label. Raises Unexpected if there is none."""
    for element in (element for block in message.blocks for element in elements_of(block)):
        if label in {_text(element.get("text")), _text(element.get("placeholder"))}:
            return str(element["action_id"])
    raise Unexpected(f"There is no “{label}” under: {text_of(message)}")


def _text(found: object) -> str:
    return str(found.get("text", "")) if isinstance(found, dict) else ""


def _only_input(blocks: list[Json]) -> str:
    return next(str(block["block_id"]) for block in blocks if block["type"] == "input")
