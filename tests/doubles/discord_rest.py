"""A Discord of the tests' own: the REST API that a delivery touches, with its shapes, its refusals and its limits.

async with DiscordRest() as discord:
    channel = discord.town.add_channel()
    discord.fail("create_message", CutAfter())
    ...  # send, to discord.api_url with discord.token
    held = channel.messages

In a process of its own (`process.py`) it serves until its standard input closes, and prints where it is as JSON:

python -m tests.doubles.discord_rest --port 0 --channels 100
"""

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any, Final, Self

import discord.http
from aiohttp import web

from bot.demo.slack.faults import CutAfter, CutBefore, Faults, Slow
from tests.doubles import control
from tests.doubles import discord_faults as faults
from tests.doubles.control import Json
from tests.doubles.discord_faults import Fault, Refuse
from tests.doubles.discord_limits import Limits, refusal_headers
from tests.doubles.discord_routes import ROUTES, Asked, asked_of
from tests.doubles.discord_town import Town

_API: Final = "/api/v10"
#: Discord's answers come through a proxy that says so; discord.py takes a 429 without it for Cloudflare's.
_VIA: Final = {"Via": "1.1 google"}


class DiscordRest:
    """The server, started and stopped as an async context manager; it listens on 127.0.0.1 only.

    limits: how often the bot may call before it is told 429; None for as often as it likes.
    """

    def __init__(self, town: Town | None = None, *, port: int = 0, limits: Limits | None = None) -> None:
        self.town = town or Town()
        self.token = "double-token"  # noqa: S105 # it opens nothing but this double
        self.limits = limits
        self.calls: list[Asked] = []
        self.too_fast = 0
        self.url = ""
        self._faults: Faults[Fault] = Faults()
        self._routes = dict(ROUTES)
        self._port = port
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        served = [
            web.route(route.method, _API + route.path, self._handler(name)) for name, route in self._routes.items()
        ]
        opened = control.listening(self._port, [*served, *self._beside(), *control.routes(self, faults.KINDS)])
        self.url = await self._stack.enter_async_context(opened)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    def _beside(self) -> Iterator[web.RouteDef]:
        """What else is served."""
        yield from ()

    @property
    def api_url(self) -> str:
        """In place of https://discord.com/api/v10."""
        return self.url + _API

    # ── for tests, and for the control API ────────────────────────────────────────────────────────────────────────────
    def calls_of(self, route: str) -> list[Asked]:
        return [call for call in self.calls if call.route == route]

    def fail(self, where: str, kind: Fault, times: int | None = 1, skip: int = 0) -> None:
        """Switch on a trouble for a route or "*" (any).

        times: how often; None until `heal`. skip: how many calls go well first.
        """
        if where not in {*self._routes, "*"}:
            raise LookupError(f"no route {where!r}; there are {sorted(self._routes)}")
        self._faults.plan(where, kind, times, skip)

    def heal(self) -> None:
        self._faults.clear()

    def messages(self) -> dict[str, list[Json]]:
        return {channel.id: channel.messages for channel in self.town.channels.values()}

    def forget(self) -> None:
        for channel in self.town.channels.values():
            channel.messages.clear()
            channel.last_message_id = None
        self.calls.clear()

    def counts(self) -> Json:
        calls = Counter(call.route for call in self.calls)
        return {"calls": calls, "made": self.town.made, "too_fast": self.too_fast}

    def change_channel(self, channel: str, values: Json) -> None:
        control.change(self.town.channels[channel], values)

    def change_settings(self, values: Json) -> None:
        """`token`: the only good one from now on. `nonce_seconds`: as the town has it."""
        self.token = values.pop("token", self.token)
        control.change(self.town, values)

    # ── requests ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def _handler(self, route: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def serve(request: web.Request) -> web.Response:
            asked = await asked_of(route, request)
            self.calls.append(asked)
            if self.limits and (told := self.limits.take(asked.bucket)):
                return self._slow_down(told.seconds, "global" if told.everywhere else "user", asked)
            return await self._troubled(request, asked)

        return serve

    async def _troubled(self, request: web.Request, asked: Asked) -> web.Response:
        match self._faults.take(asked.route):
            case CutBefore():
                return _cut(request)
            case CutAfter():
                self._answer(asked)
                return _cut(request)
            case faults.Failed(status, done):
                if done:
                    self._answer(asked)
                return web.Response(status=status, text="upstream connect error", headers=_VIA)
            case faults.RateLimited(seconds, scope, cloudflare):
                return self._banned(seconds) if cloudflare else self._slow_down(seconds, scope, asked)
            case faults.Refused() as no:
                return _no(no)
            case Slow(seconds, done=True):
                answered = self._answer(asked)
                await asyncio.sleep(seconds)
                return answered
            case Slow(seconds):
                await asyncio.sleep(seconds)
        return self._answer(asked)

    def _answer(self, asked: Asked) -> web.Response:
        headers = self.limits.headers(asked.bucket) if self.limits else {}
        route = self._routes[asked.route]
        if not route.open and asked.token != self.token:
            return _no(faults.UNAUTHORIZED)
        try:
            return _said(route.work(self.town, asked), 200, headers)
        except Refuse as refuse:
            return _no(refuse.said, headers)

    def _slow_down(self, seconds: float, scope: str | None, asked: Asked) -> web.Response:
        self.too_fast += 1
        headers = refusal_headers(seconds, scope)
        if self.limits and scope != "global":
            headers |= self.limits.headers(asked.bucket)
        body = {"message": "You are being rate limited.", "retry_after": seconds, "global": scope == "global"}
        return _said(body, 429, headers)

    def _banned(self, seconds: float) -> web.Response:
        self.too_fast += 1
        return web.Response(status=429, text="error code: 1015", headers=refusal_headers(seconds, None))


def _said(body: Any, status: int, headers: Json | None = None) -> web.Response:
    """JSON with no charset in its type, as Discord's is: discord.py reads no other."""
    raw = json.dumps(body).encode()
    return web.Response(body=raw, status=status, content_type="application/json", headers={**_VIA, **(headers or {})})


def _no(no: faults.Refused, headers: Json | None = None) -> web.Response:
    return _said({"message": no.message, "code": no.code}, no.status, headers)


def _cut(request: web.Request) -> web.Response:
    """Drop the connection: the caller sees it closed without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


@contextmanager
def discord_at(api_url: str) -> Iterator[None]:
    """Every discord.py client of this process talks to that address in place of Discord's."""
    before = discord.http.Route.BASE
    discord.http.Route.BASE = api_url
    try:
        yield
    finally:
        discord.http.Route.BASE = before


async def main(port: int, channels: int, nonce_seconds: float, *, limited: bool) -> None:
    town = Town(nonce_seconds=nonce_seconds)
    made = [town.add_channel(f"channel-{number}").id for number in range(channels)]
    async with DiscordRest(town, port=port, limits=Limits() if limited else None) as double:
        where = {"control": double.url, "api_url": double.api_url, "token": double.token}
        await control.serve({**where, "guild": town.guild, "channels": made})


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="A Discord of the tests' own; serves until standard input closes.")
    options.add_argument("--port", type=int, default=0, help="0 for any free one")
    options.add_argument("--channels", type=int, default=1, help="how many there are")
    options.add_argument("--nonce-seconds", type=float, default=300.0, help="how long an enforced nonce is known")
    options.add_argument("--limited", action="store_true", help="refuse what is over Discord's rate limits")
    given = options.parse_args()
    asyncio.run(main(given.port, given.channels, given.nonce_seconds, limited=given.limited))
