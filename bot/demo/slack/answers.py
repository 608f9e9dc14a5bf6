"""What Slack does with the body of an acknowledgement. Each returns the error that the person sees, "" if none.

A bad body is recorded as a refusal: the real Slack shows little or nothing then.
"""

from typing import Any

from bot.demo.slack.core import Ack, Core
from bot.demo.slack.http_mode import is_empty
from bot.demo.slack.payloads import check_reply, check_response_action, refusal_of
from bot.demo.slack.records import Channel, User, View
from bot.demo.slack.response_urls import respond
from bot.demo.slack.schema import Json, Problem
from bot.demo.slack.workspace import Workspace

_WHERE = "acknowledgement"


def answer_command(core: Core, workspace: Workspace, person: User, channel: Channel, ack: Ack) -> str:
    """A slash command's acknowledgement may carry the answer: ephemeral unless it says in_channel."""
    if ack.error:
        return ack.error
    if is_empty(ack.body):
        return ""
    body = {"text": ack.body} if isinstance(ack.body, str) else ack.body
    problems = check_reply(body, workspace.has_file)
    if problems:
        return _bad(core, workspace, problems, body, channel.id)
    ticket = workspace.new_response_url(channel.id, person.id)
    respond(workspace, ticket, body)
    return ""


def answer_action(core: Core, workspace: Workspace, ack: Ack) -> str:
    """The acknowledgement of a click, a choice or a shortcut takes no body."""
    if ack.error or is_empty(ack.body):
        return ack.error
    core.refuse(workspace.id, _WHERE, "unexpected_body", [f"this acknowledgement takes no body, has {ack.body!r:.200}"])
    return "unexpected_body"


def answer_submission(core: Core, workspace: Workspace, person: User, view: View, ack: Ack) -> str:
    """The acknowledgement of a submitted view: nothing closes it, or a `response_action` says what else."""
    if ack.error:
        return ack.error
    if is_empty(ack.body):
        _close(workspace, person, view)
        return ""
    inputs = frozenset(block["block_id"] for block in view.blocks if block["type"] == "input")
    body: Any = ack.body
    problems = (
        check_response_action(body, workspace.has_file, inputs)
        if isinstance(body, dict)
        else [Problem("", f"must be an object with a response_action, is {body!r:.200}")]
    )
    if problems:
        return _bad(core, workspace, problems, body)
    _respond_to_submission(workspace, person, view, body)
    return ""


def _respond_to_submission(workspace: Workspace, person: User, view: View, body: Json) -> None:
    match body["response_action"]:
        case "errors":
            view.errors = dict(body["errors"])
            view.changed = workspace.touch()
        case "update":
            workspace.set_view(view, body["view"])
        case "push":
            workspace.open_modal(person.id, body["view"], push=True)
        case "clear":
            workspace.close_modal(person.id, everything=True)


def _close(workspace: Workspace, person: User, view: View) -> None:
    """A submitted view closes, unless something else has already taken its place."""
    if workspace.top_view(person.id) is view:
        workspace.close_modal(person.id)


def _bad(core: Core, workspace: Workspace, problems: list[Problem], body: Any, channel: str = "") -> str:
    said = body if isinstance(body, dict) else {}
    view = said.get("view")
    blocks = view.get("blocks") if isinstance(view, dict) else said.get("blocks")
    refusal = refusal_of(problems, "invalid_blocks", blocks)
    core.refuse(workspace.id, _WHERE, refusal["error"], list(refusal["errors"]), channel)
    return str(refusal["error"])
