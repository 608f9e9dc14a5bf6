"""The demo's Discord: the real client against simcord's virtual one, with a page on which a visitor plays a member.

simcord patches the process that it runs in, so this wants a process of its own: `main` is all that runs in it, and what
is said there is answered by the process that started it.
"""

import asyncio

from bot.core.command import Registry
from bot.core.parameters import World
from bot.demo.discord.page import serve

__all__ = ["main"]


def main(registry: Registry, world: World) -> None:
    """Be the Discord side until the parent, on our standard input and output, has no more use for it."""
    asyncio.run(serve(registry, world))
