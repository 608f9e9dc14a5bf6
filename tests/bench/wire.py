"""HTTP and WebSockets for platforms under load: by hand, so that it is the bot that is measured, and not its double."""

import asyncio
import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_KEY: Final = re.compile(rb"\r\nsec-websocket-key: *(\S+)", re.IGNORECASE)
#: RFC 6455, 1.3: what a server proves with that it understood the handshake.
_PROOF: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _BYTES, _CLOSE, _PING, _PONG = 1, 2, 8, 9, 10


class Town(Protocol):
    """A platform, as its connections know it. `headers`: what stands at the end of each of its answers' heads."""

    headers: bytes

    def answer(self, method: str, path: str, body: bytes) -> bytes:
        """The JSON to answer a request with."""

    def opened(self, line: "Line", path: str) -> None:
        """A WebSocket is there."""

    def heard(self, line: "Line", text: bytes) -> None:
        """A message came over it."""


class _Http(asyncio.Protocol):
    """Gathers bytes until there is a whole message of HTTP/1.1 with a length."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        while self._take():
            pass

    def _take(self) -> bool:
        """Use one whole message; False if there is none yet."""
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._held[:end])
        length = _LENGTH.search(head)
        last = end + 4 + (int(length[1]) if length else 0)
        if len(self._held) < last:
            return False
        body = bytes(self._held[end + 4 : last])
        del self._held[:last]
        self._whole(head, body)
        return True

    def _whole(self, head: bytes, body: bytes) -> None:
        raise NotImplementedError


class Line(_Http):
    """One connection that a bot has opened: requests, and after an upgrade a WebSocket of short text messages."""

    def __init__(self, town: Town) -> None:
        super().__init__()
        self._town = town
        self._upgraded = False

    def say(self, text: bytes) -> None:
        self._frame(_TEXT, text)

    def _take(self) -> bool:
        return self._take_frame() if self._upgraded else super()._take()

    def _whole(self, head: bytes, body: bytes) -> None:
        method, path, _ = head[: head.index(b"\r\n")].decode().split(" ")
        if key := _KEY.search(head):
            proof = base64.b64encode(hashlib.sha1(key[1] + _PROOF).digest())  # noqa: S324 # the protocol wants it
            self._transport.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: %b\r\n\r\n" % proof
            )
            self._upgraded = True
            self._town.opened(self, path)
            return
        said = self._town.answer(method, path, body)
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b"
            % (self._town.headers, len(said), said)
        )

    def _take_frame(self) -> bool:
        """RFC 6455, 5.2; a bot's messages are masked, and never in pieces."""
        held = self._held
        if len(held) < 2:
            return False
        length, begin = held[1] & 127, 2
        if length >= 126:
            begin = 4 if length == 126 else 10
            length = int.from_bytes(held[2:begin])
        last = begin + 4 + length
        if len(held) < last:
            return False
        mask = (bytes(held[begin : begin + 4]) * (length // 4 + 1))[:length]
        text = (int.from_bytes(held[begin + 4 : last]) ^ int.from_bytes(mask)).to_bytes(length)
        kind = held[0] & 15
        del held[:last]
        if kind in (_TEXT, _BYTES):
            self._town.heard(self, text)
        elif kind == _PING:
            self._frame(_PONG, text)
        elif kind == _CLOSE:
            self._frame(_CLOSE, text)
            self._transport.close()
        return True

    def _frame(self, kind: int, text: bytes) -> None:
        size = len(text)
        length = bytes([size]) if size < 126 else b"\x7e%b" % size.to_bytes(2)  # none of ours is over 64 KB
        self._transport.write(bytes([0x80 | kind]) + length + text)


class Caller(_Http):
    """One connection to a bot that serves HTTP: a request at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._then: Callable[[bytes, bytes], None] | None = None

    def call(self, request: bytes, then: Callable[[bytes, bytes], None]) -> None:
        """Send it, and hand over the head and the body of the answer."""
        self._then = then
        self._transport.write(request)

    def _whole(self, head: bytes, body: bytes) -> None:
        if self._then is not None:
            self._then(head, body)

    def close(self) -> None:
        self._transport.close()


@dataclass(frozen=True, slots=True)
class Served:
    """A town that can be reached; `address`: host and port."""

    server: asyncio.Server
    address: str


async def serve(town: Town) -> Served:
    """On this machine alone, at any port that is free."""
    server = await asyncio.get_running_loop().create_server(lambda: Line(town), "127.0.0.1", 0, backlog=2048)
    return Served(server, f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
