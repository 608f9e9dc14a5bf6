"""Work that goes on after Slack was told that we heard it."""

import asyncio
import logging
from collections.abc import Coroutine
from contextvars import Context

from bot.core import trace
from bot.platforms.slack.wire import Lost, Refused

_log = logging.getLogger(__name__)


class Background:
    """Keeps tasks alive, logs how they failed, and waits for them at the end."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[object, object, None], what: str) -> asyncio.Task[None]:
        """Run it. `what` names it in the log, should it fail."""
        # With no context of its starter's: a picture that a delivery has sent for comes after its time, too.
        task = asyncio.create_task(self._watched(work, what), context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def drain(self, seconds: float) -> None:
        """Wait so long for what is under way, then cancel the rest."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watched(self, work: Coroutine[object, object, None], what: str) -> None:
        trace.begin()
        try:
            await work
        except (Refused, Lost) as error:
            _log.warning("%s did not arrive: %s", what, error)
        except Exception:  # noqa: BLE001 # the outermost frame of a task: nobody else would hear of it
            _log.exception("%s failed", what)
