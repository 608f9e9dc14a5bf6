"""A Discord that is only quick: a gateway with one server, and the address at which interactions are answered.

The tests' double (tests/doubles) says what a real one would refuse; this one refuses nothing.
"""

import asyncio
import json
import zlib
from collections.abc import Sequence
from typing import Any, Final

from tests.bench.volley import Volley
from tests.bench.wire import Line, Served, serve

Json = dict[str, Any]

_ME, _GUILD, _CHANNEL, _ADA = "900000000000000001", "900000000000000002", "900000000000000003", "900000000000000004"
_USER: Final[Json] = {
    "id": _ADA, "username": "ada", "discriminator": "0", "global_name": "Ada", "avatar": None, "bot": False,
    "public_flags": 0, "banner": None, "accent_color": None, "avatar_decoration_data": None, "clan": None,
}  # fmt: skip
_BOT: Final[Json] = {
    "id": _ME, "username": "careerbot", "discriminator": "0001", "global_name": None, "avatar": None, "bot": True,
    "mfa_enabled": True, "verified": True, "locale": "en-US", "flags": 0, "public_flags": 0,
}  # fmt: skip
_PLACE: Final[Json] = {
    "id": _CHANNEL, "type": 0, "name": "careers", "position": 0, "parent_id": None, "topic": None, "nsfw": False,
    "last_message_id": None, "rate_limit_per_user": 0, "permissions": "2251799813685247", "guild_id": _GUILD,
    "flags": 0, "permission_overwrites": [],
}  # fmt: skip
_SERVER: Final[Json] = {
    "id": _GUILD, "name": "Careers", "icon": None, "owner_id": _ADA, "features": [], "verification_level": 0,
    "default_message_notifications": 0, "explicit_content_filter": 0, "mfa_level": 0, "nsfw_level": 0, "emojis": [],
    "stickers": [], "premium_tier": 0, "preferred_locale": "en-US", "system_channel_flags": 0, "member_count": 2,
    "roles": [{"id": _GUILD, "name": "@everyone", "permissions": "2251799813685247", "position": 0, "color": 0,
               "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
               "hoist": False, "managed": False, "mentionable": False, "flags": 0}],
    "channels": [_PLACE], "threads": [], "members": [], "presences": [], "voice_states": [], "stage_instances": [],
    "guild_scheduled_events": [], "unavailable": False, "large": False, "joined_at": "2026-11-01T09:00:00+00:00",
    "afk_channel_id": None, "afk_timeout": 300, "application_id": None, "banner": None, "description": None,
    "discovery_splash": None, "max_members": 500000, "max_presences": None, "max_video_channel_users": 25,
    "premium_progress_bar_enabled": False, "premium_subscription_count": 0, "public_updates_channel_id": None,
    "rules_channel_id": None, "safety_alerts_channel_id": None, "soundboard_sounds": [], "splash": None,
    "system_channel_id": None, "vanity_url_code": None, "widget_channel_id": None, "widget_enabled": False,
}  # fmt: skip
_MEMBER: Final[Json] = {
    "user": _USER, "nick": None, "avatar": None, "roles": [], "joined_at": "2026-11-01T09:00:00+00:00",
    "premium_since": None, "deaf": False, "mute": False, "pending": False, "flags": 0,
    "unusual_dm_activity_until": None, "communication_disabled_until": None, "permissions": "2251799813685247",
}  # fmt: skip
#: What a slash command comes as (developers/interactions/receiving-and-responding).
_INTERACTION: Final[Json] = {
    "t": "INTERACTION_CREATE", "s": 3, "op": 0,
    "d": {
        "version": 1, "type": 2, "token": "TOKEN.NUMBER", "id": "NUMBER", "application_id": _ME,
        "app_permissions": "2147483647", "channel_id": _CHANNEL, "channel": _PLACE,
        "guild_id": _GUILD, "guild_locale": "en-US", "locale": "en-US",
        "guild": {"id": _GUILD, "locale": "en-US", "features": []}, "member": _MEMBER, "context": 0,
        "entitlements": [], "entitlement_sku_ids": [], "authorizing_integration_owners": {"0": _GUILD},
        "attachment_size_limit": 10485760, "data": "DATA",
    },
}  # fmt: skip
_TEMPLATE: Final = json.dumps(_INTERACTION, separators=(",", ":"))
#: What the response's callback answers with `with_response=true`, as discord.py asks for it.
_MADE: Final[Json] = {
    "interaction": {"id": _ME, "type": 2, "response_message_id": _ME, "response_message_loading": False,
                    "response_message_ephemeral": True, "channel_id": _CHANNEL, "guild_id": _GUILD},
    "resource": {"type": 4, "message": {
        "id": _ME, "channel_id": _CHANNEL, "author": _BOT, "content": "", "timestamp": "2026-11-24T09:00:00+00:00",
        "edited_timestamp": None, "tts": False, "mention_everyone": False, "mentions": [], "mention_roles": [],
        "attachments": [], "embeds": [], "components": [], "pinned": False, "type": 20, "flags": 64}},
}  # fmt: skip
_MADE_TEXT: Final = json.dumps(_MADE).encode()
_MESSAGE_TEXT: Final = json.dumps(_MADE["resource"]["message"]).encode()
#: The response that only says that the answer takes longer, and the bytes that it stays under.
_WAIT, _SHORT = 5, 200
#: Seconds until a heartbeat is acknowledged.
_ROUND_TRIP: Final = 0.05
#: Which commands are asked, in turn; and with what.
Command = tuple[str, dict[str, str]]


