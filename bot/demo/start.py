"""The demo's start page: one address, from which the two windows open."""

import html
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from string import Template

from aiohttp import web

_PAGE = Path(__file__).with_name("start.html")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@asynccontextmanager
async def start_page(slack: str, discord: str, hint: str, port: int = 0) -> AsyncIterator[str]:
    """Serve the page on 127.0.0.1 and yield its address. Port 0 is any free one; OSError if the port is taken."""
    values = {"slack": slack, "discord": discord, "discord_hint": hint}
    page = Template(_PAGE.read_text("utf-8")).substitute({name: html.escape(text) for name, text in values.items()})

    async def show(_: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html", headers=_HEADERS)

    app = web.Application()
    app.router.add_get("/", show)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()
