"""The real Bolt app, with a few commands of our own beside the bot's, against a local Slack: in both modes."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable
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
from bot.platforms.profiles import Directory
from bot.platforms.slack import gallery, listeners, onboarding, profiles, wire
from bot.platforms.slack import once as once_
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
    """Holds the command `slow` back until it is opened. One stands for all, as a command is no closure.

    reached: somebody waits at it; of whoever calls, and of anybody.
    """

    opened = asyncio.Event()
    reached = asyncio.Event()
    reached_by: contextvars.ContextVar[asyncio.Event] = contextvars.ContextVar("reached_by", default=reached)


@command(examples=[""], group=Group.BOT)
async def slow() -> Reply:
    """Answers when the gate opens."""
    if not Gate.opened.is_set():
        Gate.reached.set()
        Gate.reached_by.get().set()
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


async def either(work: asyncio.Task[Any], reached: asyncio.Event) -> None:
    """Until the work is done, or waits at the gate."""
    waits = asyncio.ensure_future(reached.wait())
    await asyncio.wait({work, waits}, return_when=asyncio.FIRST_COMPLETED)
    waits.cancel()


async def patiently(work: Awaitable[Any], defer: Callable[[], Awaitable[None]]) -> Any:
    """As `pace.patiently`, but it is over with the patience when the work waits at the gate, and no sooner."""
    reached = asyncio.Event()
    Gate.reached_by.set(reached)
    task = asyncio.ensure_future(work)
    try:
        await either(task, reached)
        if not task.done():
            await defer()
        return await task
    except BaseException:
        task.cancel()
        raise


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person would not wait for is waited for here: this machine may be slow. Only the gate is slow."""
    monkeypatch.setattr(Gate, "opened", asyncio.Event())
    monkeypatch.setattr(Gate, "reached", asyncio.Event())
    monkeypatch.setattr(listeners, "patiently", patiently)
    monkeypatch.setattr(listeners, "_a_while", lambda work: either(work, Gate.reached))
    for module, name in (
        (gallery, "_WORTH_WAITING"), (onboarding, "_PATIENCE"), (profiles, "_PATIENCE"), (once_, "_PATIENCE"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, 30.0)


@pytest.fixture(params=["socket", "http"])
async def slack(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LocalSlack]:
    """A Slack that the bot is connected to, in both ways. At the end nothing must have been refused."""
    monkeypatch.setattr(wire, "_BREATH", 0.05)
    async with (
        LocalSlack(event_retry_seconds=(0.2,), should_escape=True, acknowledge_seconds=30.0) as local,
        connected(request.param, local),
    ):
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
