"""What we say to Slack in one workspace, and our own policy for what goes wrong.

slack_sdk's clients re-send a message whose connection was cut after Slack had it, so that it stands there twice; here
nothing is sent again unless it is known not to have arrived, or may safely be done twice.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import aiohttp
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.core.errors import CareerbotError, StorageUnavailable
from bot.delivery.pace import NotNow, Pace, Scope
from bot.platforms.slack import limits
from bot.platforms.slack.rich import Json

#: Attempts while Slack says "too fast", and the longest wait that we obey; beyond it we give up.
_TRIES, _LONGEST_WAIT = 4, 30.0
#: Seconds before a second try after a broken connection.
_BREATH = 0.5

#: There was no connection yet, so nothing can have been done.
_NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
#: Slack's words for trouble of its own (docs.slack.dev/reference/methods/auth.test, "Errors"); for a token that is
#: to be renewed, and could not be just now; and ours for a key that the operator has to put back.
_PASSING = frozenset(
    {
        "fatal_error",
        "internal_error",
        "key_missing",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "token_expired",
    }
)
#: What is counted together in a workspace: the calls of one method. Others go on while it is closed.
_RATES = {
    "chat.postMessage": limits.WORKSPACE_MESSAGES,
    "conversations.history": limits.TIER_3,
    "conversations.open": limits.TIER_3,
}

T = TypeVar("T")


class Refused(CareerbotError):
    """Slack said no. `error` is its own word for it, such as "missing_scope"."""

    def __init__(self, method: str, error: str) -> None:
        super().__init__(f"Slack refused {method}: {error}")
        self.error = error

    @classmethod
    def of(cls, method: str, answer: AsyncSlackResponse | aiohttp.ClientResponse) -> "Refused":
        return cls(method, error_of(answer))

    @property
    def passing(self) -> bool:
        """Whether this may be over soon, with nothing done by people there."""
        return self.error.startswith("http_5") or self.error in _PASSING


def error_of(answer: AsyncSlackResponse | aiohttp.ClientResponse) -> str:
    """Slack's own word for why it says no; such as "http_502" where the answer is none of the Web API's at all."""
    if isinstance(answer, aiohttp.ClientResponse):  # called JSON, and none: slack_sdk hands on what it got
        return f"http_{answer.status}"
    data = answer.data if isinstance(answer.data, dict) else {}
    return str(data.get("error") or f"http_{answer.status_code}")


class Lost(CareerbotError):
    """The connection broke while we waited: Slack may have done it, or not; `never_sent`: surely not."""

    def __init__(self, what: str, error: Exception) -> None:
        super().__init__(f"the connection broke during {what} ({type(error).__name__})")
        self.never_sent = isinstance(error, (*_NEVER_SENT, StorageUnavailable))


class TooFast(CareerbotError):
    """Slack wants `wait` seconds of patience, and has done nothing."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"Slack asks for {wait:.0f} s of patience")
        self.wait = wait


class Api(Protocol):
    """What a wire speaks through: `wires.Wires`."""

    async def api(self, team: str, method: str, *, json: Json | None = None, params: Json | None = None) -> Json:
        """Call a method with a workspace's token. Raises Refused, TooFast, Lost, or what aiohttp raises."""

    @property
    def session(self) -> aiohttp.ClientSession: ...


