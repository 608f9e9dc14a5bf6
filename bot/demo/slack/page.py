"""The page's side of the server: its files, what it shows, what it does.

Only who has the page's token may read or act: it travels in the fragment of `LocalSlack.url`, which no server sees.
"""

import asyncio
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from bot.demo.slack.core import Core
from bot.demo.slack.page_actions import perform
from bot.demo.slack.page_state import Offer, state_of
from bot.demo.slack.schema import Json

if TYPE_CHECKING:
    from bot.demo.slack.people_views import PeopleWithBlocks

_FILES = Path(__file__).parent / "static"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_SETTLE_SECONDS = 0.02
_BEAT_SECONDS = 15.0


class Page:
    """Serves `/`, `/static/...` and `/page/...`."""

    def __init__(self, core: Core, people: "PeopleWithBlocks", offer: Offer) -> None:
        self._core = core
        self._people = people
        self.offer = offer
        self.token = secrets.token_urlsafe(18)
        self._open = True

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._index),
            web.get("/static/{name}", self._static),
            web.get("/page/state", self._state),
            web.get("/page/changes", self._changes),
            web.post("/page/do", self._do),
        ]

    def close(self) -> None:
        """Let the streams of changes end."""
        self._open = False
        self._core.activity.tick()

    async def _index(self, request: web.Request) -> web.Response:
        return _file("index.html")

    async def _static(self, request: web.Request) -> web.Response:
        return _file(request.match_info["name"])

    async def _state(self, request: web.Request) -> web.Response:
        self._allow(request.headers.get("X-Page-Token", ""))
        workspace = next(iter(self._core.workspaces.values()))
        person = workspace.users.get(request.query.get("as", ""), workspace.ada)
        return web.json_response(state_of(self._core, workspace, person, self.offer), headers=_HEADERS)

    async def _changes(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: a word each time that anything has changed; the page then asks for the state."""
        self._allow(request.query.get("token", ""))
        response = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            while self._open:
                await response.write(b"data: changed\n\n")
                await self._core.activity.next(_BEAT_SECONDS)
                await asyncio.sleep(_SETTLE_SECONDS)
        except ConnectionError:
            pass  # the page was closed
        return response

    async def _do(self, request: web.Request) -> web.Response:
        self._allow(request.headers.get("X-Page-Token", ""))
        asked: Json = await request.json()
        try:
            said = await perform(self._people, self.offer, asked)
        except (LookupError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400, headers=_HEADERS)
        return web.json_response(said, headers=_HEADERS)

    def _allow(self, token: str) -> None:
        if not secrets.compare_digest(token.encode(), self.token.encode()):
            raise web.HTTPForbidden(text="open the page by the address that was printed: it carries a token")


def _file(name: str) -> web.Response:
    path = _FILES / name
    if path.parent != _FILES or path.suffix not in _TYPES or not path.is_file():
        raise web.HTTPNotFound
    return web.Response(text=path.read_text("utf-8"), content_type=_TYPES[path.suffix], headers=_HEADERS)
