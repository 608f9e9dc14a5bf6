"""The demo as a whole: a Slack here, a Discord in a child, one mind and one clock for both, and the start page."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.dispatch import Dispatcher
from bot.core.errors import CareerbotError
from bot.delivery.publisher import Publisher
from bot.demo import start, try_both, try_digest, try_slack
from bot.demo.bridge import BridgeClosed, CallFailed
from bot.demo.clock import Clock, DemoClock
from bot.demo.side import DiscordSide, SideChannels, SidePublisher, discord_side
from bot.demo.slack import Command, DemoButton, LocalSlack, Shortcut
from bot.platforms.profiles import Directory
from bot.platforms.slack.app import SlackBot
from bot.platforms.slack.manifest import SHORTCUTS
from bot.platforms.slack.publisher import SlackPublisher
from bot.platforms.slack.said import PLATFORM

_HINT = (
    "“Viewing as” says who you are. Type / in the box at the bottom, pick a command, and press the arrow to send. "
    "If “New messages” appears, press it. The bar at the top belongs to the simulator."
)


@dataclass(frozen=True, slots=True)
class Cast:
    """What the demo is played with.

    people: where `mind` looks for what a platform knows of people.
    unasked: has what the bot says of itself delivered, by these publishers, while it is held.
    next_digest: when the next weekly digest is due; None where nobody has set one up.
    discord: the command that starts the Discord side.
    """

    mind: Dispatcher
    people: Directory
    clock: DemoClock
    unasked: Callable[[Mapping[str, Publisher]], AbstractAsyncContextManager[None]]
    next_digest: Callable[[], Awaitable[datetime | None]]
    discord: Sequence[str]


@dataclass(frozen=True, slots=True)
class Sides:
    slack: LocalSlack
    discord: DiscordSide


@asynccontextmanager
async def running(cast: Cast, port: int) -> AsyncIterator[str]:
    """Both sides up, and the start page's address. Raises CareerbotError if a side does not come up."""
    async with sides(cast) as both:
        both.slack.add_button(next_day(cast.clock))
        both.slack.add_button(next_digest(cast))
        try:
            async with start.start_page(both.slack.url, both.discord.url, _HINT, port) as address:
                yield address
        except OSError as error:
            raise CareerbotError(
                f"Port {port} cannot be used ({error.strerror}). Try --port 0 for any free one."
            ) from None


async def self_test(cast: Cast, tell: Callable[[str], None]) -> int:
    """Try both sides, and tell what was done and said. Returns the exit status."""
    async with sides(cast) as both:
        try:
            tell("── Slack ──")
            async for line in try_slack.conversation(both.slack):
                tell(line)
            tell("\n── Discord ──")
            for line in (await both.discord.try_out("the first steps")).lines:
                tell(line)
            tell("\n── A learner ──")
            async for line in try_both.conversation(both.slack, both.discord, next_day(cast.clock)):
                tell(line)
            tell("\n── The weekly digest ──")
            buttons = next_day(cast.clock), next_digest(cast)
            async for line in try_digest.conversation(both.slack, both.discord, cast.clock, *buttons):
                tell(line)
        except (try_slack.Unexpected, CallFailed, BridgeClosed) as error:
            tell(f"FAILED: {error}")
            return 1
    tell("\nBoth sides answered as they should.")
    return 0


@asynccontextmanager
async def sides(cast: Cast) -> AsyncIterator[Sides]:
    """Both of them, and what the bot says there unasked."""
    async with (
        slack(cast.mind, cast.people, cast.clock) as (here, publisher),
        discord_side(cast.discord, cast.mind, cast.clock) as there,
        cast.unasked({"slack": publisher, "discord": SidePublisher(there)}),
    ):
        cast.people.add_channels("discord", SideChannels(there))
        yield Sides(here, there)


def next_day(clock: DemoClock) -> DemoButton:
    """Moves the clock that both sides go by."""

    async def press() -> str:
        now = clock.skip(timedelta(days=1))
        return f"It is now {now:%A} {now.day} {now:%B}, on both sides."

    return DemoButton("Next day", press)


def next_digest(cast: Cast) -> DemoButton:
    """Moves the clock to where the next weekly digest is due; it comes by itself then."""

    async def press() -> str:
        due = await cast.next_digest()
        if due is None:
            return "Nobody gets a digest yet. Ada, an admin, sets one up: /career digest subscribe"
        now = cast.clock.skip(max(due - cast.clock(), timedelta()))
        return f"It is now {now:%A} {now.day} {now:%B}, {now:%H:%M} UTC, on both sides. A digest is due."

    return DemoButton("Skip to the next digest", press)


@asynccontextmanager
async def slack(mind: Dispatcher, people: Directory, clock: Clock) -> AsyncIterator[tuple[LocalSlack, SlackPublisher]]:
    """A local Slack with the real app in it, over Socket Mode; and what posts there unasked."""
    commands = [Command(name=f"/career {c.name}", summary=c.summary, usage=c.usage) for c in mind.registry]
    suggestions = [f"/career {c.name} {next(filter(None, c.shown_examples), '')}".strip() for c in mind.registry][:4]
    async with LocalSlack(
        commands=commands,
        suggestions=suggestions,
        shortcuts=[
            Shortcut(callback_id=name, kind=kind, name=called, about=about)
            for name, (kind, called, about) in SHORTCUTS.items()
        ],
        clock=clock,
        keep=500,
        should_escape=True,
    ) as here:
        bot = SlackBot(mind, clock, here.bot_token, api_url=here.api_url)
        people.add(PLATFORM, bot.profiles)
        people.add_channels(PLATFORM, bot.channels)
        serving = asyncio.create_task(bot.run_socket(here.app_token))
        ready = asyncio.create_task(bot.ready.wait())
        await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
        try:
            if serving.done():
                await serving  # raises what went wrong
            yield here, bot.publisher
        finally:
            ready.cancel()
            await bot.close()
            await asyncio.gather(serving, ready, return_exceptions=True)
