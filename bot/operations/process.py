"""The life of a process: what runs in it side by side, and how it is told to end."""

import asyncio
import gc
import logging
import os
import signal
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from bot.core.errors import CareerbotError

_log = logging.getLogger("careerbot")


class Tasks:
    """What runs side by side. `failed` is set once one of them has; `status`: the exit status that follows.

    ending: all are being told to end. What breaks then, broke because what it stood on is being closed.
    """

    def __init__(self) -> None:
        self.failed = asyncio.Event()
        self.ending = False
        self.status = 0
        self._all: set[asyncio.Task[None]] = set()

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=name)
        self._all.add(task)
        task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """For when all have been told to end: who has not by now is cancelled."""
        for task in self._all:
            task.cancel()
        await asyncio.gather(*self._all, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is None:
            return
        if self.ending:
            _log.debug("%s broke off", task.get_name(), exc_info=error)
            return
        if isinstance(error, CareerbotError):
            _log.error("%s: %s", task.get_name(), error)
        else:
            _log.error("%s ended", task.get_name(), exc_info=error)
        self.status = 1
        self.failed.set()


@contextmanager
def starting() -> Iterator[None]:
    """Until `started`, or the end, no garbage is looked for: hundreds of thousands of things are made, and almost all
    stay."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def started() -> None:
    """What is there now is there to stay: garbage is looked for again, but never there."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


async def either(*events: asyncio.Event, within: float | None = None) -> None:
    """Wait until one is set, or so many seconds have passed."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waiting, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()


@contextmanager
def told_to_stop(at_most: float) -> Iterator[asyncio.Event]:
    """Set by SIGTERM or SIGINT; a second one ends the process at once, and so does time: `at_most` seconds later."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)

    def heard() -> None:
        told.set()
        for number in signals:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        last = threading.Timer(at_most, _leave)
        last.daemon = True  # it lives on while the interpreter ends, for that may wait for a thread of a library's
        last.start()

    for number in signals:
        with suppress(NotImplementedError):  # Windows has no such handlers; Ctrl and C ends it there
            loop.add_signal_handler(number, heard)
    try:
        yield told
    finally:
        if not told.is_set():
            for number in signals:
                with suppress(NotImplementedError):
                    loop.remove_signal_handler(number)


def _leave() -> None:
    _log.warning("Left without waiting any longer; what was under way is looked up by whoever comes next")
    os._exit(0)
