"""Socket Mode: the websocket on which Slack sends envelopes and hears acknowledgements.

Source: docs.slack.dev/apis/events-api/using-socket-mode, and slack_sdk's own client.
"""

import asyncio
import json
import secrets
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from bot.demo.slack import limits
from bot.demo.slack.core import Ack, Core, Envelope, team_of
from bot.demo.slack.faults import DropSocket
from bot.demo.slack.schema import Json

_TIMED_OUT = Ack(error="operation_timeout", reason="timeout")
_NOBODY = Ack(error="dispatch_failed", reason="connection_failed")


@dataclass(eq=False, slots=True)
class _Connection:
    request: web.Request
    socket: web.WebSocketResponse
    waiting: dict[str, asyncio.Future[Ack]] = field(default_factory=dict)

    def abort(self) -> None:
        """Drop the connection as a network would: no goodbye."""
        if self.request.transport is not None:
            self.request.transport.abort()


class SocketMode:
    """Up to ten connections; each envelope goes to one of them, in turn."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._tickets: set[str] = set()
        self._open: list[_Connection] = []
        self._late: dict[str, Envelope] = {}
        self._turn = 0

    @property
    def connections(self) -> int:
        return len(self._open)

    def new_url(self) -> str:
        """A websocket address good for one connection (apps.connections.open)."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return f"{self._core.base_url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id=A00000001LO"

    async def connect(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden(text="unknown or used ticket")
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self._open) >= limits.SOCKETS:
            await socket.send_json(_disconnect("too_many_websockets"))
            await socket.close()
            return socket
        connection = _Connection(request, socket)
        self._open.append(connection)
        await socket.send_json(_hello(len(self._open)))
        self._core.activity.tick()
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self._heard(connection, message.data)
        finally:
            self._gone(connection)
        return socket

    async def deliver(self, envelope: Envelope, deadline: float) -> Ack:
        connection = self._next()
        if connection is None:
            return _NOBODY
        answer: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope.id] = answer
        try:
            await connection.socket.send_json(_as_json(envelope))
            if isinstance(self._core.faults.take("socket_mode"), DropSocket):
                connection.abort()
            return await asyncio.wait_for(answer, deadline)
        except TimeoutError:
            self._late[envelope.id] = envelope
            return _TIMED_OUT
        except ConnectionError:
            return _NOBODY
        finally:
            connection.waiting.pop(envelope.id, None)

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask every client to reconnect, as Slack does every few hours; a "warning" leaves the connection in use."""
        for connection in list(self._open):
            await connection.socket.send_json(_disconnect(reason))
            if reason != "warning":
                self._gone(connection)

    def drop(self) -> None:
        """Cut every connection."""
        for connection in list(self._open):
            connection.abort()
            self._gone(connection)

    async def close(self) -> None:
        for connection in list(self._open):
            await connection.socket.close()

    def _next(self) -> _Connection | None:
        if not self._open:
            return None
        self._turn = (self._turn + 1) % len(self._open)
        return self._open[self._turn]

    def _heard(self, connection: _Connection, data: str) -> None:
        try:
            said: Json = json.loads(data)
        except ValueError:
            self._core.refuse("", "socket_mode", "invalid_json", [data[:200]])
            return
        envelope_id = str(said.get("envelope_id", ""))
        answer = connection.waiting.get(envelope_id)
        if answer is not None and not answer.done():
            answer.set_result(Ack(said.get("payload")))
        elif envelope_id in self._late:
            late = self._late.pop(envelope_id)
            says = [f"acknowledged after the {self._core.acknowledge_seconds:g} s were over; nobody sees this answer"]
            self._core.refuse(team_of(late.payload), "acknowledgement", "late_acknowledgement", says)
        else:
            self._core.refuse("", "socket_mode", "unknown_envelope", [envelope_id])

    def _gone(self, connection: _Connection) -> None:
        if connection in self._open:
            self._open.remove(connection)
        for answer in connection.waiting.values():
            if not answer.done():
                answer.set_result(_TIMED_OUT)
        self._core.activity.tick()


def _hello(connections: int) -> Json:
    return {
        "type": "hello",
        "num_connections": connections,
        "debug_info": {"host": "local-slack", "build_number": 1, "approximate_connection_time": 18_060},
        "connection_info": {"app_id": "A00000001LO"},
    }


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "local-slack"}}


def _as_json(envelope: Envelope) -> Json:
    said: Json = {
        "type": envelope.kind,
        "envelope_id": envelope.id,
        "payload": envelope.payload,
        "accepts_response_payload": envelope.answerable,
    }
    if envelope.kind == "events_api":
        said |= {"retry_attempt": envelope.attempt, "retry_reason": envelope.reason}
    return said
