"""The web server: one port for all that is served over HTTP."""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive, Scope, Send

from bot.core.errors import CareerbotError

#: Bytes that a request's line and headers may have, and its body: Slack's largest is under the latter.
_HEADER_BYTES, _BODY_BYTES = 32 * 1024, 1_000_000
#: Connections at once, beyond which more are told 503: a crowd of a thousand, and those who look how we are; seconds
#: for which a silent one is kept.
_AT_ONCE, _KEEP_ALIVE = 2_000, 75
#: Seconds that requests under way have for their end, once we leave. Slack's are answered within `pace.PATIENCE`.
_LAST_ANSWERS = 2
#: On every answer that does not say otherwise. How long TLS must be used is the proxy's to say, which has the TLS.
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


#: Seconds between two lines of the log about the same refusal.
_LOGGED = 60.0

_log = logging.getLogger(__name__)


class WebServer(uvicorn.Server):
    """Serves routes at an address until `leave`. More may be added while it runs.

    port: 0 for any free one. when_up: is told the port. proxies: addresses and networks, with commas between, of those
    who are believed when they name the caller; `*` for all: then the first whom they name.
    """

    def __init__(
        self,
        routes: Sequence[BaseRoute],
        host: str,
        port: int,
        when_up: Callable[[int], None],
        *,
        proxies: str = "",
    ) -> None:
        self._app = Starlette(routes=list(routes))
        super().__init__(
            uvicorn.Config(
                _Guard(self._app),
                host=host,
                port=port,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                ws="none",
                forwarded_allow_ips=proxies,
                h11_max_incomplete_event_size=_HEADER_BYTES,
                limit_concurrency=_AT_ONCE,
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=_LAST_ANSWERS,
            )
        )
        self._address = f"{host}:{port}"
        self._when_up = when_up
        self._over = asyncio.Event()
        self._over.set()

    def add(self, routes: Sequence[BaseRoute]) -> None:
        """Serve these too, from now on."""
        self._app.router.routes.extend(routes)

    async def run_here(self) -> None:
        """Raises CareerbotError if the address cannot be had."""
        self._over.clear()
        try:
            await self.serve()
        except SystemExit:  # how uvicorn says that the port is taken
            raise CareerbotError(
                f"cannot listen on {self._address}; is it taken? Set another CAREERBOT_HTTP_PORT, or 0 for none."
            ) from None
        finally:
            self._over.set()

    async def leave(self) -> None:
        """Let nothing new in, and wait until what is under way is answered."""
        self.should_exit = True
        await self._over.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # who started us hears the signals, for all platforms together

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._when_up(self.servers[0].sockets[0].getsockname()[1])


class _Guard:
    """Before every route: what is too large is refused unread; and what protects a browser stands on every answer.

    What was refused is logged: by its status and the address, if that is one of ours, and never by anything else that
    a stranger chose. A stranger may knock as often as they like, so each such line comes once a minute.
    """

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self._logged: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                if 400 <= message["status"] < 500:
                    self._note(message["status"], scope["path"])
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        length = Headers(scope=scope).get("content-length", "0")
        # h11 holds only what has not arrived at one go to its limit, so ours is asked again.
        if sum(len(name) + len(value) for name, value in scope["headers"]) > _HEADER_BYTES:
            await PlainTextResponse("headers too large", 431)(scope, receive, guarded)
        elif not length.isdecimal() or len(length) > len(str(_BODY_BYTES)) or int(length) > _BODY_BYTES:
            await PlainTextResponse("too large", 413)(scope, receive, guarded)
        else:
            await self._app(scope, receive, guarded)

    def _note(self, status: int, path: str) -> None:
        known = any(isinstance(route, Route) and route.path == path for route in self._app.routes)
        line = f"refused with {status}, at {path if known else 'an address that there is not'}"
        now = time.monotonic()
        if now - self._logged.get(line, float("-inf")) >= _LOGGED:
            self._logged[line] = now
            _log.warning("%s", line)
