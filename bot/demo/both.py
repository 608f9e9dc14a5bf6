"""The demo as a whole: a Slack in this process, a Discord in a child, and the page from which both open."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from bot.core.dispatch import Dispatcher
from bot.core.errors import CareerbotError
from bot.demo import start, try_slack
from bot.demo.slack import Command, LocalSlack
from bot.platforms.profiles import Directory
from bot.platforms.slack.app import SlackBot
from bot.platforms.slack.said import PLATFORM

#: Seconds that the Discord side may take to come up, or to go.
_COMING, _GOING = 60.0, 5.0
_HINT = (
    "“Viewing as” says who you are. Type / in the box at the bottom, pick a command, and press the arrow to send. "
    "If “New messages” appears, press it. The bar at the top belongs to the simulator."
)
Clock = Callable[[], datetime]


@asynccontextmanager
async def running(
    mind: Dispatcher, people: Directory, clock: Clock, discord: Sequence[str], port: int
) -> AsyncIterator[str]:
    """Both sides up, and the start page's address. Raises CareerbotError if a side does not come up.

    people: where `mind` looks for what a platform knows of people.
    discord: the command that starts the Discord side.
    """
    async with slack(mind, people, clock) as here, _child(discord) as there:
        try:
            async with start.start_page(here.url, there, _HINT, port) as address:
                yield address
        except OSError as error:
            raise CareerbotError(
                f"Port {port} cannot be used ({error.strerror}). Try --port 0 for any free one."
            ) from None


async def self_test(
    mind: Dispatcher, people: Directory, clock: Clock, discord: Sequence[str], tell: Callable[[str], None]
) -> int:
    """Try both sides, and tell what was done and said. Returns the exit status."""
    tell("── Slack ──")
    async with slack(mind, people, clock) as here:
        try:
            async for line in try_slack.conversation(here):
                tell(line)
        except try_slack.Unexpected as error:
            tell(f"FAILED: {error}")
            return 1
    tell("\n── Discord ──")
    child = await asyncio.create_subprocess_exec(*discord, "--self-test", stdout=asyncio.subprocess.PIPE)
    out, _ = await child.communicate()
    tell(out.decode().rstrip())
    tell("\nBoth sides answered as they should." if child.returncode == 0 else "FAILED: see above.")
    return 1 if child.returncode else 0


@asynccontextmanager
async def slack(mind: Dispatcher, people: Directory, clock: Clock) -> AsyncIterator[LocalSlack]:
    """A local Slack with the real app in it, over Socket Mode."""
    commands = [Command(name=f"/career {c.name}", summary=c.summary, usage=c.usage) for c in mind.registry]
    suggestions = [f"/career {c.name} {next(filter(None, c.shown_examples), '')}".strip() for c in mind.registry][:4]
    async with LocalSlack(commands=commands, suggestions=suggestions, keep=500, should_escape=True) as here:
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


@asynccontextmanager
async def _child(command: Sequence[str]) -> AsyncIterator[str]:
    """The Discord side in a process of its own; yields its page's address."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert child.stdout is not None and child.stdin is not None  # noqa: S101, PT018 # we asked for the pipes
    try:
        async with asyncio.timeout(_COMING):
            line = await child.stdout.readline()
        if not line:
            raise CareerbotError("The demo's Discord side did not start; its own words are above.")
        yield str(json.loads(line)["url"])
    except TimeoutError:
        raise CareerbotError(f"The demo's Discord side did not start within {_COMING:.0f} seconds.") from None
    finally:
        child.stdin.close()
        try:
            async with asyncio.timeout(_GOING):
                await child.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
