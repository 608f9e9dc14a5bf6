"""The first word: to who comes for the first time, and to who has put the bot into a workspace."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime

from bot.core.chat import Call, Person, Reply, Request
from bot.core.dispatch import Dispatcher
from bot.platforms.slack import said
from bot.platforms.slack.outlets import Posted
from bot.platforms.slack.render import render
from bot.platforms.slack.wire import Wire

_log = logging.getLogger(__name__)

#: Seconds that an answer waits for its greeting, while the database is slow; whoever misses it can say hello.
_PATIENCE = 1.0


async def greeting(mind: Dispatcher, request: Request) -> Reply | None:
    """What this person is told once, as they come for the first time; else None."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await mind.greeting(request)
    except TimeoutError:
        return None


async def introduced(mind: Dispatcher, request: Request, reply: Reply) -> Reply:
    """An answer, with who it is that answers beneath it, where somebody comes for the first time."""
    first = await greeting(mind, request)
    if first is None or first.title == reply.title:  # they have just said hello
        return reply
    return replace(reply, parts=(*reply.parts, *first.parts))


async def welcome_installer(mind: Dispatcher, wire: Wire, team: str, user: str, at: datetime) -> None:
    """Tell in private whoever has just installed the bot how to begin. Call it once for each installation.

    Raises Refused or Lost. Who was welcomed so is not greeted again.
    """
    met = mind.registry.when_met
    if met is None:
        return
    # Whether they are an admin, Slack is asked: in many workspaces everybody may install an app.
    request = Request(Person(said.PLATFORM, team, user), Call.of(met.name, to="installer"), at)
    await greeting(mind, request)
    opened = await wire.call("conversations.open", repeatable=True, users=user)
    channel = str((opened.get("channel") or {}).get("id") or user)
    await Posted(wire, channel).send(render(await mind.answer(request)), private=True)
