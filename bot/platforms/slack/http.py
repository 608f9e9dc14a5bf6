"""HTTP mode: Slack calls us, each call signed. One handler serves commands, interactions and events."""

import asyncio
import re
from urllib.parse import parse_qsl

from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.platforms.slack import limits
from bot.platforms.slack.once import OnceForAll
from bot.platforms.slack.said import AtOnce

#: The addresses that Slack may be given; each takes everything.
PATHS = ("/slack/events", "/slack/commands", "/slack/interactions")
#: Where people come who install the bot, and where Slack sends them back to.
INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"
#: Seconds that a request may take to arrive.
_ARRIVAL = 5.0
#: Which repetition it is: three, and one each hour of a day where Slack's "delayed events" are on.
_RETRY = re.compile("[0-9]{1,2}")


def routes(app: AsyncApp, signing_secret: str, once: OnceForAll, at_once: AtOnce) -> list[Route]:
    """once: knows the signatures that were served already. Raises ValueError for a blank secret."""
    door = _Door(app, SignatureVerifier(signing_secret), once, at_once)
    return [Route(path, door.receive, methods=["POST"]) for path in PATHS]


class _Door:
    """Lets in what Slack has signed, once.

    Whether another replica has served it is asked before it is served, not beside it: that is the only order in which
    nothing is done twice, and it costs a millisecond or two of the three seconds. By what is ready to be said, nothing
    is done: that may be said twice.
    """

    def __init__(self, app: AsyncApp, verifier: SignatureVerifier, once: OnceForAll, at_once: AtOnce) -> None:
        self._app = app
        self._verifier = verifier
        self._signatures = once
        self._at_once = at_once

    async def receive(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(_ARRIVAL):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return PlainTextResponse("too slow", 408)
        if body is None:
            return PlainTextResponse("too large", 413)
        if not self._signed(body, request):
            return PlainTextResponse("not signed by Slack", 401)
        if not body.startswith(b"{") and (ready := await self._at_once(dict(parse_qsl(body.decode())))):
            return Response(ready, media_type="application/json")
        if not await self._signatures.first(_name_of(body, request)):
            return Response(status_code=200)  # the very same request again: it was served, and is not served twice
        try:
            return to_starlette_response(await self._app.async_dispatch(to_async_bolt_request(request, body)))
        except (ValueError, TypeError, AttributeError, LookupError):  # what Bolt raises over a body of another shape
            return PlainTextResponse("not a request of Slack's", 400)

    def _signed(self, body: bytes, request: Request) -> bool:
        try:
            return self._verifier.is_valid_request(body, dict(request.headers))
        # A timestamp that is no number, or too great to be compared; a signature beyond ASCII; a body that is no text.
        except (ValueError, TypeError, OverflowError):
            return False


def _name_of(body: bytes, request: Request) -> str:
    """What tells one request from another: its signature. But Slack may repeat an event within the same second, so with
    the same signature. That it is a repetition stands in a header that is not signed; so it counts for events alone,
    whose own ids are looked at behind this door (`Listeners`), and only as a number such as Slack's, as it is kept.
    They are JSON; what people press and type is none.
    """
    repeated = _RETRY.fullmatch(request.headers.get("x-slack-retry-num", "")) if body.startswith(b"{") else None
    return f"{request.headers['x-slack-signature']} {repeated[0] if repeated else ''}"


async def _body(request: Request) -> bytes | None:
    """The whole body; None if it is larger than any of Slack's. Never holds much more than the limit."""
    kept = bytearray()
    async for chunk in request.stream():
        kept += chunk
        if len(kept) > limits.REQUEST_BYTES:
            return None
    return bytes(kept)
