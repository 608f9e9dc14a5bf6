"""The self-test across both sides: one learner, one mind, one clock."""

from collections.abc import AsyncIterator

from bot.demo.side import DiscordSide
from bot.demo.slack import DemoButton
from bot.demo.try_slack import Unexpected

_DAYS = 3


async def conversation(discord: DiscordSide, next_day: DemoButton) -> AsyncIterator[str]:
    """Yields the lines of a transcript. Raises Unexpected, or CallFailed where Discord's side names the step."""
    for day in range(_DAYS):
        if day:
            yield f"A visitor presses “{next_day.label}”: {await next_day.press()}"
        yield "\n".join((await discord.try_out("a question")).lines)
    read = await discord.try_out("the streak")
    yield "\n".join(read.lines)
    if f"Your streak: {_DAYS} days" not in read.said:
        raise Unexpected(f"Grace types /streak: a question a day for {_DAYS} days makes no {_DAYS} days: {read.said}")
