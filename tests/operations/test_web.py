"""What is served beside Slack's addresses: to a supervisor, a load balancer, and whoever asks about their data."""

import asyncio
import re
from base64 import b64encode
from hashlib import sha256

import aiohttp
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.operations.health import Health, State
from bot.operations.privacy import privacy
from bot.settings import Settings
from tests.operations.conftest import served


class Parts:
    """Two parts of a process, as well as a test has them be, and a clock that it moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.looks = 0
        self.database = State(ok=False, why="it cannot be reached")
        self.health = Health(lambda: self.now)
        self.health.add("database", self._look)

    async def _look(self) -> State:
        self.looks += 1
        return self.database

    async def ready(self, address: str) -> tuple[int, object]:
        async with aiohttp.ClientSession() as session, session.get(f"{address}/readyz") as answer:
            return answer.status, await answer.json()


async def test_readiness_comes_when_all_is_there_and_goes_before_the_end() -> None:
    parts = Parts()
    async with served(parts.health.routes()) as (_, address):
        away = {"database": {"ok": False, "why": "it cannot be reached"}}
        assert await parts.ready(address) == (503, {"status": "starting", "parts": away})
        parts.database = State(ok=True)
        assert (await parts.ready(address))[0] == 503  # not all parts are known yet
        parts.health.complete()
        assert await parts.ready(address) == (200, {"status": "ok", "parts": {"database": {"ok": True}}})
        # An outage that all replicas share takes none of them out, and is told.
        parts.database, parts.now = State(ok=False, why="it cannot be reached"), 10.0
        assert await parts.ready(address) == (200, {"status": "degraded", "parts": away})
        parts.health.draining = True
        assert (await parts.ready(address))[0] == 503
        async with aiohttp.ClientSession() as session, session.get(f"{address}/healthz") as answer:
            assert (answer.status, await answer.json()) == (200, {"status": "ok"})


async def test_a_part_that_was_well_when_it_was_added_need_not_be_found_so_first() -> None:
    parts = Parts()
    parts.health.add("database", parts._look, was_well=True)
    parts.health.complete()
    async with served(parts.health.routes()) as (_, address):
        away = {"database": {"ok": False, "why": "it cannot be reached"}}
        assert await parts.ready(address) == (200, {"status": "degraded", "parts": away})


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [
        ("", "127.0.0.1"),
        ("10.0.0.0/8", "127.0.0.1"),
        ("10.0.0.0/8,127.0.0.0/8", "203.0.113.9"),
        ("*", "203.0.113.9"),
        (Settings().trusted_proxies, "203.0.113.9"),
    ],
)
async def test_who_calls_is_believed_from_a_trusted_proxy_alone(proxies: str, seen: str) -> None:
    async def whom(request: Request) -> Response:
        return PlainTextResponse(request.client.host if request.client else "")

    async with (
        served([Route("/", whom)], proxies) as (_, address),
        aiohttp.ClientSession(headers={"X-Forwarded-For": "203.0.113.9"}) as session,
        session.get(address) as answer,
    ):
        assert await answer.text() == seen


async def test_a_look_that_breaks_is_that_parts_trouble_alone_and_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def slips() -> State:
        raise RuntimeError("a slip of ours")

    parts = Parts()
    parts.database = State(ok=True)
    parts.health.add("slack", slips, was_well=True)
    parts.health.complete()
    async with served(parts.health.routes()) as (_, address):
        broken = {"ok": False, "why": "it broke; the log says why"}
        told = {"status": "degraded", "parts": {"database": {"ok": True}, "slack": broken}}
        assert await parts.ready(address) == (200, told)
    assert "a look at slack broke" in caplog.text
    assert "a slip of ours" in caplog.text


async def test_however_many_ask_a_part_is_looked_at_every_two_seconds_at_most() -> None:
    parts = Parts()
    parts.database = State(ok=True)
    async with served(parts.health.routes()) as (_, address):
        await asyncio.gather(*(parts.ready(address) for _ in range(20)))
        assert parts.looks == 1
        parts.now = 2.0
        await parts.ready(address)
        assert parts.looks == 2


async def test_what_protects_a_browser_stands_on_every_answer_also_on_a_no() -> None:
    async with served([*Health().routes(), privacy("")]) as (_, address), aiohttp.ClientSession() as session:
        for method, path, status in [
            ("GET", "/healthz", 200), ("HEAD", "/healthz", 200), ("HEAD", "/readyz", 503), ("HEAD", "/privacy", 200),
            ("POST", "/healthz", 405), ("GET", "/", 404), ("GET", "/docs", 404), ("GET", "/../.env", 404),
        ]:  # fmt: skip
            async with session.request(method, address + path) as answer:
                assert (path, answer.status) == (path, status)
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
                assert "Server" not in answer.headers


async def test_headers_and_bodies_beyond_all_measure_are_refused() -> None:
    async with served(Health().routes()) as (_, address), aiohttp.ClientSession() as session:
        async with session.get(f"{address}/healthz", headers={"X-Long": "x" * 100_000}) as answer:
            assert answer.status == 431
        async with session.post(f"{address}/healthz", data=b"x" * 1_000_001) as answer:
            assert answer.status == 413


async def test_what_is_under_way_is_answered_and_nothing_new_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, closed = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> Response:
        del request
        begun.set()
        await go_on.wait()
        return PlainTextResponse("done")

    async with served([Route("/slow", slow)]) as (server, address), aiohttp.ClientSession() as session:
        listening = server.servers[0]
        close = listening.close

        def closing() -> None:
            close()
            closed.set()

        monkeypatch.setattr(listening, "close", closing)
        asked = asyncio.create_task(session.get(f"{address}/slow"))
        await begun.wait()
        leaving = asyncio.create_task(server.leave())
        await closed.wait()
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"{address}/slow")
        assert not leaving.done()
        go_on.set()
        answer = await asked
        assert (answer.status, await answer.text()) == (200, "done")
        await leaving


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("ada@example.org", '<a href="mailto:ada@example.org">ada@example.org</a>'),
        ("https://example.org/?a&b", '<a href="https://example.org/?a&amp;b">https://example.org/?a&amp;b</a>'),
        ("", "ask whoever added careerbot to your community"),
    ],
)
async def test_the_privacy_page_names_whom_to_ask_and_lets_in_its_own_style_alone(contact: str, shown: str) -> None:
    async with (
        served([privacy(contact)]) as (_, address),
        aiohttp.ClientSession() as session,
        session.get(f"{address}/privacy") as answer,
    ):
        page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
        assert answer.content_type == "text/html"
    assert shown in page
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}';" in policy
    assert not re.search(r"<script|style=|\son\w+=|<img|<link", page)
    for promise in ("privacy export", "privacy delete", "trains no AI model", "30 days", "leaderboard hide"):
        assert promise in page
