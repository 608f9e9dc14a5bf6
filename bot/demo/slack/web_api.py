"""The Web API's front door: arguments out of any encoding, the token, the faults, the answer.

The methods stand in `methods_*.py`. A method is a plain function of (Asked) that returns the answer's fields, or raises
`Refuse`. Source of errors: each method's page on docs.slack.dev/reference/methods.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.demo.slack import faults
from bot.demo.slack.core import Core
from bot.demo.slack.pace import TooFast
from bot.demo.slack.payloads import refusal_of
from bot.demo.slack.records import Channel
from bot.demo.slack.schema import Json, Problem
from bot.demo.slack.workspace import Workspace

#: What an app may meet through no fault of its own, as two presses crossed: answered, and not held against it.
_ORDINARY = "hash_conflict"


class Refuse(Exception):
    """A method says no. `body` is the whole answer."""

    def __init__(self, error: str, *reasons: str) -> None:
        super().__init__(error, *reasons)
        self.body: Json = {"ok": False, "error": error}
        if reasons:
            self.body["response_metadata"] = {"messages": [f"[ERROR] {reason}" for reason in reasons]}

    @classmethod
    def because(cls, problems: list[Problem], usual: str, blocks: Any) -> "Refuse":
        refuse = cls(usual)
        refuse.body = refusal_of(problems, usual, blocks)
        return refuse


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of a method: by whom, with what. Raises Refuse where an argument is missing or of the wrong sort."""

    core: Core
    workspace: Workspace
    arguments: Json

    def need(self, name: str) -> str:
        value = self.arguments.get(name)
        if value in (None, ""):
            raise Refuse("invalid_arguments", f"missing required field: {name}")
        return str(value)

    def maybe(self, name: str) -> str | None:
        value = self.arguments.get(name)
        return None if value in (None, "") else str(value)

    def truth(self, name: str) -> bool:
        return str(self.arguments.get(name, "")).lower() in ("1", "true")

    def parsed(self, name: str, error: str) -> Any:
        """An argument that is JSON: given as such, or as its text."""
        value = self.arguments.get(name)
        if not isinstance(value, str) or not value:
            return value or None
        try:
            return json.loads(value)
        except ValueError:
            raise Refuse(error, f"{name} is not valid JSON") from None

    def channel(self) -> Channel:
        found = self.workspace.channel(self.need("channel"))
        if found is None:
            raise Refuse("channel_not_found", f"no channel {self.arguments['channel']!r}")
        return found

    def joined(self) -> Channel:
        """A channel that the bot is in."""
        channel = self.channel()
        if self.workspace.bot.id not in channel.members:
            raise Refuse("not_in_channel", f"{self.workspace.bot.name} is not a member of #{channel.name}")
        return channel

    def only(self, *names: str) -> None:
        """Refuse arguments that the method does not have. Slack ignores them: a slip that nobody would see."""
        unknown = sorted(set(self.arguments) - {*names, "token", "team_id"})
        if unknown:
            raise Refuse("invalid_arguments", *(f"unknown argument: {name}" for name in unknown))


Method = Callable[[Asked], Json]


async def arguments_of(request: web.Request) -> Json:
    """The arguments of a call: from the query, a form, or JSON, as slack_sdk sends each. Raises Refuse for bad JSON."""
    arguments: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            raise Refuse("invalid_json") from None
        if not isinstance(body, dict):
            raise Refuse("json_not_object")
        return arguments | body
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        arguments |= {name: str(value) for name, value in (await request.post()).items()}
    return arguments


def token_of(request: web.Request, arguments: Json) -> str:
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() if header.startswith("Bearer ") else str(arguments.get("token", ""))


