"""Connections that ask, before each byte they send, whether the delivery is still ours.

A process may be stopped at any moment: between the last look at the clock and the request, or with half of a request
sent. When it goes on, asyncio first runs what was ready, then what sockets wait for, and only then the timers that
would end the try. Here, next to the system call, the moment between asking and sending is less than a microsecond.
(On Windows asyncio sends without asking the socket; there the courier's timer is all there is. uvloop does not ask it
anywhere: so whoever says something unasked stays on asyncio's own loop, `serving.loop_factory`.)
"""

import socket
from collections.abc import Iterable
from typing import Any

import aiohttp

from bot.delivery.publisher import still_ours


class FencedSocket(socket.socket):
    """Raises ConnectionAbortedError where the delivery in whose context it sends has no time left."""

    def send(self, data: Any, flags: int = 0, /) -> int:
        _ask()
        return super().send(data, flags)

    def sendmsg(self, buffers: Iterable[Any], /, *others: Any) -> int:
        _ask()
        return super().sendmsg(buffers, *others)


def connector() -> aiohttp.TCPConnector:
    """For a session that deliveries are sent through."""
    return aiohttp.TCPConnector(socket_factory=_made)


def _made(address: aiohttp.AddrInfoType) -> FencedSocket:
    family, kind, protocol, *_ = address
    return FencedSocket(family, kind, protocol)


def _ask() -> None:
    ours = still_ours.get(None)
    if ours is not None and not ours():
        raise ConnectionAbortedError("the delivery's time is over")
