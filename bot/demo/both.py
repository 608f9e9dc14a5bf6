"""The demo as a whole: a Slack here, a Discord in a child, one mind and one clock for both, and the start page."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.core.dispatch import Dispatcher
from bot.core.errors import CareerbotError
from bot.demo import start, try_both, try_slack
from bot.demo.bridge import BridgeClosed, CallFailed
from bot.demo.clock import Clock, DemoClock
from bot.demo.side import discord_side
from bot.demo.slack import Command, DemoButton, LocalSlack
from bot.platforms.profiles import Directory
from bot.platforms.slack.app import SlackBot
from bot.platforms.slack.said import PLATFORM

_HINT = (
    "“Viewing as” says who you are. Type / in the box at the bottom, pick a command, and press the arrow to send. "
    "If “New messages” appears, press it. The bar at the top belongs to the simulator."
)


@asynccontextmanager
async def running(
    mind: Dispatcher, people: Directory, clock: DemoClock, discord: Sequence[str], port: int
) -> AsyncIterator[str]:
    """Both sides up, and the start page's address. Raises CareerbotError if a side does not come up.

    people: where `mind` looks for what a platform knows of people.
    discord: the command that starts the Discord side.
    """
    async with slack(mind, people, clock) as here, discord_side(discord, mind, clock) as there:
        here.add_button(next_day(clock))
        try:
            async with start.start_page(here.url, there.url, _HINT, port) as address:
                yield address
        except OSError as error:
            raise CareerbotError(
                f"Port {port} cannot be used ({error.strerror}). Try --port 0 for any free one."
            ) from None


async def self_test(
    mind: Dispatcher, people: Directory, clock: DemoClock, discord: Sequence[str], tell: Callable[[str], None]
) -> int:
    """Try both sides, and tell what was done and said. Returns the exit status."""
    async with slack(mind, people, clock) as here, discord_side(discord, mind, clock) as there:
        try:
            tell("── Slack ──")
            async for line in try_slack.conversation(here):
                tell(line)
            tell("\n── Discord ──")
            for line in (await there.try_out("the first steps")).lines:
                tell(line)
            tell("\n── A learner ──")
            async for line in try_both.conversation(here, there, next_day(clock)):
                tell(line)
        except (try_slack.Unexpected, CallFailed, BridgeClosed) as error:
            tell(f"FAILED: {error}")
            return 1
    tell("\nBoth sides answered as they should.")
    return 0


def next_day(clock: DemoClock) -> DemoButton:
    """Moves the clock that both sides go by."""

    async def press() -> str:
        now = clock.skip(timedelta(days=1))
        return f"It is now {now:%A} {now.day} {now:%B}, on both sides."

    return DemoButton("Next day", press)


@asynccontextmanager
async def slack(mind: Dispatcher, people: Directory, clock: Clock) -> AsyncIterator[LocalSlack]:
    """A local Slack with the real app in it, over Socket Mode."""
    commands = [Command(name=f"/career {c.name}", summary=c.summary, usage=c.usage) for c in mind.registry]
    suggestions = [f"/career {c.name} {next(filter(None, c.shown_examples), '')}".strip() for c in mind.registry][:4]
    async with LocalSlack(
        commands=commands, suggestions=suggestions, clock=clock, keep=500, should_escape=True
    ) as here:
        bot = SlackBot(mind, clock, here.bot_token, api_url=here.api_url)
        people.add(PLATFORM, bot.profiles)
        serving = asyncio.create_task(bot.run_socket(here.app_token))
        ready = asyncio.create_task(bot.ready.wait())
        await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
        try:
            if serving.done():
                await serving  # raises what went wrong
            yield here
        finally:
            ready.cancel()
            await bot.close()
            await asyncio.gather(serving, ready, return_exceptions=True)
