"""The Discord side as the demo's main process has it: a child, as simcord patches the process that it runs in."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.chat import Person, Place, Reply, Request
from bot.core.dispatch import Mind
from bot.core.errors import CareerbotError
from bot.delivery.outbox import Target
from bot.delivery.publisher import Refused
from bot.demo.bridge import Bridge, BridgeClosed, CallFailed, to_child
from bot.demo.clock import Clock

#: Seconds that the Discord side may take to come up.
_COMING = 60.0
#: For the self-test: seconds within which a digest that is due must have come, and words that no other message has.
DIGEST_COMES, DIGEST_SIGN = 10.0, "with “digest”"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one part of the self-test. `said` is all of the last answer; the transcript shows less of it."""

    lines: list[str]
    said: str


@dataclass(frozen=True, slots=True)
class DiscordSide:
    """What it can be asked for. All raise BridgeClosed once it is gone, CallFailed for what it could not do.

    url: the page, with the token that lets it act.
    """

    url: str
    bridge: Bridge

    async def post(self, to: Place | Person, reply: Reply, key: str) -> str:
        """Say something unasked, to a channel or to one person; the first message's id.

        key: names what is said, in 23 characters at most: Discord drops what comes twice under one name.
        """
        return str(await self.bridge.call("post", to, reply, key))

    async def try_out(self, part: str) -> Done:
        """Do one part of the self-test. CallFailed names the step at which something else came than must come."""
        done: Done = await self.bridge.call("try_out", part)
        return done


class SidePublisher:
    """The courier's Publisher for that side. What was posted is known here, so nothing needs to be looked up there."""

    def __init__(self, side: DiscordSide) -> None:
        self._side = side
        self._posted: dict[str, str] = {}

    async def look(self, target: Target, key: str, since: datetime) -> str | None:
        return self._posted.get(key)

    async def publish(self, target: Target, reply: Reply, key: str, *, look_from: datetime | None) -> str:
        if key not in self._posted:
            there: Person | Place = Place(target.platform, target.workspace, target.channel)
            if target.user:
                there = Person(target.platform, target.workspace, target.user)
            try:
                self._posted[key] = await self._side.post(there, reply, key)
            except (BridgeClosed, CallFailed) as error:
                raise Refused(str(error), lasting=isinstance(error, CallFailed)) from None
        return self._posted[key]


class SideChannels:
    """What that side knows of its channels: the port's part for the demo's Discord."""

    def __init__(self, side: DiscordSide) -> None:
        self._side = side

    async def name(self, platform: str, workspace: str, channel: str) -> str:
        return str(await self._side.bridge.call("channel_name", platform, workspace, channel))

    async def problem(self, platform: str, workspace: str, channel: str) -> str:
        return str(await self._side.bridge.call("channel_problem", platform, workspace, channel))


@asynccontextmanager
async def discord_side(command: Sequence[str], mind: Mind, clock: Clock) -> AsyncIterator[DiscordSide]:
    """Start it, and answer what is asked there. Raises CareerbotError if it does not come up.

    clock: the demo's; whatever the child's own says, things are asked at the moment that this one shows.
    """

    async def answer(request: Request) -> Reply:
        return await mind.answer(replace(request, at=clock()))

    async with to_child(command, {"answer": answer}) as bridge:
        try:
            async with asyncio.timeout(_COMING):
                url = str(await bridge.call("page"))
        except BridgeClosed:
            raise CareerbotError("The demo's Discord side did not start; its own words are above.") from None
        except TimeoutError:
            raise CareerbotError(f"The demo's Discord side did not start within {_COMING:.0f} seconds.") from None
        yield DiscordSide(url, bridge)
