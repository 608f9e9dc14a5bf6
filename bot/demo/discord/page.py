"""simcord's page, on which a visitor types, clicks and fills in forms as Ada or Grace; and what the parent may ask."""

import asyncio
import contextlib
import signal
from collections.abc import Mapping

import discord
import simcord
from simcord.preview import Preview

from bot.core.chat import Person, Place, Reply
from bot.core.command import Registry
from bot.core.parameters import World
from bot.demo.bridge import Bridge, CallFailed, Method, to_parent
from bot.demo.discord.mind import MindOfParent
from bot.demo.discord.self_test import SelfTest
from bot.demo.discord.told import SelfTestFailed
from bot.demo.discord.town import Town, town
from bot.demo.side import Done
from bot.platforms.discord import sending
from bot.platforms.discord.channels import DiscordChannels

#: Seconds between two looks whether the visitor's action is over, so that the page can be drawn anew.
_AGAIN = 0.1


async def serve(registry: Registry, world: World) -> None:
    """Be there until the parent closes our input or is gone, a signal ends us, or the visitor ends the session."""
    desk = Desk(world)
    async with to_parent(desk.methods) as bridge, town(MindOfParent(registry, world, bridge)) as here:
        await _small_talk(here)
        async with here.env.preview(here.careers, viewers=[here.ada, here.grace], layout="channel") as preview:
            desk.open(here, preview)
            await _until_gone(bridge, preview)


class Desk:
    """What the parent may ask for; it waits until all is up."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open = asyncio.Event()
        #: Held by whoever tries the bot out or draws the page: simcord does one of these at a time.
        self._turn = asyncio.Lock()

    @property
    def methods(self) -> Mapping[str, Method]:
        return {
            "page": self.page,
            "post": self.post,
            "try_out": self.try_out,
            "channel_name": self.channel_name,
            "channel_problem": self.channel_problem,
        }

    def open(self, here: Town, preview: Preview) -> None:
        self._here = here
        self._preview = preview
        self._self_test = SelfTest(here, self._world)
        self._open.set()

    async def page(self) -> str:
        """The page's address, with the token that lets it act."""
        await self._open.wait()
        return self._preview.url

    async def post(self, to: Place | Person, reply: Reply, key: str) -> str:
        """Say something unasked, to a channel or to one person; the first message's id.

        key: names what is said, in 23 characters at most: Discord drops what comes twice under one name.
        """
        await self._open.wait()
        sent = [await self._send(to, page, f"{key}-{n}") for n, page in enumerate(await sending.pages(reply))]
        await self._draw()
        return str(sent[0].id)

    async def channel_name(self, platform: str, workspace: str, channel: str) -> str:
        await self._open.wait()
        return await DiscordChannels(self._here.env.bot).name(platform, workspace, channel)

    async def channel_problem(self, platform: str, workspace: str, channel: str) -> str:
        await self._open.wait()
        return await DiscordChannels(self._here.env.bot).problem(platform, workspace, channel)

    async def _send(self, to: Place | Person, page: sending.Page, nonce: str) -> discord.Message:
        bot = self._here.env.bot
        if isinstance(to, Person):
            channel: discord.abc.Messageable = await bot.fetch_user(int(to.user))
        else:
            channel = bot.get_partial_messageable(int(to.channel))
        return await channel.send(view=page.view(), files=page.files(), nonce=nonce)

    async def _draw(self) -> None:
        """Have the page show what came unasked. simcord does one thing at a time: what a visitor does goes first."""
        while True:
            try:
                async with self._turn:
                    await self._preview.refresh()
            except simcord.SetupError:
                await asyncio.sleep(_AGAIN)
            else:
                return

    async def try_out(self, part: str) -> Done:
        """Do one part of the self-test. Raises CallFailed, naming the step, if something else came than must come."""
        await self._open.wait()
        try:
            async with self._turn:
                return await self._self_test.do(part)
        except SelfTestFailed as failed:
            raise CallFailed(str(failed)) from None


async def _small_talk(here: Town) -> None:
    """So that the channel is not empty when the visitor comes: one asks in the open, and the bot answers there."""
    await here.ada.send(here.careers, "Hello! I want to get into this field. Where do I start?")
    await here.grace.send(
        here.careers, "Welcome! careerbot knows. Type / to see what it can do, or ask it like this: @careerbot tip"
    )


async def _until_gone(bridge: Bridge, preview: Preview) -> None:
    """Until nobody needs us: the parent, whoever sends SIGTERM or SIGINT, or the visitor says so."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows has no such handlers; closing the input works there
            asyncio.get_running_loop().add_signal_handler(number, told.set)
    waits = [asyncio.ensure_future(wait) for wait in (told.wait(), bridge.closed.wait(), preview.wait_closed())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