class DiscordTown:
    """volley: asks the commands in turn. `last`: the body of the last answer. `hooked`: how many bots are connected."""

    headers = b""

    def __init__(self, volley: Volley, commands: Sequence[Command]) -> None:
        self._volley = volley
        volley.ask = self.ask
        self._events = [_event(name, options) for name, options in commands]
        self._line: Line | None = None
        self.served: Served
        self.last = b""

    async def open(self) -> str:
        self.served = await serve(self)
        return self.served.address

    async def ready(self, at_once: int) -> None:
        """One connection is enough for all."""

    def ask(self, number: int) -> None:
        if self._line is not None:
            before, between, after = self._events[number % len(self._events)]
            self._line.say(b"%b%d%b%d%b" % (before, number, between, number, after))

    async def close(self) -> None:
        self.served.server.close()

    @property
    def connected(self) -> bool:
        return self._line is not None

    # ── as its connections know it ────────────────────────────────────────────────────────────────────────────────────
    def answer(self, method: str, path: str, body: bytes) -> bytes:
        where = path.partition("?")[0].removeprefix("/api/v10")
        if where.endswith("/callback"):
            if not (len(body) < _SHORT and json.loads(body)["type"] == _WAIT):
                self._answered(where.split("/")[2], body)
            return _MADE_TEXT
        if where.endswith("/messages/@original"):
            self._answered(where.split("/")[-3].rpartition(".")[2], body)
            return _MESSAGE_TEXT
        if method == "POST" and where.startswith("/webhooks/"):  # a word beside an answer
            return _MESSAGE_TEXT
        if where.endswith("/commands") and body:
            return json.dumps(_registered(json.loads(body))).encode()
        return json.dumps(self._known(where)).encode()

    def _answered(self, number: str, body: bytes) -> None:
        self.last = body
        self._volley.answered(int(number))

    def _known(self, where: str) -> Any:
        if where in {"/gateway", "/gateway/bot"}:
            limits = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
            return {"url": f"ws://{self.served.address}", "shards": 1, "session_start_limit": limits}
        if where in {"/oauth2/applications/@me", "/applications/@me"}:
            return {"id": _ME, "name": "careerbot", "description": "", "icon": None, "bot_public": True,
                    "bot_require_code_grant": False, "verify_key": "0" * 64, "flags": 0,
                    "owner": _USER, "team": None}  # fmt: skip
        if where == "/users/@me":
            return _BOT
        return [] if where.endswith(("/commands", "/soundboard-default-sounds")) else {}

    def opened(self, line: Line, path: str) -> None:
        del path
        line.say(b'{"op":10,"s":null,"t":null,"d":{"heartbeat_interval":41250}}')

    def heard(self, line: Line, text: bytes) -> None:
        told = json.loads(text)
        if told["op"] == 1:
            # Not at once: discord.py's other thread notes only after a heartbeat when it sent it, and an answer before
            # that looks as if it were one to the last, 41 s late.
            acknowledged = b'{"op":11,"s":null,"t":null,"d":null}'
            asyncio.get_running_loop().call_later(_ROUND_TRIP, line.say, acknowledged)
        elif told["op"] == 2:
            ready = {"v": 10, "user": _BOT, "guilds": [{"id": _GUILD, "unavailable": True}], "session_id": "s",
                     "resume_gateway_url": f"ws://{self.served.address}", "shard": [0, 1],
                     "application": {"id": _ME, "flags": 0}}  # fmt: skip
            line.say(json.dumps({"op": 0, "s": 1, "t": "READY", "d": ready}).encode())
            line.say(json.dumps({"op": 0, "s": 2, "t": "GUILD_CREATE", "d": _SERVER}).encode())
            self._line = line


def _event(name: str, options: dict[str, str]) -> tuple[bytes, bytes, bytes]:
    """What stands before, between and after the places of an interaction's number."""
    data = {"id": _command_id(name), "name": name, "type": 1,
            "options": [{"type": 3, "name": key, "value": value} for key, value in options.items()]}  # fmt: skip
    whole = _TEMPLATE.replace('"DATA"', json.dumps(data)).replace("TOKEN", "aW50ZXJhY3Rpb246" * 13)
    before, between, after = whole.encode().split(b"NUMBER")
    return before, between, after


def _registered(commands: Any) -> Any:
    """What a bot has just registered, as Discord hands it back: with ids."""
    if isinstance(commands, list):
        return [_registered(one) for one in commands]
    return {"type": 1, "version": _ME, "application_id": _ME, **commands, "id": _command_id(commands["name"])}


def _command_id(name: str) -> str:
    return str(910_000_000_000_000_000 + zlib.crc32(name.encode()))