class Wire:
    """The Web API and the response_urls of one workspace.

    pace: of what is called `once`; what somebody waits for an answer to is not held back.
    """

    def __init__(self, api: Api, team: str, pace: Pace) -> None:
        self._api = api
        self._team = team
        self._pace = pace

    async def call(self, method: str, *, repeatable: bool = False, form: bool = False, **arguments: object) -> Json:
        """Call a Web API method with JSON. Raises Refused or Lost.

        repeatable: doing it twice is as good as once, so a cut connection may be tried again.
        form: the method is documented for form fields, not for JSON.
        """
        body: dict[str, Json] = {"params" if form else "json": _given(arguments)}
        return await _carefully(method, lambda: self._call(method, **body), repeatable=repeatable)

    async def once(self, method: str, **arguments: object) -> Json:
        """Call a Web API method in its turn, and try nothing again. Raises Refused, TooFast or Lost."""
        everywhere = Scope(f"{self._team} {method}", _RATES.get(method))
        channel = Scope(f"{self._team} {arguments.get('channel')}", limits.CHANNEL_MESSAGES)
        try:
            await self._pace.turn(*((channel, everywhere) if method == "chat.postMessage" else (everywhere,)))
            return await self._call(method, json=_given(arguments))
        except NotNow as wait:
            raise TooFast(wait.seconds) from None
        except TooFast as told:
            # Slack tells it of the method in the workspace, even where it was one channel that was too fast.
            self._pace.close(everywhere, told.wait)
            raise
        except (aiohttp.ClientError, OSError) as error:
            raise Lost(method, error) from None

    async def respond(self, url: str, body: Json, *, repeatable: bool = False) -> None:
        """Answer at a response_url. Raises Refused or Lost."""
        await _carefully("response_url", lambda: self._respond(url, body), repeatable=repeatable)

    async def upload(self, name: str, content: bytes, *, alt: str = "", channel: str = "", comment: str = "") -> str:
        """Put a file into the workspace, and return its id. Raises Refused or Lost.

        alt: what a picture shows. channel: where it is posted, with `comment`; without one it is shown nowhere yet.
        """

        async def ticket() -> Json:
            # These two methods are documented for form fields, not for JSON.
            about = {"filename": name, "length": len(content), "alt_txt": alt}
            return await self._call("files.getUploadURLExternal", params=_given(about))

        given = await _carefully("files.getUploadURLExternal", ticket, repeatable=True)
        await _carefully("upload", lambda: self._put(str(given["upload_url"]), content), repeatable=False)
        file_id = str(given["file_id"])
        files = json.dumps([{"id": file_id, "title": name}])

        async def complete() -> Json:
            post = {"files": files, "channel_id": channel, "initial_comment": comment}
            return await self._call("files.completeUploadExternal", params=_given(post))

        await _carefully("files.completeUploadExternal", complete, repeatable=False)
        return file_id

    async def _call(self, method: str, *, json: Json | None = None, params: Json | None = None) -> Json:
        return await self._api.api(self._team, method, json=json, params=params)

    async def _respond(self, url: str, body: Json) -> None:
        async with self._api.session.post(url, json=body) as answer:
            text = await answer.text()
            if answer.status == 429:
                raise TooFast(seconds_in(answer.headers.get("Retry-After")))
            error = _error_in(text)
            if answer.status != 200 or error:
                raise Refused("response_url", error or f"http_{answer.status}")

    async def _put(self, url: str, content: bytes) -> None:
        async with self._api.session.post(url, data=content) as answer:
            if answer.status == 429:
                raise TooFast(seconds_in(answer.headers.get("Retry-After")))
            if answer.status != 200:
                raise Refused("upload", f"http_{answer.status}")


async def _carefully(what: str, attempt: Callable[[], Awaitable[T]], *, repeatable: bool) -> T:
    """Wait when told to, and try again only where that cannot do it twice."""
    tries = 0
    while True:
        tries += 1
        try:
            return await attempt()
        except TooFast as told:
            wait = told.wait
            if tries == _TRIES or wait > _LONGEST_WAIT:
                raise Refused(what, "ratelimited") from None
        except (aiohttp.ClientError, OSError) as error:  # OSError: TimeoutError too
            wait = _BREATH
            if tries == _TRIES or not (repeatable or isinstance(error, _NEVER_SENT)):
                raise Lost(what, error) from None
        await asyncio.sleep(wait)


def _given(arguments: Json) -> Json:
    return {name: value for name, value in arguments.items() if value not in (None, "")}


def seconds_in(header: str | None) -> float:
    try:
        return max(float(header or 1), 0.0)
    except ValueError:
        return 1.0


def _error_in(text: str) -> str:
    """The error in a response_url's answer, which is "ok", or JSON, or a bare word."""
    if text.strip() == "ok":
        return ""
    try:
        said = json.loads(text)
    except ValueError:
        return text.strip()[:60]
    return str(said.get("error") or "") if isinstance(said, dict) else ""