class WebApi:
    """Serves `/api/<method>`."""

    def __init__(
        self,
        core: Core,
        methods: Mapping[str, Method],
        app_methods: Mapping[str, Callable[[], Json]],
        open_methods: Mapping[str, Callable[[web.Request, Json], Json]],
    ) -> None:
        self._core = core
        self._open_methods = open_methods
        self._methods = methods
        self._app_methods = app_methods

    async def serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]

        async def answer() -> web.Response:
            try:
                return web.json_response(await self._answer(method, request), headers=self._scopes_of(request))
            except TooFast as told:
                return _too_fast(told.seconds)

        if not request.content_type.startswith("multipart/"):
            await request.read()  # now: whatever was sent is done, even if the caller is gone by then
        return await with_faults(self._core, method, request, answer)

    def _scopes_of(self, request: web.Request) -> dict[str, str]:
        """Slack tells with each answer what the token may do."""
        workspace = self._core.by_token(token_of(request, {}))
        return {"X-OAuth-Scopes": ",".join(workspace.scopes)} if workspace and workspace.scopes else {}

    async def _answer(self, method: str, request: web.Request) -> Json:
        team, arguments = "", {}
        try:
            arguments = await arguments_of(request)
            token = token_of(request, arguments)
            arguments.pop("token", None)
            self._core.called(method, arguments)
            if method in self._open_methods:
                return {"ok": True, **self._open_methods[method](request, arguments)}
            workspace = self._core.by_token(token)
            team = workspace.id if workspace else ""
            return {"ok": True, **self._run(method, token, workspace, arguments)}
        except Refuse as refuse:
            body = refuse.body
            reasons = [
                reason.removeprefix("[ERROR] ") for reason in body.get("response_metadata", {}).get("messages", ())
            ]
            if body["error"] != _ORDINARY:
                self._core.refuse(team, method, body["error"], reasons, str(arguments.get("channel", "")))
            return body

    def _run(self, method: str, token: str, workspace: Workspace | None, arguments: Json) -> Json:
        if method not in self._methods and method not in self._app_methods:
            raise Refuse("unknown_method", f"this local Slack has no {method}")
        if not token:
            raise Refuse("not_authed")
        if method in self._app_methods:
            if token != self._core.app_token:
                raise Refuse("not_allowed_token_type" if workspace else "invalid_auth")
            return self._app_methods[method]()
        if workspace is None:
            raise Refuse("not_allowed_token_type" if token == self._core.app_token else "invalid_auth")
        if error := workspace.token_error or self._core.token_error(token):
            raise Refuse(error)
        if self._core.pace:
            self._core.pace.hold(workspace, method, str(arguments.get("channel", "")))
        return self._methods[method](Asked(self._core, workspace, arguments))


async def with_faults(
    core: Core, where: str, request: web.Request, answer: Callable[[], Awaitable[web.Response]]
) -> web.StreamResponse:
    """Answer a request, or have the trouble that was switched on for it."""
    core.activity.busy += 1
    try:
        return await _troubled(core.faults.take(where), core, where, request, answer)
    finally:
        core.activity.busy -= 1
        core.activity.tick()


async def _troubled(
    fault: faults.Fault | None,
    core: Core,
    where: str,
    request: web.Request,
    answer: Callable[[], Awaitable[web.Response]],
) -> web.StreamResponse:
    match fault:
        case faults.Refused(error):
            return web.json_response({"ok": False, "error": error})
        case faults.RateLimited(seconds):
            return _too_fast(seconds)
        case faults.CutBefore():
            return _cut(request)
        case faults.CutAfter():
            await answer()
            return _cut(request)
        case faults.Http500(done):
            if done:
                await answer()
            return web.Response(status=500, text="internal error")
        case faults.Slow(seconds, done=True):
            answered = await answer()
            await asyncio.sleep(seconds)
            return answered
        case faults.Slow(seconds):
            await asyncio.sleep(seconds)
        case faults.DropSocket():
            core.drop_sockets()
    return await answer()


def _too_fast(seconds: int) -> web.Response:
    headers = {"Retry-After": str(seconds)}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)


def _cut(request: web.Request) -> web.Response:
    """Drop the connection: the caller sees it closed without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
