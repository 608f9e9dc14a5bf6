"""The Slack bot as a whole: what the composition root makes, starts and stops."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from slack_bolt.response import BoltResponse
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from bot.core.dispatch import Dispatcher
from bot.core.errors import CareerbotError, StorageUnavailable
from bot.core.ports import Workspaces
from bot.delivery.pace import Pace
from bot.platforms.slack import bolt, limits, said, socket
from bot.platforms.slack.background import Background
from bot.platforms.slack.channels import SlackChannels
from bot.platforms.slack.gallery import Gallery
from bot.platforms.slack.installations import ManyInstallations, OneInstallation
from bot.platforms.slack.leaving import REVOKED, UNINSTALLED, Leaving
from bot.platforms.slack.listeners import Listeners
from bot.platforms.slack.once import Heard, Once, OnceForAll
from bot.platforms.slack.profiles import SlackProfiles
from bot.platforms.slack.publisher import SlackPublisher
from bot.platforms.slack.rich import Json
from bot.platforms.slack.rotation import Rotation
from bot.platforms.slack.said import PLATFORM, Clock
from bot.platforms.slack.wire import Lost, Refused
from bot.platforms.slack.wires import Wires, web_client

if TYPE_CHECKING:
    from starlette.routing import Route

    from bot.platforms.slack.install import Distribution

#: Seconds that answers under way are given when we stop, and rotations of tokens, from the same moment on: almost all
#: that there are (connecting.py), as one that is torn may cost the installation.
_LAST_ANSWERS, _LAST_ROTATIONS = 3.0, 3.8
_STRANGER = "I am not installed in this workspace any more. Please ask whoever looks after it to add me again."

_log = logging.getLogger(__name__)


class SlackBot:
    """One app of Slack's, served over Socket Mode or HTTP: in one workspace, or in all that install it.

    clock: gives the moment of each request, with a zone.
    bot_token: of the one workspace; "" with a `distribution`, by which many install it.
    signing_secret: for HTTP mode. api_url: another Slack than the real one; every client of ours uses it.
    pace: of what the bot says unasked.
    workspaces: is told where we are. heard: what other replicas were told; None for a process on its own.
    ready: set while Slack can reach us, as far as we can know.
    profiles, channels: what Slack knows of people, and of its channels.
    publisher: what the bot says here unasked; to be used while it is open.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        clock: Clock,
        bot_token: str,
        signing_secret: str | None = None,
        api_url: str | None = None,
        pace: Pace | None = None,
        *,
        distribution: "Distribution | None" = None,
        workspaces: Workspaces | None = None,
        heard: Heard | None = None,
    ) -> None:
        self.ready = asyncio.Event()
        self._clock = clock
        self._workspaces = workspaces
        self._noted = distribution is not None or workspaces is None  # where many install us, each is noted as it does
        self._signing_secret = signing_secret
        self._distribution = distribution
        self._stop = asyncio.Event()
        self._line: Callable[[], bool] = lambda: True
        self._background = Background()
        self._rotations = Background()
        self._one = OneInstallation(bot_token, clock, workspaces)
        self._many: ManyInstallations | None = None
        client = web_client(api_url)
        if distribution:
            rotator = AsyncTokenRotator(
                client=client, client_id=distribution.client_id, client_secret=distribution.client_secret
            )
            rotation = Rotation(distribution.keeper, rotator, clock)
            self._many = ManyInstallations(distribution.keeper, rotation, clock, self._rotations.start)
        self._installations = self._many or self._one
        self._wires = Wires(self._installations, client, pace)
        self.profiles = SlackProfiles(self._wires, self._background)
        self.channels = SlackChannels(self._wires)
        self._gallery = Gallery(self._wires, self._background.start)
        self.publisher = SlackPublisher(self._wires, self._gallery)
        events = OnceForAll("slack event", Once(limits.EVENT_MEMORY), clock, heard)
        self._signatures = OnceForAll("slack signature", Once(limits.SIGNATURE_MEMORY), clock, heard)
        self._listeners = Listeners(dispatcher, clock, self._wires, self._background, self._gallery, events)
        leaving = Leaving(self._installations, self._wires.takes)
        self._bolt = bolt.build(self._listeners, leaving, self._admit, client)

    async def run_socket(self, app_token: str) -> None:
        """Serve over Socket Mode until `close` or cancelled. Raises Refused if Slack does not take a token."""
        try:
            await self._open()
            async with socket.connection(self._bolt, app_token, self._at_once) as self._line:
                self.ready.set()
                await self._stop.wait()
        finally:
            await self.close()

    def connected(self) -> bool:
        """Whether Slack can reach us just now: over HTTP, as far as we can know."""
        return self.ready.is_set() and self._line()

    def routes(self) -> "list[Route]":
        """Where Slack calls us in HTTP mode; to be served while `answering`. Raises ValueError without a secret."""
        if not self._signing_secret:
            raise ValueError("HTTP mode needs the signing secret")
        from bot.platforms.slack import http
        from bot.platforms.slack.install import Pages

        routes = http.routes(self._bolt, self._signing_secret, self._signatures, self._at_once)
        if self._distribution:
            routes += Pages(self._distribution, self._wires.client, self._installed, self._clock).routes()
        return routes

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """Ready to answer over HTTP while inside. Raises Refused if Slack does not take the token, and CareerbotError
        where the tokens that are kept cannot be read.
        """
        try:
            await self._open()
            self.ready.set()
            yield
        finally:
            await self.close()

    async def close(self) -> None:
        """Stop hearing, finish the answers under way, hang up. May be called again, and from anywhere."""
        self.ready.clear()
        self._stop.set()
        if self._many:
            self._many.begin_no_more()
        loop = asyncio.get_running_loop()
        until = loop.time() + _LAST_ROTATIONS
        await self._background.drain(_LAST_ANSWERS)
        await self._rotations.drain(until - loop.time())
        await self._wires.close()

    async def _open(self) -> None:
        await self._wires.open()
        if self._distribution:
            await self._if_there(self._distribution.keeper.readable())
            return
        try:
            known = await self._wires.of("").call("auth.test", repeatable=True)
        except Lost as error:
            _log.warning("cannot reach Slack yet (%s); I start all the same", error)
        except Refused as error:
            if not error.passing or error.error == "token_expired":  # nobody renews that of the settings
                raise Refused("the bot token (auth.test)", error.error) from None
            _log.warning("%s; I start all the same", error)
        else:
            team = str(known.get("team_id", ""))
            self._wires.know(team, known)
            self._one.installed = replace(self._one.installed, me=str(known.get("user_id", "")))
            if team and not self._noted:
                await self._note(team)

    async def _note(self, team: str) -> None:
        """We are in the one workspace. Where that cannot be kept now, it is when the workspace next asks for something:
        one that was left before and is not noted as back would be deleted in the end.
        """
        if self._workspaces:
            self._noted = True
            try:
                await self._workspaces.joined(PLATFORM, team, self._clock())
            except StorageUnavailable:  # the store has logged it
                self._noted = False

    async def _if_there(self, work: Awaitable[object]) -> None:
        """We start all the same where the database is away."""
        with contextlib.suppress(StorageUnavailable):  # the store has logged it; the next start does it
            await work

    async def _installed(self, team: str, by: str) -> None:
        if self._many:
            self._many.forget(team)
        self._gallery.forget(team)
        self._background.start(self._listeners.welcome_installer(team, by), "a welcome")

    async def _at_once(self, body: Json) -> str | None:
        """The acknowledgement of a slash command, as JSON, if the answer is ready: nothing is done by it, and it needs
        no more of Bolt. None for what takes its usual way."""
        if body.get("command") != bolt.COMMAND or not (team := said.team_of(body)) or await self._is_stranger(team):
            return None
        return self._listeners.at_once(body)

    async def _admit(self, body: Json, next: Callable[[], Awaitable[None]]) -> BoltResponse | None:  # noqa: A002 # Bolt passes it by this name
        """Bolt's middleware: nothing is done for a workspace that has not installed us, or no longer."""
        team = said.team_of(body)
        event = body.get("event")
        about_us = isinstance(event, dict) and event.get("type") in (UNINSTALLED, REVOKED)
        if not about_us and await self._is_stranger(team):
            _log.info("Slack workspace %s, which has not installed me, was told so", team)
            return BoltResponse(status=200, body=_STRANGER if body.get("command") else "")
        await next()
        return None

    async def _is_stranger(self, team: str) -> bool:
        """Whether it has not installed us. Asked of every workspace that wants something: then we are there."""
        if not self._noted:
            self._background.start(self._note(team), "a note of where I am")
        try:
            return await self._installations.noted(team) is None
        except CareerbotError:
            return False  # that is not known now; and what needs a token will say so
