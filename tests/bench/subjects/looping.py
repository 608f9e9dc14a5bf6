"""What all subjects have in common: the event loop, which is uvloop where it is installed. orjson, where it is, is used
by discord.py by itself. (It imports next to nothing, so that the bare ones start as quickly as they can.)"""

import asyncio
import importlib
import socket
from collections.abc import Coroutine
from importlib.util import find_spec
from typing import Any

#: What makes all of them faster, and is not among our dependencies.
SPEEDS = tuple(name for name in ("uvloop", "orjson", "httptools") if find_spec(name))

#: Slack's, of every subject.
SECRET = "an-empty-bot-has-it-too"  # noqa: S105 # nobody's


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def run(work: Coroutine[Any, Any, object]) -> None:
    factory = importlib.import_module("uvloop").new_event_loop if "uvloop" in SPEEDS else None
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(work)
