"""A server, and what somebody does in it, as the gateway tells them. Knows no network."""

from dataclasses import dataclass
from typing import Any, Final, Self

from tests.doubles.control import Json
from tests.doubles.discord_town import Town, user

_MANAGE_SERVER: Final = 1 << 5
#: View, send, attach, read the history.
_USUAL: Final = 1 << 10 | 1 << 11 | 1 << 15 | 1 << 16
_VIEW_AUDIT_LOG: Final = 1 << 7


@dataclass(frozen=True, slots=True)
class Server:
    """A server with one channel. audit: the bot may read who did what there."""

    id: str
    channel: str
    name: str
    audit: bool = False

    @classmethod
    def made(cls, number: int, town: Town, *, audit: bool = False) -> Self:
        """One whose events go to the shard `number` modulo how many there are."""
        server_id = str((10**11 + number) << 22)
        return cls(server_id, town.add_channel(f"careers-{number}").id, f"Server {number}", audit)

    def shard(self, count: int) -> int:
        return (int(self.id) >> 22) % count


def server_json(town: Town, server: Server) -> Json:
    rights = str(_USUAL | (_VIEW_AUDIT_LOG if server.audit else 0))
    everyone = {"id": server.id, "name": "@everyone", "permissions": rights, "position": 0, "color": 0, "flags": 0}
    everyone |= dict.fromkeys(("hoist", "managed", "mentionable"), False)
    channel = town.channels[server.channel].as_json() | {"guild_id": server.id}
    return {
        "id": server.id, "name": server.name, "owner_id": "1", "member_count": 2, "large": False,
        "roles": [everyone], "channels": [channel], "threads": [], "members": [member(town.bot)],
        **{name: [] for name in ("emojis", "stickers", "features", "presences", "voice_states", "stage_instances")},
    }  # fmt: skip


def member(who: Json) -> Json:
    return {
        "user": who,
        "roles": [],
        "joined_at": "2026-11-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


def command(
    town: Town, server: Server, name: str, *, manages: bool = False, guest: bool = False, by: str = "77", **options: str
) -> Json:
    """A slash command. guest: the bot is not in the server, but was installed by a person: whoever uses it, or `by`."""
    interaction_id, person = town.new_id(), user("77", "grace")
    rights = _USUAL | (_MANAGE_SERVER if manages else 0)
    given: list[Any] = [{"name": key, "type": 3, "value": value} for key, value in options.items()]
    return {
        "id": interaction_id, "application_id": town.bot["id"], "type": 2, "token": f"token-{interaction_id}",
        "version": 1, "guild_id": server.id, "guild": {"id": server.id, "features": [], "locale": "en-US"},
        "channel_id": server.channel, "channel": town.channels[server.channel].as_json() | {"guild_id": server.id},
        "member": member(person) | {"permissions": str(rights)}, "locale": "en-US", "guild_locale": "en-US",
        "app_permissions": str(_USUAL), "entitlements": [], "attachment_size_limit": 10_485_760, "context": 0,
        "authorizing_integration_owners": {"1": by} if guest else {"0": server.id},
        "data": {"id": "1", "name": name, "type": 1, "options": given},
    }  # fmt: skip
