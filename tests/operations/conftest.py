"""The web server as `careerbot run` makes it, on a real port."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.routing import BaseRoute

from bot.operations.web import WebServer


@asynccontextmanager
async def served(routes: Sequence[BaseRoute], proxies: str = "") -> AsyncIterator[tuple[WebServer, str]]:
    """The server, and its address. At the end it leaves, if it has not by then."""
    up: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    server = WebServer(routes, "127.0.0.1", 0, up.set_result, proxies=proxies)
    task = asyncio.create_task(server.run_here())
    try:
        yield server, f"http://127.0.0.1:{await up}"
    finally:
        await server.leave()
        await task
