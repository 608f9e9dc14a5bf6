"""The routes of Discord's REST API that a delivery touches. Each is a plain function of what is held and what is asked.

They are named by their operations in Discord's OpenAPI description.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from aiohttp import web

from tests.doubles.control import Json
from tests.doubles.discord_town import Town, user

MAKES_MESSAGES: Final = "create_message"


class Asked(NamedTuple):
    """One request. `ids`: what stands in its path; `listed`: its body, where that is a list."""

    route: str
    token: str
    ids: Mapping[str, str]
    query: Mapping[str, str]
    body: Json
    files: Mapping[str, bytes]
    listed: tuple[Json, ...] = ()

    @property
    def bucket(self) -> str:
        """The channel whose bucket it counts in; "" if it makes no message."""
        return self.ids["channel"] if self.route == MAKES_MESSAGES else ""


class Route(NamedTuple):
    """open: it needs no token, as its path has one."""

    method: str
    path: str
    work: Callable[[Town, Asked], Any]
    open: bool = False


async def asked_of(route: str, request: web.Request) -> Asked:
    """A request, read to its end: JSON, or a form with `payload_json` and files."""
    body: Json = {}
    listed: tuple[Json, ...] = ()
    files: dict[str, bytes] = {}
    if request.content_type == "multipart/form-data":
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                with value.file as file:  # aiohttp leaves it open where the caller has gone meanwhile
                    files[name] = file.read()
            elif name == "payload_json":
                body = json.loads(value)
    elif request.can_read_body:
        read = await request.json()
        body, listed = ({}, tuple(read)) if isinstance(read, list) else (read, ())
    token = request.headers.get("Authorization", "").removeprefix("Bot ")
    return Asked(route, token, dict(request.match_info), dict(request.query), body, files, listed)


def my_user(town: Town, asked: Asked) -> Json:
    return {**town.bot, "mfa_enabled": True, "locale": "en-US"}


def my_application(town: Town, asked: Asked) -> Json:
    texts = {"name": "careerbot", "description": "", "icon": None, "verify_key": "0" * 64}
    flags = {"bot_public": True, "bot_require_code_grant": False, "flags": town.application_flags}
    return {"id": town.bot["id"], **texts, **flags, "owner": user(town.new_id(), "ada")}


def gateway(town: Town, asked: Asked) -> Json:
    start = {"total": 1000, "remaining": town.sessions, "reset_after": 0, "max_concurrency": town.together}
    return {"url": town.gateway, "shards": town.shards, "session_start_limit": start}


def create_dm(town: Town, asked: Asked) -> Json:
    return town.dm(str(asked.body["recipient_id"])).as_json()


def get_channel(town: Town, asked: Asked) -> Json:
    return town.seen(asked.ids["channel"]).as_json()


def list_messages(town: Town, asked: Asked) -> list[Json]:
    return town.history(asked.ids["channel"], asked.query)


def create_message(town: Town, asked: Asked) -> Json:
    return town.post(asked.ids["channel"], asked.body, asked.files)


def update_message(town: Town, asked: Asked) -> Json:
    return town.edit(asked.ids["channel"], asked.ids["message"], asked.body)


def get_gateway(town: Town, asked: Asked) -> Json:
    return {"url": town.gateway}


def get_guild(town: Town, asked: Asked) -> Json:
    return town.guild_json(asked.ids["guild"])


def list_guild_channels(town: Town, asked: Asked) -> list[Json]:
    guild = town.guild_json(asked.ids["guild"])["id"]
    return [channel.as_json() for channel in town.channels.values() if channel.guild == guild and not channel.gone]


def get_guild_member(town: Town, asked: Asked) -> Json:
    town.guild_json(asked.ids["guild"])
    joined = {"joined_at": "2026-11-01T00:00:00+00:00", "deaf": False, "mute": False, "flags": 0}
    return {"user": town.bot, "roles": [], **joined}


ROUTES: Final[Mapping[str, Route]] = {
    "get_gateway": Route("GET", "/gateway", get_gateway, open=True),
    "get_guild": Route("GET", "/guilds/{guild}", get_guild),
    "get_guild_member": Route("GET", "/guilds/{guild}/members/{member}", get_guild_member),
    "list_guild_channels": Route("GET", "/guilds/{guild}/channels", list_guild_channels),
    "get_my_user": Route("GET", "/users/@me", my_user),
    "get_my_oauth2_application": Route("GET", "/oauth2/applications/@me", my_application),
    "get_bot_gateway": Route("GET", "/gateway/bot", gateway),
    "create_dm": Route("POST", "/users/@me/channels", create_dm),
    "get_channel": Route("GET", "/channels/{channel}", get_channel),
    "list_messages": Route("GET", "/channels/{channel}/messages", list_messages),
    MAKES_MESSAGES: Route("POST", "/channels/{channel}/messages", create_message),
    "update_message": Route("PATCH", "/channels/{channel}/messages/{message}", update_message),
}
