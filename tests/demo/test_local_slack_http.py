"""The local Slack in HTTP mode: what it posts to a request URL, and how it takes the answers."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from bot.demo.slack import LocalSlack

from .conftest import heard_by, impatient, serve, toy


class Listener:
    """A request URL that keeps what it hears and answers with the next of `statuses`, as soon as it `may`."""

    def __init__(self, slack: LocalSlack) -> None:
        self.verifier = SignatureVerifier(slack.signing_secret)
        self.heard: list[tuple[str, dict[str, str]]] = []
        self.statuses: list[int] = []
        self.may = asyncio.Event()
        self.may.set()

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.text()
        headers = {name.lower(): value for name, value in request.headers.items()}
        assert self.verifier.is_valid_request(body, headers)
        assert not self.verifier.is_valid_request(f"{body} ", headers)
        self.heard.append((body, headers))
        await self.may.wait()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
async def listener(slack: LocalSlack) -> AsyncIterator[Listener]:
    made = Listener(slack)
    async with serve(made.handle) as url:
        slack.deliver_to(url)
        yield made


async def test_bolt_answers_commands_clicks_and_events_over_http(slack: LocalSlack) -> None:
    app: AsyncApp = toy(slack)

    async def handle(request: web.Request) -> web.Response:
        answer = await app.async_dispatch(await to_bolt_request(request))
        response: web.Response = await to_aiohttp_response(answer)
        return response

    async with serve(handle) as url:
        assert await slack.deliver_to(url).verify()
        asked = await slack.slash(slack.ada, slack.general, "/career", "salary & more")
        assert "You asked* salary &amp; more" in asked.says
        clicked = await slack.click(slack.ada, asked.message, "more", replies=1)
        assert clicked.says == "More."
        assert (await slack.mention(slack.ada, slack.careers, "hi", replies=1)).says == "You called?"
        assert len(heard_by(app)) == 3
    assert not slack.refusals


async def test_an_event_is_repeated_with_its_number_and_reason_until_it_is_taken(
    slack: LocalSlack, listener: Listener
) -> None:
    listener.statuses = [500, 500, 200]
    await slack.dm(slack.ada, "hello?")
    assert await slack.until(lambda: len(listener.heard) == 3)
    bodies, headers = zip(*listener.heard, strict=True)
    assert len(set(bodies)) == 1
    assert "x-slack-retry-num" not in headers[0]
    assert [each["x-slack-retry-num"] for each in headers[1:]] == ["1", "2"]
    assert {each["x-slack-retry-reason"] for each in headers[1:]} == {"http_error"}


async def test_what_a_person_reads_when_the_app_fails_or_is_late(slack: LocalSlack, listener: Listener) -> None:
    listener.statuses = [503, 404]
    errors = [(await slack.slash(slack.ada, slack.careers, "/career")).error for _ in range(2)]
    assert errors == ["http_service_error", "http_client_error"]
    listener.may.clear()
    with impatient(slack):
        assert (await slack.slash(slack.ada, slack.careers, "/career")).error == "operation_timeout"
    listener.may.set()
    slack.deliver_to("http://127.0.0.1:9/")
    assert (await slack.slash(slack.ada, slack.careers, "/career")).error == "dispatch_failed"
