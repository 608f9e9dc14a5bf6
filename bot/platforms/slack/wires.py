"""Every connection to Slack: one session for all workspaces, and each call with its own workspace's token.

A token that Slack does not take is looked up once more: another replica may have rotated it since. Where there is no
other, and Slack says that this one was revoked, the bot is no longer in that workspace, and nothing is said there.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import CareerbotError, StorageUnavailable
from bot.delivery.pace import Pace
from bot.platforms import fence, proxy
from bot.platforms.slack import quiet
from bot.platforms.slack.installations import TAKEN_OUT, Installations
from bot.platforms.slack.rich import Json
from bot.platforms.slack.wire import Lost, Refused, TooFast, Wire, seconds_in

#: Seconds. A person waits no longer for an answer than this.
_TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)
#: Seconds until we do not wait any longer to hear whether a token is good.
_ASK = 2.0
#: Workspaces' addresses that are remembered.
_MOST = 10_000

#: Our words for "there is no token": the bot is not installed there; or the key that opens its token is missing.
NOT_INSTALLED: Final = "not_installed"
UNREADABLE: Final = "key_missing"
#: Slack's words for a token that it does not take (docs.slack.dev/reference/methods/auth.test, "Errors"). Nothing was
#: done then, so the same may be asked again with another token.
_EXPIRED: Final = "token_expired"
DEAD_TOKEN: Final = TAKEN_OUT | {"invalid_auth", _EXPIRED}


def web_client(api_url: str | None = None) -> AsyncWebClient:
    """slack_sdk's client, with no token of its own, for `Wires` to give it a session."""
    client = AsyncWebClient(
        base_url=api_url or AsyncWebClient.BASE_URL, retry_handlers=[], logger=quiet.logger("web", logging.WARNING)
    )
    # The session of `Wires` finds a proxy by itself and heeds NO_PROXY, which slack_sdk does not.
    client.proxy = None
    return client


class Wires:
    """`open` it before use, `close` it afterwards. One for all workspaces; `of` gives that of one."""

    def __init__(self, installations: Installations, client: AsyncWebClient, pace: Pace | None = None) -> None:
        self.client = client
        self._installations = installations
        self._pace = pace or Pace()
        self._session: aiohttp.ClientSession | None = None
        self._addresses: OrderedDict[str, str] = OrderedDict()

    def of(self, team: str) -> Wire:
        return Wire(self, team, self._pace)

    async def open(self) -> None:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=fence.connector(), timeout=_TIMEOUT, trust_env=proxy.there_is_one()
            )
            self.client.session = self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the wires are not open")
        return self._session

    async def me(self, team: str) -> str:
        """The bot's own user id in a workspace; "" where it is not known now."""
        try:
            found = await self._installations.noted(team)
        except CareerbotError:
            return ""
        return found.me if found else ""

    async def address(self, team: str) -> str:
        """A workspace's own address, such as https://makers.slack.com/; "" where it is not known now."""
        if team not in self._addresses:
            try:
                said = await self.of(team).once("auth.test")
            except (Refused, TooFast, Lost):
                return ""
            self.know(team, said)
        return self._addresses[team]

    def know(self, team: str, said: Mapping[str, object]) -> None:
        """What auth.test said of the workspace's address."""
        self._addresses[team] = str(said.get("url") or "")
        if len(self._addresses) > _MOST:
            self._addresses.popitem(last=False)

    async def api(self, team: str, method: str, *, json: Json | None = None, params: Json | None = None) -> Json:
        """Call a method with a workspace's token. Raises Refused, TooFast, Lost, or what aiohttp raises."""
        token = await self._token(team, method)
        try:
            return await self._call(token, method, json, params)
        except Refused as refused:
            if refused.error not in DEAD_TOKEN:
                raise
            other = await self._other(team, token, refused)
        return await self._call(other, method, json, params)

    async def takes(self, token: str) -> bool | None:
        """Whether Slack takes this token still; None where that cannot be found out now."""
        try:
            async with asyncio.timeout(_ASK):
                await self._call(token, "auth.test", {}, None)
        except Refused as refused:
            # One that has expired was nobody's any more: of a new installation we would have another.
            return False if refused.error in TAKEN_OUT or refused.error == _EXPIRED else None
        except (TooFast, aiohttp.ClientError, OSError):  # OSError: TimeoutError too
            return None
        return True

    async def _token(self, team: str, method: str) -> str:
        try:
            found = await self._installations.of(team)
        except StorageUnavailable as away:
            raise Lost(method, away) from None
        except CareerbotError:
            raise Refused(method, UNREADABLE) from None
        if found is None:
            raise Refused(method, NOT_INSTALLED)
        return found.token

    async def _other(self, team: str, token: str, refused: Refused) -> str:
        """Another token, in the place of one that is dead. Raises `refused` where there is none."""
        try:
            found = await self._installations.after(team, token, refused.error)
        except CareerbotError:
            raise refused from None
        if found is None or found.token == token:
            raise refused
        return found.token

    async def _call(self, token: str, method: str, json: Json | None, params: Json | None) -> Json:
        given = {"token": token}  # slack_sdk takes it out again, whichever of the two there is, and puts it on top
        try:
            answer = await self.client.api_call(
                method,
                json=None if json is None else json | given,
                params=None if params is None else params | given,
            )
        except SlackApiError as error:
            said = error.response
            if not isinstance(said, aiohttp.ClientResponse) and said.status_code == 429:
                raise TooFast(seconds_in(said.headers.get("Retry-After"))) from None
            raise Refused.of(method, said) from None
        return answer.data if isinstance(answer.data, dict) else {}
