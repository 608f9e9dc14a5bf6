"""Subjects on the stage: each in a process of its own, connected to a platform that is only quick."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Literal

from bot import app
from bot.core.chat import Call, Person, Place, Request
from bot.platforms.discord import sending
from tests.bench.discord_town import Command, DiscordTown
from tests.bench.slack_town import SlackTown
from tests.bench.subjects.looping import free_port
from tests.bench.volley import Shot, Volley

#: Seconds that a subject may take until it answers.
_START = 120.0
SALARY: list[Command] = [("salary", {})]
#: What people ask of both platforms, in turn: look-ups, and three that are made anew for each who asks.
MIXED: list[Command] = [
    ("salary", {}), ("salary", {"level": "senior"}), ("salary", {"level": "entry", "region": "us"}), ("tip", {}),
    ("trends", {}), ("path", {}), ("tools", {}), ("help", {}), ("ask", {"question": "how do I start with python"}),
    ("salary", {"offer": "135k"}),
]  # fmt: skip
#: How Slack reaches a bot: with commands over HTTP or Socket Mode, with messages over Socket Mode.
Way = Literal["http", "socket", "message"]
TEXTS = [" ".join((name, *options.values())) for name, options in MIXED]


@dataclass(slots=True)
class Subject:
    """Somebody who answers on one platform. `town`: where."""

    name: str
    pid: int
    volley: Volley
    town: DiscordTown | SlackTown

    async def answer(self, many: int, at_once: int) -> Shot:
        await self.town.ready(at_once)
        return await self.volley.fire(many, at_once, self.pid)


async def card(folder: Path) -> Path:
    """Our whole /salary in a folder, for those that only repeat it: card.json and chart-1.png."""
    person, place = Person("discord", "1", "2", "Ada", roams=True), Place("discord", "1", "3")
    mind = app.dispatcher("ai-engineer")
    reply = await mind.answer(Request(person, Call("salary"), datetime.now(UTC), place))
    (page,) = await sending.pages(reply)
    (folder / "card.json").write_text(json.dumps(page.components), "utf-8")
    for name, data in page.attached:
        (folder / name).write_bytes(data)
    return folder


@asynccontextmanager
async def process(module: str, *arguments: str, under: Sequence[str] = ()) -> AsyncIterator[int]:
    """One of tests/bench/subjects in a process of its own, until the end of the block; gives its id.

    under: a command that runs it and becomes it.
    """
    async with running(*under, sys.executable, "-m", f"tests.bench.subjects.{module}", *arguments) as pid:
        yield pid


@asynccontextmanager
async def running(*command: str, errors: IO[bytes] | None = None) -> AsyncIterator[int]:
    """A process until the end of the block; gives its id. errors: where its stderr goes; with ours if not given."""
    started = await asyncio.create_subprocess_exec(
        *command, env=_without_tokens(), stdout=asyncio.subprocess.DEVNULL, stderr=errors
    )
    try:
        yield started.pid
    finally:
        if started.returncode is None:
            started.terminate()
        try:
            await asyncio.wait_for(started.wait(), 10)
        except TimeoutError:
            started.kill()
            await started.wait()


def _without_tokens() -> dict[str, str]:
    """The environment, without what would set a bot up. What Python compiles may be kept: an installation has it so."""
    ours = ("SLACK_", "DISCORD_", "CAREERBOT", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


@asynccontextmanager
async def on_discord(
    name: str,
    module: str,
    arguments: Callable[[str], list[str]],
    commands: list[Command] = SALARY,
    under: Sequence[str] = (),
) -> AsyncIterator[Subject]:
    """arguments: from the platform's address."""
    volley = Volley()
    town = DiscordTown(volley, commands)
    async with process(module, *arguments(await town.open()), under=under) as pid:
        await until(lambda: town.connected)
        yield Subject(name, pid, volley, town)
    await town.close()


@asynccontextmanager
async def on_slack(
    name: str,
    module: str,
    arguments: Callable[[str, int], list[str]],
    how: Way,
    texts: list[str],
    under: Sequence[str] = (),
) -> AsyncIterator[Subject]:
    """arguments: from the platform's address, and the port to serve at."""
    volley = Volley()
    town = SlackTown(volley, texts)
    port = free_port()
    async with process(module, *arguments(await town.open(), port), under=under) as pid:
        await hooked(town, how, port)
        yield Subject(name, pid, volley, town)
        await town.close()


async def hooked(town: SlackTown, how: Way, port: int) -> None:
    """Wait until the bot is there, and ask it this way."""
    if how == "http":
        await _reached(town, port)
        return
    await until(lambda: town.connected)
    if how == "socket":
        town.by_socket()
    else:
        town.by_message()


async def _reached(town: SlackTown, port: int) -> None:
    async with asyncio.timeout(_START):
        while True:
            try:
                await town.reach("127.0.0.1", port)
                break
            except OSError:
                await asyncio.sleep(0.01)


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(_START):
        while not so():  # noqa: ASYNC110 # it is another process that we wait for
            await asyncio.sleep(0.005)


@asynccontextmanager
async def ours(
    database: str, how: Way, discord: list[Command], slack: list[str]
) -> AsyncIterator[tuple[Subject, Subject, float]]:
    """Our bot on both platforms at once; and when it was started, by time.perf_counter."""
    one, other = Volley(), Volley()
    discords, slacks, port = DiscordTown(one, discord), SlackTown(other, slack), free_port()
    here, there = await discords.open(), await slacks.open()
    more = [str(port)] if how == "http" else []
    began = time.perf_counter()
    async with process("ours", database, "discord", here, how, there, *more) as pid:
        await until(lambda: discords.connected)
        await hooked(slacks, how, port)
        yield Subject("ours", pid, one, discords), Subject("ours", pid, other, slacks), began
        await slacks.close()
    await discords.close()
