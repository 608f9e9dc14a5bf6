"""A load balancer as simple as they come: each request to the next replica that is ready. It keeps nothing."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

#: Seconds between two looks at each replica's readiness, and that one look or one try to connect may take.
_LOOK, _PATIENCE = 0.1, 1.0


class Proxy:
    """Sends on what comes in. A replica that cannot be connected to has not had the request, so another gets it; one
    that breaks off may have, so that is told to Slack as 502, as a load balancer would.
    """

    def __init__(self) -> None:
        self.url = ""
        self.served: Counter[str] = Counter()
        self.broken = 0
        self._replicas: list[str] = []
        self._ready: set[str] = set()
        self._turn = 0
        self._session: aiohttp.ClientSession

    def use(self, *replicas: str) -> None:
        """The replicas' addresses, such as http://127.0.0.1:8080."""
        self._replicas = list(replicas)

    async def until_ready_again(self, replica: str) -> None:
        """Wait until a replica that has just been started is ready."""
        self._ready.discard(replica)
        while replica not in self._ready:  # noqa: ASYNC110 # whoever waits for it has a limit of their own
            await asyncio.sleep(0.02)

    async def _watch(self) -> None:
        while True:
            for replica in self._replicas:
                ready = False
                with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                    async with self._session.get(f"{replica}/readyz") as answer:
                        ready = answer.status == 200
                (self._ready.add if ready else self._ready.discard)(replica)
            await asyncio.sleep(_LOOK)

    async def pass_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        kept = {name: value for name, value in request.headers.items() if name.lower() not in {"host", "connection"}}
        for _ in range(len(self._replicas)):
            self._turn += 1
            replica = self._replicas[self._turn % len(self._replicas)]
            if replica not in self._ready:
                continue
            try:
                return await self._ask(replica, request, kept, body)
            except aiohttp.ClientConnectorError:
                self._ready.discard(replica)
            except (aiohttp.ClientError, OSError):
                self.broken += 1
                return web.Response(status=502)
        return web.Response(status=503)

    async def _ask(self, replica: str, request: web.Request, headers: dict[str, str], body: bytes) -> web.Response:
        url = f"{replica}{request.path_qs}"
        async with self._session.request(
            request.method, url, data=body, headers=headers, allow_redirects=False
        ) as answer:
            told = await answer.read()
            self.served[replica] += 1
            passed = {
                name: value
                for name, value in answer.headers.items()
                if name.lower() not in {"connection", "content-length", "transfer-encoding"}
            }
            return web.Response(status=answer.status, body=told, headers=passed)


@asynccontextmanager
async def proxying(port: int) -> AsyncIterator[Proxy]:
    """On this machine alone, until the end of the block."""
    proxy = Proxy()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", proxy.pass_on)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    # A connection of its own for each request: none is held to a replica that ends meanwhile.
    connector = aiohttp.TCPConnector(force_close=True, limit=0)
    async with aiohttp.ClientSession(
        connector=connector, timeout=aiohttp.ClientTimeout(total=10, connect=_PATIENCE), auto_decompress=False
    ) as proxy._session:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        watching = asyncio.create_task(proxy._watch())
        try:
            yield proxy
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await runner.cleanup()
