"""auth.test, conversations.*, users.info: who and where, and what was said."""

from decimal import Decimal, InvalidOperation

from bot.demo.slack.as_json import channel_json, message_json
from bot.demo.slack.records import Message
from bot.demo.slack.schema import Json
from bot.demo.slack.web_api import Asked, Refuse

_MOST = 999


def auth_test(asked: Asked) -> Json:
    workspace = asked.workspace
    return {
        "url": f"https://{workspace.domain}.slack.example/",
        "team": workspace.name,
        "user": workspace.bot.name,
        "team_id": workspace.id,
        "user_id": workspace.bot.id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def history(asked: Asked) -> Json:
    """Newest first; no ephemeral messages, no replies in threads; metadata only when asked for."""
    asked.only("channel", "cursor", "include_all_metadata", "inclusive", "latest", "limit", "oldest")
    channel = asked.joined()
    oldest, latest = _moment(asked, "oldest"), _moment(asked, "latest")
    inclusive = asked.truth("inclusive")
    start, limit = _whole(asked, "cursor", 0), min(_whole(asked, "limit", 100), _MOST)
    found = [
        message
        for message in reversed(asked.workspace.messages[channel.id])
        if not message.ephemeral
        and message.thread_ts in (None, message.ts)
        and _within(message, oldest, latest, inclusive=inclusive)
    ]
    shown = found[start : start + limit]
    more = len(found) > start + limit
    metadata = asked.truth("include_all_metadata")
    base_url = asked.core.base_url
    return {
        "messages": [message_json(asked.workspace, each, metadata=metadata, base_url=base_url) for each in shown],
        "has_more": more,
        "pin_count": 0,
        "response_metadata": {"next_cursor": str(start + limit) if more else ""},
    }


def conversation_info(asked: Asked) -> Json:
    asked.only("channel", "include_locale", "include_num_members")
    return {"channel": channel_json(asked.workspace, asked.channel())}


def conversations_open(asked: Asked) -> Json:
    asked.only("channel", "users", "return_im", "prevent_creation")
    given = asked.maybe("channel") or asked.need("users")
    channel = asked.workspace.channel(given) or asked.workspace.dm_of(given)
    if channel is None:
        raise Refuse("user_not_found", f"no person {given!r}; groups are not modelled")
    said: Json = channel_json(asked.workspace, channel) if asked.truth("return_im") else {"id": channel.id}
    return {"channel": said}


def conversations_list(asked: Asked) -> Json:
    asked.only("cursor", "exclude_archived", "limit", "types")
    types = (asked.maybe("types") or "public_channel").split(",")
    wanted = [
        channel
        for channel in asked.workspace.channels.values()
        if ("im" if channel.is_im else "public_channel") in types
    ]
    return {
        "channels": [channel_json(asked.workspace, channel) for channel in wanted],
        "response_metadata": {"next_cursor": ""},
    }


def conversation_members(asked: Asked) -> Json:
    asked.only("channel", "cursor", "limit")
    return {"members": sorted(asked.channel().members), "response_metadata": {"next_cursor": ""}}


def user_info(asked: Asked) -> Json:
    asked.only("user", "include_locale")
    user = asked.workspace.users.get(asked.need("user"))
    if user is None:
        raise Refuse("user_not_found", f"no user {asked.arguments['user']!r}")
    return {"user": user.as_json(asked.workspace.id, asked.workspace.clock())}


def _moment(asked: Asked, name: str) -> Decimal | None:
    value = asked.maybe(name)
    try:
        return None if value is None else Decimal(value)
    except InvalidOperation:
        raise Refuse(f"invalid_ts_{name}", f"{name} is not a timestamp: {value!r}") from None


def _whole(asked: Asked, name: str, otherwise: int) -> int:
    value = asked.maybe(name)
    if value is not None and not value.isdigit():
        raise Refuse("invalid_cursor" if name == "cursor" else "invalid_limit", f"{name} is not a number: {value!r}")
    return otherwise if value is None else int(value)


def _within(message: Message, oldest: Decimal | None, latest: Decimal | None, *, inclusive: bool) -> bool:
    moment = Decimal(message.ts)
    if inclusive:
        return (oldest is None or moment >= oldest) and (latest is None or moment <= latest)
    return (oldest is None or moment > oldest) and (latest is None or moment < latest)
