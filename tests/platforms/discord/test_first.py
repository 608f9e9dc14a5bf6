"""First responses that we send ourselves: what discord.py would send, and discord.py where they are not taken."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import HTTP
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from aiohttp import web
from discord.webhook.async_ import interaction_message_response_params

from bot.core.dispatch import Dispatcher
from bot.platforms.discord import sending
from bot.platforms.discord.first import FirstResponses, written
from tests.conftest import Say
from tests.platforms.discord.conftest import Here, shown

INTERACTION: Any = SimpleNamespace(id=7, token="a-token")  # noqa: S106 # nobody's


@asynccontextmanager
async def discords(answer: int | None) -> AsyncIterator[tuple[FirstResponses, list[tuple[str, str, bytes]]]]:
    """First responses to a Discord that answers so (None: it hangs up), and what came there."""
    came: list[tuple[str, str, bytes]] = []

    async def take(request: web.Request) -> web.Response:
        came.append((request.path, request.headers["Content-Type"], await request.read()))
        if answer is None and request.transport:
            request.transport.abort()
        return web.Response(status=answer or 500, headers={"Location": "/elsewhere"})

    async with serving(take) as address, opened(address) as first:
        yield first, came


@asynccontextmanager
async def serving(take: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    """The address at which all is answered by that."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/api"
    await runner.cleanup()


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[FirstResponses]:
    first = FirstResponses(address)
    await first.open()
    yield first
    await first.close()


def read(kind: str, body: bytes) -> tuple[Any, list[tuple[str | None, bytes]]]:
    """The JSON of a body, and its files by name."""
    if kind == "application/json":
        return json.loads(body), []
    whole = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body, policy=HTTP)
    told, *files = whole.iter_parts()
    names = [part.get_param("name", header="content-disposition") for part in (told, *files)]
    assert names == ["payload_json", *(f"files[{number}]" for number in range(len(files)))]
    return json.loads(told.get_content()), [(one.get_filename(), one.get_payload(decode=True)) for one in files]  # type: ignore[misc]


@pytest.mark.parametrize("command", ["salary", "job"])
@pytest.mark.parametrize(("in_place", "hidden"), [(False, True), (False, False), (True, True)])
async def test_it_is_what_discord_py_would_send(command: str, in_place: bool, hidden: bool, say: Say) -> None:
    (page,) = await sending.pages(await say(command))
    theirs = interaction_message_response_params(
        type=7 if in_place else 4,
        view=page.view(),
        files=page.files(),
        flags=discord.MessageFlags(ephemeral=True) if hidden and not in_place else discord.utils.MISSING,
        previous_allowed_mentions=discord.AllowedMentions.none(),
    )
    told = theirs.payload or json.loads(theirs.multipart[0]["value"])  # type: ignore[index]
    assert told["data"].pop("tts") is False
    async with discords(204) as (first, came):
        assert await first.give(INTERACTION, page, in_place=in_place, hidden=hidden)
    ((path, kind, body),) = came
    assert path == "/api/interactions/7/a-token/callback"
    assert read(kind, body) == (told, list(page.attached))


async def test_what_is_ready_is_not_written_again(say: Say) -> None:
    pages = await sending.pages(await say("salary"))
    body = written(pages[0], in_place=False, hidden=True)
    again = await sending.pages(await say("salary", "grace"))
    assert written(again[0], in_place=False, hidden=True) is body
    assert written(again[0], in_place=False, hidden=False) != body


async def test_a_crowd_shares_a_few_connections(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.platforms.discord.first._CONNECTIONS", 3)
    (page,) = await sending.pages(await say("job"))
    callers: set[object] = set()
    together, there = asyncio.Event(), 0

    async def take(request: web.Request) -> web.Response:
        nonlocal there
        assert request.transport
        callers.add(request.transport.get_extra_info("peername"))
        there += 1
        if there == 3:  # so many are under way at the same time
            together.set()
        await together.wait()
        return web.Response(status=204)

    async with serving(take) as address, opened(address) as first:
        given = [first.give(INTERACTION, page, in_place=False, hidden=True) for _ in range(10)]
        assert all(await asyncio.gather(*given))
    assert len(callers) == 3


async def test_who_waits_too_long_for_a_connection_is_left_to_discord_py(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.discord.first._CONNECTIONS", 1)
    (page,) = await sending.pages(await say("job"))
    there, may = asyncio.Event(), asyncio.Event()

    async def take(_request: web.Request) -> web.Response:
        there.set()
        await may.wait()
        return web.Response(status=204)

    async with serving(take) as address, opened(address) as quickly:
        slow = asyncio.create_task(quickly.give(INTERACTION, page, in_place=False, hidden=True))
        await there.wait()
        assert not await quickly.give(INTERACTION, page, in_place=False, hidden=True)
        may.set()
        assert await slow


@pytest.mark.parametrize("answer", [None, 302, 400, 404, 429, 500])
async def test_what_is_not_taken_is_left_to_discord_py(answer: int | None, say: Say) -> None:
    (page,) = await sending.pages(await say("job"))
    async with discords(answer) as (first, came):
        assert not await first.give(INTERACTION, page, in_place=False, hidden=True)
        assert len(came) == 1


async def test_what_cannot_be_sent_is_left_to_discord_py() -> None:
    large = sending.Page((), (("large.bin", b"x" * (1 << 20)),))
    async with discords(204) as (first, came):
        assert not await first.give(INTERACTION, large, in_place=False, hidden=True)
        assert not came
    assert not await FirstResponses("http://127.0.0.1:1").give(INTERACTION, large, in_place=False, hidden=True)


class Quickly:
    """Takes the first responses in Discord's place, or none of them."""

    def __init__(self, *, takes: bool) -> None:
        self.takes = takes
        self.asked: list[tuple[bool, bool]] = []

    async def __call__(self, interaction: object, page: sending.Page, *, in_place: bool, hidden: bool) -> bool:
        self.asked.append((in_place, hidden))
        return self.takes


async def test_the_client_asks_it_first_and_then_discord_py(here: Here, gardener: Dispatcher) -> None:
    bot: Any = here.env.bot
    bot._quickly = quickly = Quickly(takes=False)
    answer = shown(await here.ada.slash(here.channel, "salary"))
    await here.ada.click(answer, label="Compare an offer")  # a form: not an answer
    shared = shown(await here.ada.click(answer, label="Share"))
    assert not shared.ephemeral
    assert quickly.asked == [(False, True), (False, False)]
    quickly.takes = True
    before = len(here.requests("POST", "/callback"))
    await here.ada.slash(here.channel, "salary")
    assert len(here.requests("POST", "/callback")) == before
