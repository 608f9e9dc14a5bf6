"""The demo's Discord: the real client against simcord's virtual one, with a page on which a visitor plays a member.

simcord patches the process that it runs in, so this wants a process of its own.
"""

import asyncio
import sys

from bot.core.dispatch import Dispatcher
from bot.demo.discord.page import serve
from bot.demo.discord.self_test import SelfTestFailed
from bot.demo.discord.self_test import self_test as run_self_test

__all__ = ["SelfTestFailed", "main", "run_self_test", "serve"]


def main(dispatcher: Dispatcher, *, self_test: bool = False) -> int:
    """Serve the page until nobody needs it, or run the self-test and print what was said; the exit status."""
    if not self_test:
        asyncio.run(serve(dispatcher, sys.stdout))
        return 0
    try:
        lines = asyncio.run(run_self_test(dispatcher))
    except SelfTestFailed as failed:
        print(f"Discord's self-test failed: {failed}", file=sys.stderr)  # noqa: T201 # a command's own output
        return 1
    print("\n".join(lines))  # noqa: T201 # as above
    return 0
