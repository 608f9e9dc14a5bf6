"""A Discord of the tests' own with its gateway: servers, sessions by shard, interactions, and what became of each.

async with DiscordGateway(servers=20, shards=2) as discord:
    ...  # start the bot with DISCORD_API_URL=discord.api_url and DISCORD_TOKEN=discord.token
    answer = await discord.use(discord.servers[3], "tip")

Source: discord/discord-api-docs, developers/events/gateway and developers/interactions/receiving-and-responding.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import WSMsgType, web

from tests.doubles.control import Json
from tests.doubles.discord_rest import DiscordRest
from tests.doubles.discord_routes import Asked, Route
from tests.doubles.discord_sights import Server, command, server_json
from tests.doubles.discord_town import Town, user

_DISPATCH, _HEARTBEAT, _IDENTIFY, _RESUME, _RECONNECT, _INVALID, _HELLO, _ACK = 0, 1, 2, 6, 7, 9, 10, 11
_SESSION_TIMED_OUT: Final = 4009
_BOT_ADD: Final = 28
#: Who adds the bot to servers.
ADMIN: Final = "88"


@dataclass(eq=False, slots=True)
class Session:
    """What a shard's connection has been told. `line`: the connection, None while there is none."""

    id: str
    shard: int
    count: int
    line: web.WebSocketResponse | None = None
    said: list[Json] = field(default_factory=list)

    async def say(self, event: str, data: Json) -> None:
        """Numbered, and kept for whoever resumes."""
        frame: Json = {"op": _DISPATCH, "t": event, "s": len(self.said) + 1, "d": data}
        self.said.append(frame)
        if self.line is not None:
            await self.line.send_json(frame)


@dataclass(slots=True)
class Answer:
    """What came for one interaction: each first response, and what followed it or was edited."""

    first: list[Json] = field(default_factory=list)
    later: list[Json] = field(default_factory=list)
    there: asyncio.Event = field(default_factory=asyncio.Event)


