"""The parent's mind, as the Discord client in this process needs it."""

from dataclasses import dataclass

from bot.core.chat import Call, Reply, Request
from bot.core.command import Form, Registry
from bot.core.parameters import World
from bot.demo.bridge import Bridge


@dataclass(frozen=True, slots=True)
class MindOfParent:
    """A `Mind`. The parent answers, so that both sides remember the same; commands and pack are this process's copy."""

    registry: Registry
    world: World
    bridge: Bridge

    def kept(self, request: Request) -> Reply | None:
        """None: it is the parent that keeps replies."""
        del request
        return None

    def given(self, request: Request) -> bool:
        """False, as none is kept here."""
        del request
        return False

    async def answer(self, request: Request) -> Reply:
        """Raises BridgeClosed when the parent is gone."""
        reply: Reply = await self.bridge.call("answer", request)
        return reply

    def form(self, call: Call) -> Form:
        return self.registry.form(call, self.world)
