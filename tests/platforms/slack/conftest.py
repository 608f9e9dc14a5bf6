"""The real Bolt app, with a few commands of our own beside the bot's, against a local Slack: in both modes."""

import asyncio
import functools
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import pytest

from bot import app as careerbot
from bot.core.chat import Call, Choice, Range, RangeChart, Reply, Request, Text
from bot.core.command import Group, Registry, command
from bot.core.dispatch import Dispatcher
from bot.core.parameters import World
from bot.demo.slack import (
    LocalSlack,
    Message,
    Outcome,
    text_of,
)
from bot.operations.web import WebServer
from bot.platforms import pace
from bot.platforms.profiles import Directory
from bot.platforms.slack import listeners, wire
from bot.platforms.slack.app import SlackBot
from bot.storage.store import Store
from tests.conftest import GARDENER

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RANGES = RangeChart("Warm up", (Range("Any", 1, 2),), "EUR")
Mode = Literal["socket", "http"]


#: For what happens behind the acknowledgement, where the way to us makes no difference.
once = pytest.mark.parametrize("slack", ["socket"], indirect=True)


# ── a bot, and a Slack for it ─────────────────────────────────────────────────────────────────────────────────────────
class Gate:
    """Holds the command `slow` back until it is opened. One stands for all, as a command is no closure."""

    opened = asyncio.Event()


@command(examples=[""], group=Group.BOT)
async def slow() -> Reply:
    """Answers when the gate opens."""
    await Gate.opened.wait()
    return Reply("At last", (Text("It took its time."),), (Choice("Again", Call("slow")),), again=Call("slow"))


@command(examples=[""], group=Group.BOT)
async def broken() -> Reply:
    """Always fails."""
    raise RuntimeError("the secret reason")


@command(examples=[""], group=Group.BOT)
async def long() -> Reply:
    """More than one message holds."""
    return Reply("Long", tuple(Text(f"{n} " + "word " * 550) for n in range(5)), (Choice("The end", Call("broken")),))


@command(examples=["a"], group=Group.BOT)
async def whoami(request: Request, word: Annotated[Literal["a"] | None, "A word"] = None) -> Reply:
    """Tells what the adapter made of a request."""
    person, place = request.person, request.place
    return Reply("You", (Text(f"{person.platform}/{person.workspace}/{person.user} in {place} at {request.at}"),))


@command(examples=[""], group=Group.BOT)
async def fork() -> Reply:
    """Leads on beside itself, and in its own place."""
    return Reply("Fork", choices=(Choice("Beside", Call("tip", beside=True)), Choice("In place", Call("tip"))))


def mind(people: Directory | None = None, store: Store | None = None) -> Dispatcher:
    plain = careerbot.dispatcher(GARDENER, store, people=people)
    registry = Registry([*plain.registry, slow, broken, long, whoami, fork])
    needs = {**plain._needs, Registry: registry, World: (world := World(plain.world.catalog, registry.commands))}
    return Dispatcher(registry, world, needs)


@asynccontextmanager
async def serving(bot: SlackBot) -> AsyncIterator[str]:
    """The bot's HTTP app on a real server; gives its address."""
    server = WebServer(bot.routes(), "127.0.0.1", 0, lambda port: up.set_result(port))
    up: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    async with bot.answering():
        task = asyncio.create_task(server.run_here())
        try:
            yield f"http://127.0.0.1:{await up}"
        finally:
            await server.leave()
            await task


@asynccontextmanager
async def connected(mode: Mode, slack: LocalSlack) -> AsyncIterator[SlackBot]:
    people = Directory()
    bot = SlackBot(mind(people), lambda: NOW, slack.bot_token, slack.signing_secret, slack.api_url)
    people.add("slack", bot.profiles)
    if mode == "http":
        async with serving(bot) as address:
            slack.deliver_to(f"{address}/slack/events")
            yield bot
        return
    running = asyncio.create_task(bot.run_socket(slack.app_token))
    assert await slack.connected()
    yield bot
    await bot.close()
    await running


@pytest.fixture(params=["socket", "http"])
async def slack(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LocalSlack]:
    """A Slack that the bot is connected to, in both ways. At the end nothing must have been refused."""
    importlib.import_module("bm25s")  # else a process's first question waits for it longer than the patience here
    monkeypatch.setattr(listeners, "patiently", functools.partial(pace.patiently, patience=0.15))
    monkeypatch.setattr(Gate, "opened", asyncio.Event())
    monkeypatch.setattr(wire, "_BREATH", 0.05)
    async with LocalSlack(event_retry_seconds=(0.2,), should_escape=True) as local, connected(request.param, local):
        yield local
        Gate.opened.set()
    assert [str(refusal) for refusal in local.refusals] == []


def element(message: Message, label: str) -> Any:
    """A button by its label, or a menu by its placeholder."""
    for block in message.blocks:
        for each in block["elements"] if block["type"] == "actions" else ():
            if label in (each.get("text", each.get("placeholder")))["text"]:
                return each
    raise LookupError(f"no {label!r} in {text_of(message)}")


async def press(slack: LocalSlack, message: Message, label: str, *, person: str = "", replies: int = 1) -> Outcome:
    return await slack.click(person or slack.ada, message, element(message, label)["action_id"], replies=replies)


async def ask(slack: LocalSlack, text: str) -> Message:
    """A slash command of Ada's, and its answer."""
    outcome = await slack.slash(slack.ada, slack.careers, "/career", text, replies=1)
    assert outcome.error == ""
    return outcome.message
