"""Answer at once when the answer is quick; say "one moment" only when it is not."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

#: Seconds until we tell the platform to wait. Both give up after three; half of that is left for the network.
PATIENCE = 1.5

T = TypeVar("T")


async def patiently(work: Awaitable[T], defer: Callable[[], Awaitable[None]], patience: float = PATIENCE) -> T:
    """Wait for `work`; if it takes longer than `patience` seconds, call `defer` once and go on waiting.

    Raises what `work` or `defer` raises; when cancelled, cancels the work too.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=patience)
        if not done:
            await defer()
        return await task
    except BaseException:
        task.cancel()
        raise
