"""What a double answers to those who run it: what it holds, and what shall go wrong. And how it serves on its own.

The control API is the same for each double, beside the platform's own API and free of its limits and faults:

GET    /_double/messages       every message there is, by channel, oldest first
DELETE /_double/messages       they are forgotten, and the calls that were counted
GET    /_double/counts         calls by route, messages made, calls that were told to slow down
POST   /_double/faults         {"where": route, "kind": "CutAfter", ..., "times": 1, "skip": 0}
DELETE /_double/faults         all is well again
PATCH  /_double/channels/{id}  what a channel is to the bot, such as {"gone": true}
PATCH  /_double/settings       what holds for all of it
"""

import asyncio
import contextlib
import json
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any, Protocol

from aiohttp import web

Json = dict[str, Any]


class Controlled(Protocol):
    """A double, as its control API sees it."""

    def messages(self) -> dict[str, list[Json]]: ...

    def forget(self) -> None: ...

    def counts(self) -> Json: ...

    def fail(self, where: str, kind: Any, times: int | None = 1, skip: int = 0) -> None: ...

    def heal(self) -> None: ...

    def change_channel(self, channel: str, values: Json) -> None: ...

    def change_settings(self, values: Json) -> None: ...


def routes(double: Controlled, kinds: Mapping[str, Callable[..., Any]]) -> list[web.RouteDef]:
    """kinds: the faults that can be asked for, by name."""

    async def fail(request: web.Request) -> web.Response:
        asked = await request.json()
        where, times, skip = asked.pop("where"), asked.pop("times", 1), asked.pop("skip", 0)
        double.fail(where, kinds[asked.pop("kind")](**asked), times, skip)
        return web.json_response({})

    async def forget(request: web.Request) -> web.Response:
        double.forget()
        return web.json_response({})

    async def heal(request: web.Request) -> web.Response:
        double.heal()
        return web.json_response({})

    async def change_channel(request: web.Request) -> web.Response:
        double.change_channel(request.match_info["id"], await request.json())
        return web.json_response({})

    async def change_settings(request: web.Request) -> web.Response:
        double.change_settings(await request.json())
        return web.json_response({})

    return [
        web.get("/_double/messages", _told(double.messages)),
        web.delete("/_double/messages", forget),
        web.get("/_double/counts", _told(double.counts)),
        web.post("/_double/faults", fail),
        web.delete("/_double/faults", heal),
        web.patch("/_double/channels/{id}", change_channel),
        web.patch("/_double/settings", change_settings),
    ]


def _told(tell: Callable[[], Json]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response(tell())

    return answer


def change(thing: Any, values: Json) -> None:
    """Set attributes that a dataclass has. Raises AttributeError for one that it has not: a slip in a test."""
    known = {field.name for field in fields(thing)}
    for name, value in values.items():
        if name not in known:
            raise AttributeError(f"{type(thing).__name__} has no {name!r}; it has {sorted(known)}")
        setattr(thing, name, value)


def fault_json(fault: Any) -> Json:
    """A fault as the control API takes it."""
    if not is_dataclass(fault) or isinstance(fault, type):
        raise TypeError(f"{fault!r} is no fault")
    return {"kind": type(fault).__name__, **asdict(fault)}


async def serve(said: Json) -> None:
    """Print where the double is, as one line of JSON; return when standard input closes."""
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):  # not sys.stdin: its lock, held by this thread, would block the exit
                pass
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            loop.call_soon_threadsafe(closed.set)

    threading.Thread(target=watch, name="stdin", daemon=True).start()
    print(json.dumps(said), flush=True)  # noqa: T201 # how whoever started it learns the address
    await closed.wait()


@contextlib.asynccontextmanager
async def listening(port: int, routes: list[web.RouteDef]) -> AsyncIterator[str]:
    """Those routes on 127.0.0.1; gives the address that they are at. Port 0 is any free one."""
    app = web.Application(client_max_size=32 * 1024**2)
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
