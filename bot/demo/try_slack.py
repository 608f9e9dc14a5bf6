"""The self-test's Slack side: a person's first minutes, checked step by step."""

from collections.abc import AsyncIterator

from bot.demo.slack import LocalSlack, Message, Outcome
from bot.demo.slack.records import elements_of
from bot.demo.slack.schema import Json


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
    yield step("Grace asks in the open: @careerbot startup or big company?", seen, "Startup or big tech")
    seen = await slack.dm(grace, "tip python", replies=1)
    yield step("Grace writes to it in private: tip python", seen, "Takes")
    seen = await slack.slash(ada, careers, "/career", "quiz", replies=1)
    yield step("Ada types /career quiz", seen, "Quiz")
    first = next(element for block in seen.message.blocks for element in elements_of(block))
    seen = await slack.click(ada, seen.message, str(first["action_id"]), replies=1)
    yield step("Ada picks the first answer", seen, "The answer", "Day 1")
    if slack.refusals:
        raise Unexpected(f"Slack would refuse: {'; '.join(map(str, slack.refusals))}")


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


def _labelled(message: Message, label: str) -> str:
    """The action_id of the button or menu with that label. Raises Unexpected if there is none."""
    for element in (element for block in message.blocks for element in elements_of(block)):
        if label in {_text(element.get("text")), _text(element.get("placeholder"))}:
            return str(element["action_id"])
    raise Unexpected(f"There is no “{label}” under: {message.text}")


def _text(found: object) -> str:
    return str(found.get("text", "")) if isinstance(found, dict) else ""


def _only_input(blocks: list[Json]) -> str:
    return next(str(block["block_id"]) for block in blocks if block["type"] == "input")
