"""The self-test across both sides: one learner, one mind, one clock."""

import re
from collections.abc import AsyncIterator

from bot.demo.side import DiscordSide
from bot.demo.slack import DemoButton, LocalSlack
from bot.demo.try_slack import Unexpected, step

_DAYS = 3
_CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")


async def conversation(slack: LocalSlack, discord: DiscordSide, next_day: DemoButton) -> AsyncIterator[str]:
    """Yields the lines of a transcript. Raises Unexpected, or CallFailed where Discord's side names the step."""
    for day in range(_DAYS):
        if day:
            yield f"A visitor presses “{next_day.label}”: {await next_day.press()}"
        yield "\n".join((await discord.try_out("a question")).lines)
    read = await discord.try_out("the streak")
    yield "\n".join(read.lines)
    streak = f"Your streak: {_DAYS} days"
    if streak not in read.said:
        raise Unexpected(f"Grace types /streak: a question a day for {_DAYS} days makes no {_DAYS} days: {read.said}")
    offered = await discord.try_out("a code")
    yield "\n".join(offered.lines)
    code = code_in(offered.said)
    yield "On Slack:"
    seen = await slack.slash(slack.grace, slack.careers, "/career", f"link {code}", replies=1)
    yield step(f"Grace types /career link {code}", seen)
    seen = await slack.slash(slack.grace, slack.careers, "/career", "streak", replies=1)
    yield step("Grace types /career streak", seen, streak)


def code_in(said: str) -> str:
    """The code in what `link` says. Raises Unexpected if there is none."""
    found = _CODE.search(said)
    if found is None:
        raise Unexpected(f"Grace types /link: no code came: {said}")
    return found[0]
