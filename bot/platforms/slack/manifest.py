"""The app manifest: what Slack must know of the bot, made from its commands and from what the adapter uses."""

from collections.abc import Mapping
from typing import Final, Literal

import yaml

from bot.core.command import Group, Registry
from bot.core.markup import clip
from bot.platforms.slack import bolt, http, shortcuts
from bot.platforms.slack.rich import Json

#: Every scope that we ask for, with what it is for. Nothing more: a scope that nothing uses is a risk and a review.
SCOPES: Final[Mapping[str, str]] = {
    "app_mentions:read": "hear mentions",
    "channels:history": "look whether a post arrived, before it is posted again",
    "channels:read": "see whether a digest's channel is there, and whether I am in it",
    "chat:write": "answer mentions and direct messages",
    "commands": "hear the slash command and the shortcuts",
    "files:write": "upload the pictures of charts, and files that are asked for",
    "groups:history": "the same in private channels",
    "groups:read": "the same of private channels that I am in",
    "im:history": "hear direct messages",
    "im:write": "find the direct messages that a file goes to",
    "users:read": "see the zone of a person's profile, and whether they are an admin",
}
#: The scopes behind each method that we call, with a blank between; "" where any token will do.
METHODS: Final[Mapping[str, str]] = {
    "auth.test": "",
    "chat.postEphemeral": "chat:write",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.history": "channels:history groups:history im:history",
    "conversations.info": "channels:read groups:read",
    "conversations.open": "im:write",
    "files.completeUploadExternal": "files:write",
    "files.getUploadURLExternal": "files:write",
    "users.info": "users:read",
    "views.open": "",
    "views.publish": "",
    "views.push": "",
    "views.update": "",
}
#: The scope behind each event, "" where there is none; and the one behind the slash command and the shortcuts.
EVENTS: Final[Mapping[str, str]] = {
    "app_home_opened": "",
    "app_mention": "app_mentions:read",
    "app_uninstalled": "",
    "message.im": "im:history",
    "tokens_revoked": "",
}
COMMANDS_SCOPE: Final = "commands"

#: By `callback_id`: where it is offered, what it is called there, and what it does.
SHORTCUTS: Final[Mapping[str, tuple[Literal["global", "message"], str, str]]] = {
    shortcuts.ASK: ("global", "Ask careerbot", "A question about pay, skills, tools or careers, answered at once"),
    shortcuts.ABOUT: ("message", "Ask about this", "Take this message as a question; only you see the answer"),
}

#: Where HTTP mode is to be reached, until somebody says where.
_EXAMPLE: Final = "https://careerbot.example.org"
#: Slack's limits (slackapi/manifest-schema 2.0.0); Slack's own lists show far less of a hint.
_USAGE_HINT: Final = 100

_DESCRIPTION = "Career answers for people who want to become AI engineers: pay, skills, tips, trends and paths."
_LONG_DESCRIPTION = (
    "Ask about pay, skills, tools, trends and career paths with /career, by a mention of the bot, or in a direct "
    "message. "
    "Every answer comes from one article, names the part that says so, and is private until you share it. "
    "Your own page, under Home, has today's question, your streak and your settings. "
    "The bot reads only its command, mentions of it, direct messages to it, and a message that you ask it about."
)


def manifest(
    registry: Registry, *, mode: Literal["socket", "http"], url: str | None = None, one_workspace: bool = False
) -> Json:
    """The manifest as data. `url`: HTTP mode's public address, such as https://bot.example.org, without a path.

    one_workspace: HTTP mode with a token from the settings, which must not expire; else any workspace may install us.
    Socket Mode is always for one: Slack lets no app be distributed that uses it.
    """
    http_mode = mode == "http"
    many = http_mode and not one_workspace
    events, commands, interactions = (f"{(url or _EXAMPLE).rstrip('/')}{path}" for path in http.PATHS)
    command: Json = {
        "command": bolt.COMMAND,
        "description": "Pay, skills, tips, trends and paths",
        "usage_hint": usage_hint(registry),
        "should_escape": True,  # so that @name comes with the person's id
    }
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "careerbot",
            "description": _DESCRIPTION,
            "long_description": _LONG_DESCRIPTION,
            "background_color": "#2c3273",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "careerbot", "always_online": True},
            "shortcuts": [
                {"callback_id": name, "type": kind, "name": called, "description": about}
                for name, (kind, called, about) in SHORTCUTS.items()
            ],
            "slash_commands": [command | ({"url": commands} if http_mode else {})],
        },
        "oauth_config": ({"redirect_urls": [f"{(url or _EXAMPLE).rstrip('/')}{http.REDIRECT}"]} if many else {})
        | {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": ({"request_url": events} if http_mode else {}) | {"bot_events": sorted(EVENTS)},
            "interactivity": {"is_enabled": True} | ({"request_url": interactions} if http_mode else {}),
            "org_deploy_enabled": False,
            "socket_mode_enabled": not http_mode,
            "token_rotation_enabled": many,
        },
    }


def manifest_yaml(
    registry: Registry, *, mode: Literal["socket", "http"], url: str | None = None, one_workspace: bool = False
) -> str:
    """The manifest as the text of a file, to paste into api.slack.com/apps."""
    where = " Put your own address in place of the example's." if mode == "http" and url is None else ""
    text = yaml.safe_dump(
        manifest(registry, mode=mode, url=url, one_workspace=one_workspace),
        sort_keys=False,
        allow_unicode=True,
        width=110,
        default_flow_style=False,
    )
    return f"# Generated by `careerbot generate` from the bot's commands; do not edit.{where}\n{text}"


def usage_hint(registry: Registry) -> str:
    """What Slack shows beside the command as it is typed: the words that may follow."""
    names = [found.name for found in registry if found.group is Group.ANSWERS]
    return clip(f"[{' | '.join([*names, 'help'])}]", _USAGE_HINT)
