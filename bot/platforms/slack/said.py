"""What Slack tells us, as requests: who spoke, where, and what they said or pressed."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeAlias

from bot.core.chat import Call, Person, Place, Request
from bot.platforms.slack.rich import Json

PLATFORM = "slack"
Clock: TypeAlias = Callable[[], datetime]
#: What is ready to be said to a slash command, as JSON.
AtOnce: TypeAlias = Callable[[Json], Awaitable[str | None]]

#: `<@U1>`, `<@U1|ada>`, `<#C1|careers>`, `<!here>`, `<https://…|label>`: how Slack writes what is not plain text.
_REFERENCE = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_ID = re.compile(r"\w+", re.ASCII)
#: People without a name at the beginning: who is spoken to, not what is said.
_ADDRESSED = re.compile(r"\A(?:\s*<@\w+\|>)+", re.ASCII)


def spoken(text: str, me: str = "") -> str:
    """What a person typed, out of a message's or command's `text`. `me`: the bot's user id, which is taken out.

    Somebody else is `<@ID|name>`, a channel `<#ID|name>`, for commands that want one; others read `@name` and `#name`
    (`parameters.without_ids`).
    """

    def named(found: re.Match[str]) -> str:
        sign, target, name = found[1], found[2], found[3] or ""
        if sign == "":
            return name or target
        if sign in {"@", "#"} and target != me and _ID.fullmatch(target):
            return f"<{sign}{target}|{name}>"
        if target == me or not name or sign == "!":
            return " "
        return f"{sign}{name}"

    plain = _ADDRESSED.sub("", _REFERENCE.sub(named, text))
    plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return plain.replace("`", "").strip()  # an example copied from `help` brings its backticks along


def is_direct(channel: str) -> bool:
    """Whether a channel is a conversation of two, where there is nobody to share an answer with."""
    return channel.startswith("D")


def person(body: Json) -> Person:
    """Who did it, out of a slash command's, an event's or an interaction's payload."""
    user = body.get("user")
    if isinstance(user, dict):
        name = str(user.get("name") or user.get("username") or "")
        return Person(PLATFORM, team_of(body), str(user.get("id", "")), name)
    event = body.get("event")
    if isinstance(event, dict):
        return Person(PLATFORM, team_of(body), str(event.get("user", "")))
    return Person(PLATFORM, team_of(body), str(body.get("user_id", "")), str(body.get("user_name", "")))


def team_of(body: Json) -> str:
    """The workspace that the bot is installed in; "" where the body names none.

    Where two share a channel, an event may name the other one first.
    """
    allowed, view = body.get("authorizations"), body.get("view")
    for source in (*(allowed[:1] if isinstance(allowed, list) else ()), view):
        name = "app_installed_team_id" if source is view else "team_id"
        if isinstance(source, dict) and source.get(name):
            return str(source[name])
    team = body.get("team")
    return str((team.get("id") if isinstance(team, dict) else body.get("team_id")) or "")


def place(body: Json, channel: str) -> Place | None:
    return None if is_direct(channel) or not channel else Place(PLATFORM, team_of(body), channel)


def command(body: Json, at: datetime) -> Request:
    """A slash command."""
    channel = str(body.get("channel_id", ""))
    return Request(person(body), spoken(str(body.get("text", ""))), at, place(body, channel))


def mention(body: Json, at: datetime, me: str) -> Request:
    """An app_mention: asked in the open, so answered there."""
    event: Json = body["event"]
    channel = str(event.get("channel", ""))
    return Request(person(body), spoken(str(event.get("text", "")), me), at, place(body, channel), public=True)


def direct(body: Json, at: datetime, me: str) -> Request:
    """A direct message."""
    return Request(person(body), spoken(str(body["event"].get("text", "")), me), at)


def visit(body: Json, at: datetime) -> Request:
    """App Home opened: nothing was said."""
    return Request(person(body), "", at)


def typed(body: Json, text: str, at: datetime) -> Request:
    """A line in a field of ours, which is private; unlike a message's, nothing in it is escaped."""
    return Request(person(body), text, at)


def press(body: Json, call: Call, at: datetime, channel: str) -> Request:
    """A button, a menu or a form."""
    return Request(person(body), call, at, place(body, channel))


def is_persons_own(event: Json) -> bool:
    """Whether a message event is something new that a person said: no bot's, no edit, no join, no file comment."""
    return bool(event.get("user")) and not any(event.get(key) for key in ("bot_id", "subtype", "edited", "hidden"))
