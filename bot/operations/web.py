"""The web server: one port for all that is served over HTTP."""

import contextlib
import socket
from collections.abc import Callable, Iterator, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.core.errors import CareerbotError

HEALTH = "/healthz"


def health(well: Callable[[], bool]) -> Route:
    """Tells anybody whether we are well."""

    async def tell(request: Request) -> Response:
        del request
        return JSONResponse({"status": "ok"}) if well() else JSONResponse({"status": "starting"}, 503)

    return Route(HEALTH, tell)


class WebServer(uvicorn.Server):
    """Serves routes at an address until `leave`."""

    def __init__(self, routes: Sequence[BaseRoute], host: str, port: int, when_up: Callable[[], None]) -> None:
        web = Starlette(routes=list(routes))
        super().__init__(
            uvicorn.Config(web, host=host, port=port, log_config=None, access_log=False, server_header=False)
        )
        self._address = f"{host}:{port}"
        self._when_up = when_up

    async def run_here(self) -> None:
        """Raises CareerbotError if the address cannot be had."""
        try:
            await self.serve()
        except SystemExit:  # how uvicorn says that the port is taken
            raise CareerbotError(f"cannot listen on {self._address}; is it taken? Set CAREERBOT_HTTP_PORT.") from None

    async def leave(self) -> None:
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # who started us hears the signals, for all platforms together

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._when_up()
