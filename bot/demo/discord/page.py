"""simcord's page, on which a visitor types, clicks and fills in forms as Ada or Grace."""

import asyncio
import contextlib
import json
import os
import signal
import threading
from typing import TextIO

from bot.core.dispatch import Dispatcher
from bot.demo.discord.town import Town, town


async def serve(dispatcher: Dispatcher, out: TextIO) -> None:
    """Write `{"url": ...}` as a line to `out` once the page is there; return when it is no longer needed.

    That is when standard input closes, on SIGTERM or SIGINT, or when the visitor ends the session on the page.
    """
    gone = _when_gone()
    async with town(dispatcher) as here:
        await _small_talk(here)
        async with here.env.preview(here.careers, viewers=[here.ada, here.grace], layout="channel") as preview:
            print(json.dumps({"url": preview.url}), file=out, flush=True)
            waits = [asyncio.ensure_future(preview.wait_closed()), asyncio.ensure_future(gone.wait())]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()


async def _small_talk(here: Town) -> None:
    """So that the channel is not empty when the visitor comes: one asks in the open, and the bot answers there."""
    await here.ada.send(here.careers, "Hello! I want to get into this field. Where do I start?")
    await here.grace.send(
        here.careers, "Welcome! careerbot knows. Type / to see what it can do, or ask it like this: @careerbot tip"
    )


def _when_gone() -> asyncio.Event:
    """Set when standard input closes (who started us is gone, or wants us to be), and on SIGTERM and SIGINT."""
    gone = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows has no such handlers; closing the input works there
            loop.add_signal_handler(number, gone.set)

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):  # not sys.stdin: its lock, held by this thread, would block the exit
                pass
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            loop.call_soon_threadsafe(gone.set)

    threading.Thread(target=watch, name="stdin", daemon=True).start()
    return gone
