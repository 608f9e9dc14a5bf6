"""What this Discord holds: channels, direct messages, messages, nonces. Knows no network.

Source: discord/discord-api-docs, developers/resources/message and channel.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from tests.doubles import discord_faults as said
from tests.doubles.control import Json
from tests.doubles.discord_checks import check, parts_of
from tests.doubles.discord_faults import Refuse

_EPOCH_MS: Final = 1_420_070_400_000
_TEXT_CHANNEL, _DM = 0, 1
#: Permissions: view a channel, send there, attach files, read its history.
_VIEW, _SEND, _ATTACH, _HISTORY = 1 << 10, 1 << 11, 1 << 15, 1 << 16


@dataclass(slots=True)
class Channel:
    """A text channel, or the direct messages of one person and the bot (then `person` is that person's id).

    view, send, history: what the bot may do there. gone: deleted. closed: the person takes no messages from bots.
    """

    id: str
    name: str
    guild: str
    person: str = ""
    view: bool = True
    send: bool = True
    history: bool = True
    gone: bool = False
    closed: bool = False
    last_message_id: str | None = None
    messages: list[Json] = field(default_factory=list)

    def as_json(self) -> Json:
        common: Json = {"id": self.id, "flags": 0, "last_message_id": self.last_message_id}
        if self.person:
            return {**common, "type": _DM, "recipients": [user(self.person, f"person-{self.person}")]}
        denied = sum(bit for bit, may in ((_VIEW, self.view), (_SEND, self.send), (_HISTORY, self.history)) if not may)
        over = [{"id": self.guild, "type": 0, "allow": "0", "deny": str(denied)}] if denied else []
        place = {"guild_id": self.guild, "name": self.name, "position": 0, "permission_overwrites": over}
        return {**common, "type": _TEXT_CHANNEL, **place}


def user(user_id: str, name: str, *, bot: bool = False) -> Json:
    known = {"id": user_id, "username": name, "discriminator": "0000", "bot": bot, "public_flags": 0, "flags": 0}
    return known | dict.fromkeys(("avatar", "global_name", "primary_guild"))


def _numbered(components: list[Json]) -> list[Json]:
    """A copy in which every component has its number, as Discord gives it (components/reference)."""
    copied = deepcopy(components)
    for number, part in enumerate(parts_of(copied), 1):
        part.setdefault("id", number)
    return copied


@dataclass(slots=True)
class Town:
    """clock: the present moment, with a zone. nonce_seconds: how long an enforced nonce is remembered; 0 for never.
    gateway, shards, together: where the gateway is, for how many shards, of which so many may identify at once.
    sessions: how many may begin today; as a test says, and not counted down.

    Discord says "the past few minutes", and by author and nonce alone: a nonce that is used in two channels posts once.
    """

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    nonce_seconds: float = 300.0
    application_flags: int = 0
    gateway: str = "ws://127.0.0.1:1"
    shards: int = 1
    together: int = 1
    sessions: int = 1000
    channels: dict[str, Channel] = field(default_factory=dict)
    made: int = 0
    deleted: set[str] = field(default_factory=set)
    bot: Json = field(init=False)
    guild: str = field(init=False)
    _last: int = 0
    _nonces: dict[str, tuple[Json, datetime]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bot = user(self.new_id(), "careerbot", bot=True)
        self.guild = self.new_id()

    def new_id(self) -> str:
        """A snowflake: it holds its moment, and is later than the last one."""
        now = (int(self.clock().timestamp() * 1000) - _EPOCH_MS) << 22
        self._last = max(self._last + 1, now)
        return str(self._last)

    def guild_json(self, guild: str) -> Json:
        """The server. Raises Refuse for one in which the bot is not."""
        if guild != self.guild:
            raise Refuse(said.UNKNOWN_GUILD)
        rights = str(_VIEW | _SEND | _ATTACH | _HISTORY)
        everyone = {"id": guild, "name": "@everyone", "permissions": rights, "position": 0, "color": 0, "flags": 0}
        everyone |= dict.fromkeys(("hoist", "managed", "mentionable"), False)
        return {"id": guild, "name": "Makers", "owner_id": "1", "roles": [everyone], "emojis": [], "features": []}

    # ── channels ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def add_channel(self, name: str = "careers") -> Channel:
        channel = Channel(self.new_id(), name, self.guild)
        self.channels[channel.id] = channel
        return channel

    def dm(self, person: str) -> Channel:
        """The direct messages with a person: always the same ones."""
        found = next((channel for channel in self.channels.values() if channel.person == person), None)
        if found is None:
            found = Channel(self.new_id(), "", "", person)
            self.channels[found.id] = found
        return found

    def seen(self, channel_id: str) -> Channel:
        """A channel that the bot may look at. Raises Refuse."""
        channel = self.channels.get(channel_id)
        if channel is None or channel.gone:
            raise Refuse(said.UNKNOWN_CHANNEL)
        if not channel.view:
            raise Refuse(said.MISSING_ACCESS)
        return channel

    # ── messages ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def post(self, channel_id: str, body: Json, files: Mapping[str, bytes]) -> Json:
        """Make a message, or give the one that its enforced nonce made before. Raises Refuse."""
        channel = self.seen(channel_id)
        if channel.closed:
            raise Refuse(said.CLOSED)
        if not channel.send:
            raise Refuse(said.MISSING_PERMISSIONS)
        check(body, files)
        nonce = body.get("nonce")
        if nonce is not None and body.get("enforce_nonce") and (before := self._made_before(str(nonce))):
            return {**before, "nonce": nonce}
        message = self._message(channel, body, files)
        channel.messages.append(message)
        channel.last_message_id = message["id"]
        self.made += 1
        if nonce is None:
            return deepcopy(message)
        self._nonces[str(nonce)] = (message, self.clock())
        return {**deepcopy(message), "nonce": nonce}

    def history(self, channel_id: str, query: Mapping[str, str]) -> list[Json]:
        """Newest first. Without the right to read it: nothing, and no word of why. Raises Refuse."""
        channel = self.seen(channel_id)
        limit = int(query.get("limit", 50))
        if not 1 <= limit <= 100:
            raise Refuse.form("limit: int value should be between 1 and 100")
        found = channel.messages if channel.history else []
        if "around" in query:
            older = [each for each in found if int(each["id"]) <= int(query["around"])][-(limit // 2 + 1) :]
            newer = [each for each in found if int(each["id"]) > int(query["around"])][: limit - len(older)]
            found = older + newer
        elif "after" in query:
            found = [each for each in found if int(each["id"]) > int(query["after"])][:limit]
        else:
            before = int(query.get("before", 2**64))
            found = [each for each in found if int(each["id"]) < before][-limit:]
        return deepcopy(found[::-1])

    def find(self, channel_id: str, message_id: str) -> Json:
        """One message, as it is kept. Raises Refuse."""
        for message in self.seen(channel_id).messages:
            if message["id"] == message_id:
                return message
        raise Refuse(said.UNKNOWN_MESSAGE)

    def edit(self, channel_id: str, message_id: str, body: Json) -> Json:
        message = self.find(channel_id, message_id)
        if message["author"] != self.bot:
            raise Refuse(said.NOT_OURS)
        message.update({name: value for name, value in body.items() if name in ("content", "flags")})
        if "components" in body:
            message["components"] = _numbered(body["components"])
        message["edited_timestamp"] = self.clock().isoformat()
        return deepcopy(message)

    def delete(self, channel_id: str, message_id: str) -> None:
        """Take a message away, as a moderator does. Its nonce stays known."""
        channel = self.seen(channel_id)
        channel.messages.remove(self.find(channel_id, message_id))
        self.deleted.add(message_id)

    def say(self, channel_id: str, content: str) -> Json:
        """Somebody else says something there."""
        channel = self.channels[channel_id]
        message = self._message(channel, {"content": content}, {}) | {"author": user("7", "ada")}
        channel.messages.append(message)
        channel.last_message_id = message["id"]
        return message

    def _made_before(self, nonce: str) -> Json | None:
        message, at = self._nonces.get(nonce, (None, None))
        if message is None or at is None or (self.clock() - at).total_seconds() >= self.nonce_seconds:
            return None
        if message["id"] in self.deleted:
            raise Refuse(said.UNKNOWN_MESSAGE)  # it was deleted; that it is not made anew is intended: PR #6647
        return deepcopy(message)

    def _message(self, channel: Channel, body: Json, files: Mapping[str, bytes]) -> Json:
        lists: dict[str, Any] = {name: [] for name in ("mentions", "mention_roles", "embeds")}
        return {
            "id": self.new_id(),
            "channel_id": channel.id,
            "type": 0,
            "author": self.bot,
            "content": body.get("content") or "",
            "timestamp": self.clock().isoformat(),
            "edited_timestamp": None,
            "flags": body.get("flags") or 0,
            "components": _numbered(body.get("components") or []),
            "attachments": self._attachments(channel, body.get("attachments") or (), files),
            **lists,
            **dict.fromkeys(("pinned", "mention_everyone", "tts"), False),
        }

    def _attachments(self, channel: Channel, told: Sequence[Json], files: Mapping[str, bytes]) -> list[Json]:
        made = []
        for each in told:
            file_id, name = self.new_id(), str(each["filename"])
            url = f"https://cdn.discord.example/attachments/{channel.id}/{file_id}/{name}"
            size = len(files[f"files[{each['id']}]"])
            made.append({"id": file_id, "filename": name, "size": size, "url": url, "proxy_url": url})
        return made