class DiscordGateway(DiscordRest):
    """servers: how many the bot is in, spread evenly over the shards.

    identified: moment (of the monotonic clock) and shard of each IDENTIFY; resumed: the shard of each RESUME.
    refuses: the code with which it closes whoever identifies; 0: nobody.
    """

    def __init__(self, servers: int = 1, *, shards: int = 1, together: int = 1) -> None:
        super().__init__(Town(shards=shards, together=together))
        self.servers = [Server.made(number, self.town) for number in range(servers)]
        self.identified: list[tuple[float, int]] = []
        self.resumed: list[int] = []
        self.commands: list[Json] = []
        self.registered = 0
        self.refuses = 0
        self.answers: dict[str, Answer] = {}
        self._sessions: dict[str, Session] = {}
        self._changed = asyncio.Event()

    def _beside(self) -> Iterator[web.RouteDef]:
        yield web.get("/gateway", self._connected)

    async def __aenter__(self) -> "DiscordGateway":
        self._routes = {**self._routes, **self._own_routes()}
        await super().__aenter__()
        self.town.gateway = self.url.replace("http", "ws", 1) + "/gateway"
        return self

    # ── for tests ─────────────────────────────────────────────────────────────────────────────────────────────────────
    async def use(self, server: Server, name: str, **how: Any) -> Answer:
        """Somebody types a slash command there; returns once it was answered."""
        interaction = command(self.town, server, name, **how)
        answer = self.answers[interaction["id"]] = Answer()
        # Of a server that the bot is not in, the first shard hears, whatever its number says.
        session = self.session_of(server) if server in self.servers else self._first_shard()
        await session.say("INTERACTION_CREATE", interaction)
        await asyncio.wait_for(answer.there.wait(), 10)
        return answer

    async def add(self, server: Server) -> None:
        """Somebody adds the bot to a server."""
        self.servers.append(server)
        await self.session_of(server).say("GUILD_CREATE", server_json(self.town, server))

    async def remove(self, server: Server, *, outage: bool = False) -> None:
        """Somebody takes the bot out; or Discord cannot reach the server."""
        if not outage:
            self.servers.remove(server)
        await self.session_of(server).say("GUILD_DELETE", {"id": server.id} | ({"unavailable": True} if outage else {}))

    def session_of(self, server: Server) -> Session:
        """The one that hears of a server. Raises LookupError where no shard of it is connected."""
        for session in self._sessions.values():
            if session.line is not None and server.shard(session.count) == session.shard:
                return session
        raise LookupError(f"nobody listens for the server {server.id}")

    def _first_shard(self) -> Session:
        return next(one for one in self._sessions.values() if one.line is not None and one.shard == 0)

    async def connected(self, shards: int) -> None:
        """Wait until so many shards are there."""
        while sum(session.line is not None for session in self._sessions.values()) < shards:
            self._changed.clear()
            await asyncio.wait_for(self._changed.wait(), 30)

    async def ask_to_reconnect(self, server: Server) -> None:
        """Discord asks a shard to come again and resume (op 7)."""
        line = self.session_of(server).line
        assert line
        await line.send_json({"op": _RECONNECT, "d": None})

    async def time_out(self, server: Server) -> None:
        """Close a shard's connection as timed out (4009): it comes again, and its session is not known any more."""
        session = self.session_of(server)
        assert session.line
        line, session.line = session.line, None
        del self._sessions[session.id]
        await line.close(code=_SESSION_TIMED_OUT)

    # ── the gateway ───────────────────────────────────────────────────────────────────────────────────────────────────
    async def _connected(self, request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse()
        await line.prepare(request)
        session: Session | None = None
        with contextlib.suppress(ConnectionError):
            await line.send_json({"op": _HELLO, "d": {"heartbeat_interval": 41_250}})
            async for message in line:
                if message.type == WSMsgType.TEXT:
                    session = await self._heard(json.loads(message.data), line) or session
        if session is not None and session.line is line:
            session.line = None
        return line

    async def _heard(self, frame: Json, line: web.WebSocketResponse) -> Session | None:
        match frame["op"]:
            case 1:  # a heartbeat
                await line.send_json({"op": _ACK})
            case 2:
                if self.refuses:
                    self.identified.append((time.monotonic(), frame["d"]["shard"][0]))
                    await line.close(code=self.refuses)
                    return None
                return await self._identify(frame["d"], line)
            case 6:
                return await self._resume(frame["d"], line)
        return None

    async def _identify(self, said: Json, line: web.WebSocketResponse) -> Session:
        shard, count = said.get("shard") or (0, 1)
        self.identified.append((time.monotonic(), shard))
        session = Session(self.town.new_id(), shard, count, line)
        self._sessions[session.id] = session
        here = [server for server in self.servers if server.shard(count) == shard]
        await session.say(
            "READY",
            {
                "v": 10, "user": self.town.bot, "session_id": session.id, "shard": [shard, count],
                "guilds": [{"id": server.id, "unavailable": True} for server in here],
                "resume_gateway_url": self.town.gateway, "application": {"id": self.town.bot["id"], "flags": 0},
            },
        )  # fmt: skip
        for server in here:
            await session.say("GUILD_CREATE", server_json(self.town, server) | {"unavailable": False})
        self._changed.set()
        return session

    async def _resume(self, said: Json, line: web.WebSocketResponse) -> Session | None:
        session = self._sessions.get(said["session_id"])
        if session is None:
            await line.send_json({"op": _INVALID, "d": False})
            return None
        self.resumed.append(session.shard)
        session.line = line
        for frame in session.said[said["seq"] :]:
            await line.send_json(frame)
        await session.say("RESUMED", {})
        self._changed.set()
        return session

    # ── REST, beside what deliveries use ──────────────────────────────────────────────────────────────────────────────
    def _own_routes(self) -> dict[str, Route]:
        book = "/applications/{application}/commands"
        hook = "/webhooks/{application}/{token}"
        return {
            "list_guild_audit_log_entries": Route("GET", "/guilds/{guild}/audit-logs", self._audit_log),
            "list_application_commands": Route("GET", book, lambda _town, _asked: self.commands),
            "bulk_set_application_commands": Route("PUT", book, self._register),
            "create_interaction_response": Route("POST", "/interactions/{id}/{token}/callback", self._first, open=True),
            "execute_webhook": Route("POST", hook, self._later, open=True),
            "update_original_webhook_message": Route("PATCH", hook + "/messages/@original", self._later, open=True),
        }

    def _audit_log(self, town: Town, asked: Asked) -> Json:
        """Somebody added the bot a moment ago; another bot was added before."""
        bots = ("5", town.bot["id"])
        added = [{"id": town.new_id(), "action_type": _BOT_ADD, "user_id": ADMIN, "target_id": bot} for bot in bots]
        told: Json = {name: [] for name in ("webhooks", "integrations", "threads", "application_commands")}
        lists: Json = {name: [] for name in ("auto_moderation_rules", "guild_scheduled_events")}
        return told | lists | {"audit_log_entries": added[::-1], "users": [user(ADMIN, "ada"), town.bot]}

    def _register(self, town: Town, asked: Asked) -> list[Json]:
        self.registered += 1
        self.commands = [*asked.listed]
        return self.commands

    def _first(self, town: Town, asked: Asked) -> Json:
        answer = self.answers[asked.ids["id"]]
        answer.first.append(dict(asked.body))
        answer.there.set()
        return {"interaction": {"id": asked.ids["id"], "type": 2}}

    def _later(self, town: Town, asked: Asked) -> Json:
        answer = self.answers[asked.ids["token"].removeprefix("token-")]
        answer.later.append(dict(asked.body))
        channel = next(iter(self.servers)).channel
        return town.post(channel, {"components": asked.body.get("components") or [], "flags": 1 << 15}, {})
