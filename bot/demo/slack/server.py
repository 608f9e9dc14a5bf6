"""`LocalSlack`: the whole thing, started and stopped as an async context manager.

It listens on 127.0.0.1 only, and answers only requests that name it so: no page from elsewhere, and no name that was
pointed here, reaches it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.demo.slack import (
    limits,
    methods_chat,
    methods_files,
    methods_views,
    methods_workspace,
)
from bot.demo.slack.core import Call, Core, system_clock
from bot.demo.slack.faults import Fault
from bot.demo.slack.http_mode import HttpMode
from bot.demo.slack.oauth import OAuth
from bot.demo.slack.outcome import WITHIN
from bot.demo.slack.pace import Pace
from bot.demo.slack.page import Page
from bot.demo.slack.page_state import Command, DemoButton, Offer, Shortcut
from bot.demo.slack.people_views import PeopleWithBlocks
from bot.demo.slack.records import Message, Refusal
from bot.demo.slack.response_urls import ResponseUrls
from bot.demo.slack.socket_mode import SocketMode
from bot.demo.slack.web_api import Method, WebApi
from bot.demo.slack.workspace import Clock, Workspace

METHODS: Mapping[str, Method] = {
    "auth.test": methods_workspace.auth_test,
    "chat.delete": methods_chat.delete,
    "chat.postEphemeral": methods_chat.post_ephemeral,
    "chat.postMessage": methods_chat.post_message,
    "chat.update": methods_chat.update,
    "conversations.history": methods_workspace.history,
    "conversations.info": methods_workspace.conversation_info,
    "conversations.list": methods_workspace.conversations_list,
    "conversations.members": methods_workspace.conversation_members,
    "conversations.open": methods_workspace.conversations_open,
    "files.completeUploadExternal": methods_files.complete_upload,
    "files.getUploadURLExternal": methods_files.get_upload_url,
    "users.info": methods_workspace.user_info,
    "views.open": methods_views.open_view,
    "views.publish": methods_views.publish,
    "views.push": methods_views.push,
    "views.update": methods_views.update,
}

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LocalSlack(PeopleWithBlocks):
    """A Slack of one's own. People act through its methods (see `people.py`), or through the page at `url`.

    commands: what the page completes, and which slash commands exist; with none given, every one is sent on.
    suggestions: lines that the page offers in an empty conversation, such as "/career salary".
    shortcuts: what the page offers beside a message, and beside its message box.
    port: 0 for any free one. clock: gives the moments of messages; tickets expire by it.
    acknowledge_seconds: how long an acknowledgement may take; event_retry_seconds: how long before each repetition.
    keep: how many `calls` and `refusals` are kept, None for all.
    files_ready_after: seconds after its upload until blocks may show a file.
    pace: how often the app may call before it is told 429 (`pace.py`); None for as often as it likes.
    oauth: how workspaces install the app, and take it out.
    should_escape: the manifest's setting: whether a command's text has @name and #channel as references.
    """

    def __init__(
        self,
        *,
        commands: Sequence[Command] = (),
        suggestions: Sequence[str] = (),
        shortcuts: Sequence[Shortcut] = (),
        port: int = 0,
        clock: Clock = system_clock,
        team_name: str = "Makers Guild",
        bot_name: str = "careerbot",
        acknowledge_seconds: float = limits.ACKNOWLEDGE_SECONDS,
        event_retry_seconds: Sequence[float] = limits.EVENT_RETRY_SECONDS,
        keep: int | None = None,
        files_ready_after: float = 0.0,
        pace: Pace | None = None,
        should_escape: bool = False,
    ) -> None:
        core = Core(
            clock,
            acknowledge_seconds=acknowledge_seconds,
            event_retry_seconds=tuple(event_retry_seconds),
            keep=keep,
            pace=pace,
        )
        super().__init__(
            core, tuple(dict.fromkeys(command["name"].split()[0] for command in commands)), should_escape=should_escape
        )
        self.workspace = core.add_workspace(team_name, bot_name)
        self.workspace.files_ready_after = timedelta(seconds=files_ready_after)
        self._socket_mode = SocketMode(core)
        core.transport = self._socket_mode
        core.drop_sockets = self._socket_mode.drop
        self.oauth = OAuth(core)
        core.granted_to, core.token_error = self.oauth.workspace_of, self.oauth.error_of
        self._http_modes: list[HttpMode] = []
        self._page = Page(core, self, Offer(tuple(commands), tuple(suggestions), shortcuts=tuple(shortcuts)))
        self._port = port
        self._runner: web.AppRunner | None = None

    # ── start and stop ────────────────────────────────────────────────────────────────────────────────────────────────
    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=32 * 1024**2, middlewares=[self._only_from_here])
        app.add_routes(self._routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        self._core.base_url = f"http://127.0.0.1:{self._port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in list(self._core.tasks):
            task.cancel()
        await asyncio.gather(*self._core.tasks, return_exceptions=True)
        self._page.close()
        await self._socket_mode.close()
        for mode in self._http_modes:
            await mode.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def _routes(self) -> list[web.RouteDef]:
        core = self._core
        sockets = {"apps.connections.open": lambda: {"url": self._socket_mode.new_url()}}
        api = WebApi(core, METHODS, sockets, {"oauth.v2.access": self.oauth.access})
        files = methods_files.FileRoutes(core)
        return [
            web.post("/api/{method}", api.serve),
            web.get("/api/{method}", api.serve),
            web.get("/link/", self._socket_mode.connect),
            web.post("/hooks/{team}/{token}", ResponseUrls(core).serve),
            web.post("/upload/{team}/{file}", files.upload),
            web.get("/files/{file}/{name}", files.show),
            *self.oauth.routes(),
            *self._page.routes(),
        ]

    @web.middleware
    async def _only_from_here(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Refuse other names for this address (DNS rebinding), and whatever a page from elsewhere sends."""
        here = {f"127.0.0.1:{self._port}", f"localhost:{self._port}"}
        origin = request.headers.get("Origin")
        if request.host not in here or (origin is not None and origin.removeprefix("http://") not in here):
            return web.Response(status=403, text="this local Slack answers only to 127.0.0.1")
        return await handler(request)

    # ── for the app ───────────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def url(self) -> str:
        """The page, with the token that lets it act: keep it as private as the screen."""
        return f"{self._core.base_url}/#{self._page.token}"

    @property
    def api_url(self) -> str:
        """What to give slack_sdk as `base_url`."""
        return f"{self._core.base_url}/api/"

    @property
    def bot_token(self) -> str:
        return self.workspace.bot_token

    @property
    def app_token(self) -> str:
        return self._core.app_token

    @property
    def signing_secret(self) -> str:
        return self._core.signing_secret

    @property
    def bot_user_id(self) -> str:
        return self.workspace.bot.id

    def deliver_to(self, url: str) -> HttpMode:
        """From now on post to this request URL, signed, in place of Socket Mode."""
        mode = HttpMode(self._core, url)
        self._http_modes.append(mode)
        self._core.transport = mode
        return mode

    async def connected(self, sockets: int = 1, within: float = WITHIN) -> bool:
        """Wait until so many Socket Mode connections are open; False if they are not in that many seconds."""
        return await self._core.activity.until(lambda: self._socket_mode.connections >= sockets, within)

    @property
    def sockets(self) -> SocketMode:
        return self._socket_mode

    # ── for tests ─────────────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def calls(self) -> list[Call]:
        """Every request to the Web API, to response_urls ("response_url") and uploads ("upload"), oldest first."""
        return self._core.calls

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self._core.calls if call.method == method]

    @property
    def refusals(self) -> list[Refusal]:
        """Whatever the real Slack would refuse, ignore or not deliver, oldest first."""
        return self._core.refusals

    def fail(self, where: str, kind: Fault, times: int | None = 1, skip: int = 0) -> None:
        """Switch on a trouble (`faults.py`) for a method, "response_url", "upload", "socket_mode" or "*" (any).

        times: how often; None until `heal`. skip: how many calls go well first.
        """
        self._core.faults.plan(where, kind, times, skip)

    def heal(self) -> None:
        """Switch all troubles off."""
        self._core.faults.clear()

    async def until(self, condition: Callable[[], bool], within: float = WITHIN) -> bool:
        """Wait until a condition on this Slack holds; False if it does not in that many seconds."""
        return await self._core.activity.until(condition, within)

    async def quiet(self, seconds: float = 0.1, within: float = WITHIN) -> None:
        """Wait until nothing has happened for `seconds`."""
        await self._core.activity.quiet(seconds, within)

    def seen_by(self, person: str, channel: str = "") -> list[Message]:
        """All that a person sees in a channel, or in their direct messages with the bot; oldest first."""
        who, workspace = self._who(person)
        where = self._where(workspace, channel, who)
        return [message for message in workspace.messages[where.id] if message.seen_by(who.id)]

    # ── people, channels, workspaces ──────────────────────────────────────────────────────────────────────────────────
    @property
    def ada(self) -> str:
        """Ada's user id: London, an admin."""
        return self.workspace.ada.id

    @property
    def grace(self) -> str:
        """Grace's user id: New York."""
        return self.workspace.grace.id

    @property
    def careers(self) -> str:
        """#careers, where the bot is a member."""
        return self.workspace.careers.id

    @property
    def general(self) -> str:
        """#general, where it is not."""
        return self.workspace.general.id

    def add_workspace(self, name: str, bot_name: str = "careerbot") -> Workspace:
        """One more team with the app installed: it has people, channels and a bot token of its own."""
        return self._core.add_workspace(name, bot_name)

    def add_button(self, button: DemoButton) -> None:
        """Put one more button in the page's top bar."""
        self._page.offer.buttons.append(button)
        self._core.activity.tick()
