"""The Slack bot as a whole: what the composition root makes, starts and stops."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.routing import Route

from bot.core.dispatch import Dispatcher
from bot.delivery.pace import Pace
from bot.platforms.slack import bolt, http, socket
from bot.platforms.slack.background import Background
from bot.platforms.slack.channels import SlackChannels
from bot.platforms.slack.gallery import Gallery
from bot.platforms.slack.listeners import Listeners
from bot.platforms.slack.profiles import SlackProfiles
from bot.platforms.slack.publisher import SlackPublisher
from bot.platforms.slack.said import Clock
from bot.platforms.slack.wire import Lost, Refused, Wire

#: Seconds that answers under way are given when we stop.
_LAST_ANSWERS = 3.0

_log = logging.getLogger(__name__)


class SlackBot:
    """One installation in one workspace, served over Socket Mode or HTTP.

    clock: gives the moment of each request, with a zone.
    signing_secret: for HTTP mode. api_url: another Slack than the real one; every client of ours uses it.
    pace: of what the bot says unasked.
    ready: set while Slack can reach us, as far as we can know.
    profiles, channels: what Slack knows of people, and of its channels.
    publisher: what the bot says here unasked; to be used while it is open.
    welcome_installer: tells whoever has just installed the bot how to begin; by team and user.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        clock: Clock,
        bot_token: str,
        signing_secret: str | None = None,
        api_url: str | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.ready = asyncio.Event()
        self._wire = Wire(bot_token, api_url, pace)
        self._background = Background()
        self.profiles = SlackProfiles(self._wire, self._background)
        self.channels = SlackChannels(self._wire)
        self._me = ""
        self._address = ""
        gallery = Gallery(self._wire, self._background.start)
        listeners = Listeners(dispatcher, clock, self._wire, self._background, gallery, lambda: self._me)
        self.welcome_installer = listeners.welcome_installer
        self.publisher = SlackPublisher(self._wire, gallery, lambda: self._address)
        self._bolt = bolt.build(listeners, self._wire.client)
        self._signing_secret = signing_secret
        self._stop = asyncio.Event()

    async def run_socket(self, app_token: str) -> None:
        """Serve over Socket Mode until `close` or cancelled. Raises Refused if Slack does not take a token."""
        try:
            await self._open()
            async with socket.connection(self._bolt, app_token):
                self.ready.set()
                await self._stop.wait()
        finally:
            await self.close()

    def routes(self) -> list[Route]:
        """Where Slack calls us in HTTP mode; to be served while `answering`. Raises ValueError without a secret."""
        if not self._signing_secret:
            raise ValueError("HTTP mode needs the signing secret")
        return http.routes(self._bolt, self._signing_secret)

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """Ready to answer over HTTP while inside. Raises Refused if Slack does not take the token."""
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
        await self._background.drain(_LAST_ANSWERS)
        await self._wire.close()

    async def _open(self) -> None:
        await self._wire.open()
        try:
            known = await self._wire.call("auth.test", repeatable=True)
            self._me, self._address = str(known.get("user_id", "")), str(known.get("url", ""))
        except Lost as error:
            _log.warning("cannot reach Slack yet (%s); I start all the same", error)
        except Refused as error:
            if not error.passing:
                raise Refused("the bot token (auth.test)", error.error) from None
            _log.warning("%s; I start all the same", error)
