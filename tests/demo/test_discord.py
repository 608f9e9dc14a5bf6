"""The demo's Discord side: it tries itself, says what it is told to, and its page comes and goes as it should."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from bot.core.chat import Call, Choice, Person, Place, Reply, Request, Text
from bot.core.dispatch import Dispatcher
from bot.demo.bridge import Bridge, CallFailed
from bot.demo.discord.mind import MindOfParent
from bot.demo.discord.page import Desk
from bot.demo.discord.told import plain
from bot.demo.discord.town import Town, town
from bot.platforms import chart

from .conftest import pair

_GARDENER = str(Path(__file__).parents[1] / "packs" / "gardener")
_NEWS = Reply("News", (Text("Of **this** week"),), (Choice("A tip", Call("tip")),), private=False)


@asynccontextmanager
async def desk_over(mind: Dispatcher) -> AsyncIterator[tuple[Town, Desk]]:
    """A Discord whose mind is behind a bridge, and takes its time."""

    async def answer(request: Request) -> Reply:
        await asyncio.sleep(0.2)
        return await mind.answer(request)

    with pair({"answer": answer}, {}) as (_, bridge, _):
        async with town(MindOfParent(mind.registry, mind.world, bridge)) as here:
            desk = Desk(mind.world)
            async with here.env.preview(here.careers, viewers=[here.ada, here.grace], layout="channel") as preview:
                desk.open(here, preview)
                yield here, desk


async def test_the_self_test_tells_what_two_people_did_and_saw(gardener: Dispatcher) -> None:
    async with desk_over(gardener) as (_, desk):
        told = (await desk.try_out("the first steps")).lines
    did = [line for line in told if not line.startswith(" ")]
    assert did[0] == "Ada types /tip"
    assert "Ada clicks “Share”" in did
    assert any("form" in line for line in did)
    assert len(told) == 2 * len(did), "each step shows what came of it"


async def test_the_self_test_names_the_step_at_which_something_else_came(
    gardener: Dispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chart, "picture", lambda _: 1 / 0)
    async with desk_over(gardener) as (_, desk):
        with pytest.raises(CallFailed, match=r"^Ada types /salary: pay comes as a picture"):
            await desk.try_out("the first steps")


async def test_it_says_to_a_channel_and_to_a_person_what_nobody_there_asked_for(gardener: Dispatcher) -> None:
    async with desk_over(gardener) as (here, desk):
        place = Place("discord", "", str(here.careers.id))
        asking = asyncio.create_task(here.ada.slash(here.careers, "tip"))
        await asyncio.sleep(0)  # simcord does one thing at a time, and Ada is faster
        reference = await desk.post(place, _NEWS, "news-1")
        assert (await asking).response is not None
        said = here.careers.last_message
        assert said is not None
        assert str(said.id) == reference
        assert plain([dict(part.to_dict()) for part in said.components]) == "News Of this week [A tip]"
        assert await desk.post(Person("discord", "", str(here.ada.id)), _NEWS, "news-2") != reference
        posts = [one.path for one in here.env.http_requests if one.method == "POST" and one.path.endswith("/messages")]
        assert str(here.env.backend.dm_channels[here.ada.id]) in posts[-1]


@pytest.mark.parametrize("leave", [
    lambda process: process.stdin.close(),
    lambda process: process.send_signal(signal.SIGTERM),
], ids=["its input closes", "SIGTERM comes"])  # fmt: skip
async def test_the_page_is_there_until(
    leave: Callable[[asyncio.subprocess.Process], None], gardener: Dispatcher
) -> None:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo-discord", _GARDENER, stdin=pipe, stdout=pipe
    )
    try:
        assert process.stdout
        assert process.stdin
        bridge = Bridge(process.stdout, process.stdin.write, {"answer": gardener.answer})
        running = asyncio.create_task(bridge.run())
        async with asyncio.timeout(30):
            url = await bridge.call("page")
            page = await asyncio.to_thread(lambda: urlopen(url.partition("#")[0]).read())  # noqa: S310 # our own page
            assert b"<html" in page
            leave(process)
            assert await process.wait() == 0
            await running
    finally:
        if process.returncode is None:
            process.kill()
