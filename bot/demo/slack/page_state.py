"""All that the page shows to one person, as one JSON object."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import NotRequired, TypedDict
from urllib.parse import quote

from bot.demo.slack.as_json import PICTURES
from bot.demo.slack.core import Core
from bot.demo.slack.records import Channel, File, Message, Refusal, User, View
from bot.demo.slack.schema import Json
from bot.demo.slack.workspace import Workspace

_MESSAGES = 300
_REFUSALS = 30


class Command(TypedDict):
    """A slash command to complete.

    name: what is typed, slash and all: "/career" or "/career salary".
    usage: with its parameters, with or without the "/career" before: "salary [level] [region]".
    """

    name: str
    summary: str
    usage: NotRequired[str]


class Shortcut(TypedDict):
    """A shortcut of the app's. kind: "global", or "message" for one that every message offers."""

    callback_id: str
    kind: str
    name: str
    about: str


@dataclass(frozen=True, slots=True)
class DemoButton:
    """A button in the page's top bar. `press` may return a line to show."""

    label: str
    press: Callable[[], Awaitable[str | None]]


@dataclass(slots=True)
class Offer:
    """What the page offers beside what is said: completions, suggestions, buttons, shortcuts."""

    commands: Sequence[Command] = ()
    suggestions: Sequence[str] = ()
    buttons: list[DemoButton] = field(default_factory=list)
    shortcuts: Sequence[Shortcut] = ()


def state_of(core: Core, workspace: Workspace, person: User, offer: Offer) -> Json:
    dm = workspace.dm_of(person.id)
    channels = [channel for channel in workspace.channels.values() if not channel.is_im or channel is dm]
    home = workspace.homes.get(person.id)
    modal = workspace.top_view(person.id)
    return {
        "team": workspace.name,
        "me": person.id,
        "bot": workspace.bot.id,
        "users": {user.id: _user(user) for user in workspace.users.values()},
        "channels": [_channel(workspace, channel, person) for channel in channels],
        "files": {file.id: _file(file) for file in workspace.files.values()},
        "home": _view(home) if home else None,
        "modal": _view(modal) if modal else None,
        "depth": len(workspace.modals.get(person.id, ())),
        "refusals": [_refusal(index, each) for index, each in _recent(core, workspace)],
        "commands": list(offer.commands),
        "suggestions": list(offer.suggestions),
        "buttons": [button.label for button in offer.buttons],
        "shortcuts": list(offer.shortcuts),
        "now": workspace.clock().timestamp(),
    }


def _user(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "zone": user.zone,
        "colour": user.colour,
        "kind": user.kind,
    }


def _file(file: File) -> Json:
    return {
        "url": f"/files/{file.id}/{quote(file.name, safe='')}",
        "name": file.name,
        "size": file.length,
        "picture": file.suffix in PICTURES,
    }


def _channel(workspace: Workspace, channel: Channel, person: User) -> Json:
    seen = [message for message in workspace.messages[channel.id] if message.seen_by(person.id)]
    return {
        "id": channel.id,
        "name": channel.name or workspace.bot.name,
        "im": channel.is_im,
        "bot": workspace.bot.id in channel.members,
        "members": len(channel.members),
        "messages": [_message(message) for message in seen[-_MESSAGES:]],
    }


def _message(message: Message) -> Json:
    return {
        "ts": message.ts,
        "user": message.user,
        "text": message.text,
        "blocks": message.blocks,
        "thread_ts": message.thread_ts,
        "ephemeral": message.ephemeral,
        "edited": message.edited is not None,
        "files": message.files,
        "state": message.state,
        "changed": message.changed,
    }


def _view(view: View) -> Json:
    body = view.body
    return {
        "id": view.id,
        "hash": view.hash,
        "title": body.get("title"),
        "submit": body.get("submit"),
        "close": body.get("close"),
        "blocks": view.blocks,
        "state": view.state,
        "errors": view.errors,
    }


def _recent(core: Core, workspace: Workspace) -> list[tuple[int, Refusal]]:
    first = core.refused - len(core.refusals)
    numbered = [(first + index, each) for index, each in enumerate(core.refusals) if each.team == workspace.id]
    return numbered[-_REFUSALS:]


def _refusal(number: int, refusal: Refusal) -> Json:
    return {
        "id": number,
        "at": refusal.at.timestamp(),
        "where": refusal.where,
        "error": refusal.error,
        "reasons": list(refusal.reasons),
        "channel": refusal.channel,
    }
