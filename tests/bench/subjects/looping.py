"""The event loop that every subject runs on: uvloop where it is installed, for all alike. orjson, where it is, is used
by discord.py by itself."""

import asyncio
import importlib
from collections.abc import Coroutine
from importlib.util import find_spec
from typing import Any

#: What makes all of them faster, and is not among our dependencies.
SPEEDS = tuple(name for name in ("uvloop", "orjson", "httptools") if find_spec(name))


def run(work: Coroutine[Any, Any, object]) -> None:
    factory = importlib.import_module("uvloop").new_event_loop if "uvloop" in SPEEDS else None
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(work)
