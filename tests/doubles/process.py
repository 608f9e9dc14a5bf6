"""A double in a process of its own, which outlives whoever talks to it and can be asked afterwards.

async with started("tests.doubles.discord_rest", "--channels", "100") as double:
    ...  # start what sends, with double.said["api_url"]; kill it
    held = await double.messages()
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.doubles.control import Json, fault_json


@dataclass(frozen=True, slots=True)
class Remote:
    """A double elsewhere. `said`: its address, its tokens, its channels, as it printed them."""

    said: Json
    session: aiohttp.ClientSession

    async def messages(self) -> dict[str, list[Json]]:
        """Every message that it holds, by channel, oldest first, in the platform's own shape."""
        return await self._ask("GET", "messages")

    async def forget(self) -> None:
        """Begin anew: no messages, no calls. Nonces, faults and settings stay."""
        await self._ask("DELETE", "messages")

    async def counts(self) -> Json:
        """`calls` by route, `made` (messages), `too_fast` (calls answered 429)."""
        return await self._ask("GET", "counts")

    async def fail(self, where: str, fault: Any, times: int | None = 1, skip: int = 0) -> None:
        """Switch on a trouble: for so many calls (None: until `heal`), after so many that go well."""
        await self._ask("POST", "faults", {**fault_json(fault), "where": where, "times": times, "skip": skip})

    async def heal(self) -> None:
        await self._ask("DELETE", "faults")

    async def change_channel(self, channel: str, **values: object) -> None:
        await self._ask("PATCH", f"channels/{channel}", values)

    async def change_settings(self, **values: object) -> None:
        await self._ask("PATCH", "settings", values)

    async def _ask(self, method: str, what: str, body: Json | None = None) -> Json:
        async with self.session.request(method, f"{self.said['control']}/_double/{what}", json=body) as answer:
            answer.raise_for_status()
            said: Json = await answer.json()
            return said


@asynccontextmanager
async def started(module: str, *arguments: str) -> AsyncIterator[Remote]:
    """Run a double's module until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("it was started with pipes")
    try:
        said = json.loads(await process.stdout.readline())
        async with aiohttp.ClientSession() as session:
            yield Remote(said, session)
    finally:
        process.stdin.close()
        await process.wait()
