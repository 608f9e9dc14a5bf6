"""response_url: five answers in thirty minutes, to one interaction.

Source: docs.slack.dev/interactivity/handling-user-interaction, "Message responses". `replace_original` means the
message that the interaction came from; a slash command comes from none, so there it posts a new message.
"""

from typing import Any

from aiohttp import web

from bot.demo.slack.core import Core
from bot.demo.slack.payloads import check_reply, refusal_of
from bot.demo.slack.records import Message, ResponseUrl
from bot.demo.slack.schema import Json
from bot.demo.slack.web_api import Refuse, with_faults
from bot.demo.slack.workspace import Workspace


class ResponseUrls:
    """Serves `/hooks/<team>/<token>`."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def serve(self, request: web.Request) -> web.StreamResponse:
        async def answer() -> web.Response:
            return await self._answer(request)

        return await with_faults(self._core, "response_url", request, answer)

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            body: Any = await request.json()
        except ValueError:
            body = None
        self._core.called("response_url", body if isinstance(body, dict) else {"body": body})
        workspace = self._core.workspaces.get(request.match_info["team"])
        ticket = workspace.response_urls.get(request.match_info["token"]) if workspace else None
        if workspace is None or ticket is None:
            return self._no("", Refuse("invalid_response_url"), 404)
        if self._core.clock() > ticket.expires:
            return self._no(workspace.id, Refuse("expired_url", "a response_url lasts 30 minutes"), 404)
        if ticket.uses_left <= 0:
            return self._no(workspace.id, Refuse("used_url", "a response_url takes 5 answers"), 404)
        problems = check_reply(body, workspace.has_file)
        if problems:
            refuse = Refuse("invalid_payload")
            refuse.body = refusal_of(problems, "invalid_blocks", body.get("blocks") if isinstance(body, dict) else None)
            return self._no(workspace.id, refuse, 400)
        ticket.uses_left -= 1
        respond(workspace, ticket, body)
        return web.Response(text="ok")

    def _no(self, team: str, refuse: Refuse, status: int) -> web.Response:
        reasons = [
            str(each).removeprefix("[ERROR] ") for each in refuse.body.get("response_metadata", {}).get("messages", ())
        ]
        self._core.refuse(team, "response_url", refuse.body["error"], reasons)
        return web.json_response(refuse.body, status=status)


def respond(workspace: Workspace, ticket: ResponseUrl, body: Json) -> Message | None:
    """Do what a valid answer says: delete or replace the source message, or post a new one."""
    source = workspace.find(ticket.channel, ticket.source)
    if body.get("delete_original"):
        if source is not None:
            workspace.remove(source)
        return None
    text, blocks, metadata = body.get("text") or "", body.get("blocks") or [], body.get("metadata")
    if body.get("replace_original") and source is not None:
        workspace.change(source, text, blocks, metadata)
        return source
    only_for = None if body.get("response_type") == "in_channel" else ticket.user
    thread_ts = body.get("thread_ts") or ticket.thread_ts
    bot = workspace.bot.id
    return workspace.post(ticket.channel, bot, text, blocks, thread_ts=thread_ts, only_for=only_for, metadata=metadata)
