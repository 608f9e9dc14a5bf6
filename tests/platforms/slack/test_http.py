"""The door that stands open to the internet: only what Slack has signed comes in, and only once."""

import asyncio
import hashlib
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from starlette.requests import Request

from bot.demo.slack import LocalSlack
from bot.platforms.slack import http
from bot.platforms.slack.app import SlackBot
from tests.platforms.slack.conftest import NOW, mind, serving

SECRET = "a signing secret"  # noqa: S105 # of this test only
COMMAND = urlencode({"command": "/career", "text": "tip", "team_id": "T1", "channel_id": "C1", "user_id": "U1"})
FORM = "application/x-www-form-urlencoded"


class Door:
    """The bot's HTTP app, and somebody who knocks."""

    def __init__(self, address: str, session: aiohttp.ClientSession, slack: LocalSlack) -> None:
        self.slack = slack
        self._address = address
        self._session = session

    async def post(
        self, body: str | bytes, *, path: str = "/slack/events", kind: str = FORM, **headers: str
    ) -> tuple[int, str]:
        raw = body.encode() if isinstance(body, str) else body
        given = {**signed(raw), **{name.replace("_", "-"): value for name, value in headers.items()}}
        return await self.knock("POST", path, data=raw, headers={**given, "Content-Type": kind})

    async def knock(self, method: str, path: str, **request: Any) -> tuple[int, str]:
        async with self._session.request(method, self._address + path, **request) as answer:
            return answer.status, await answer.text()


def signed(body: bytes, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(LocalSlack())
        bot = SlackBot(mind(), lambda: NOW, slack.bot_token, SECRET, slack.api_url)
        address = await stack.enter_async_context(serving(bot))
        yield Door(address, await stack.enter_async_context(aiohttp.ClientSession()), slack)


@pytest.mark.parametrize("path", ["/slack/events", "/slack/commands", "/slack/interactions"])
async def test_a_signed_command_is_answered_at_every_address(door: Door, path: str) -> None:
    status, body = await door.post(COMMAND, path=path)
    assert status == 200
    assert json.loads(body)["response_type"] == "ephemeral"
    assert "Start a heap" in body


async def test_slack_is_shown_that_the_address_is_ours(door: Door) -> None:
    said = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV", "token": "x"})
    status, body = await door.post(said, kind="application/json")
    assert (status, json.loads(body)) == (200, {"challenge": "3eZbrw1aBm2rZgRNFdxV"})


@pytest.mark.parametrize(
    "headers",
    [
        signed(COMMAND.encode(), secret="another secret"),  # noqa: S106 # as above
        signed(b"another body"),
        signed(COMMAND.encode(), at=time.time() - 6 * 60),
        signed(COMMAND.encode(), at=time.time() + 60 * 60),
        {"X-Slack-Request-Timestamp": "yesterday"},
        {"X-Slack-Request-Timestamp": "9" * 5_000},
        {"X-Slack-Signature": "v0=ü"},
        {"X-Slack-Signature": ""},
    ],
    ids=["forged", "of another body", "stale", "from the future", "no number", "huge number", "not ASCII", "empty"],
)
async def test_what_slack_did_not_sign_just_now_is_refused(door: Door, headers: dict[str, str]) -> None:
    assert await door.post(COMMAND, **headers) == (401, "not signed by Slack")


async def test_what_bears_no_signature_at_all_is_refused(door: Door) -> None:
    assert (await door.knock("POST", "/slack/events", data=COMMAND))[0] == 401


async def test_the_same_signed_request_again_does_nothing_again(door: Door) -> None:
    headers = signed(COMMAND.encode())
    first, again = [await door.post(COMMAND, **headers) for _ in range(2)]
    assert "Start a heap" in first[1]
    assert again == (200, "")


async def test_what_belongs_to_no_workspace_is_not_answered_with_the_only_token_that_there_is(door: Door) -> None:
    """An organisation that installed the app as a whole names no workspace; "" must not become one that they share."""
    for team in ("team_id=T1", "team_id=", "enterprise_id=E1"):
        status, body = await door.post(COMMAND.replace("team_id=T1", team))
        assert (status, "Start a heap" in body) == (200, team == "team_id=T1")


def test_what_anybody_may_write_into_a_header_makes_no_request_a_new_one() -> None:
    """The number of a repetition is not signed: whoever saw one signed event could fill our memory with it."""

    def name(number: str, body: bytes = b"{}") -> str:
        headers = [(b"x-slack-signature", b"v0=1"), (b"x-slack-retry-num", number.encode())]
        return http._name_of(body, Request({"type": "http", "headers": headers}))

    assert name("1") != name("2") != name("")
    assert {name(strange) for strange in ("", "9" * 2_000, "100", "x", "-1", "1 ", "²")} == {name("")}
    assert name("1", b"payload={}") == name("", b"payload={}")


async def test_what_bolt_does_to_the_loggers_of_its_app_it_does_to_none_of_ours(door: Door) -> None:
    """With each request it sets the level of the logger that bears its app's name."""
    ours = [logging.getLogger(name) for name in ("careerbot", "bot", "bot.platforms.slack.bolt")]
    for one in ours:
        one.setLevel(logging.NOTSET)
    await door.post(COMMAND)
    assert [(one.level, one.filters) for one in ours] == [(logging.NOTSET, [])] * 3


async def test_another_method_is_not_allowed(door: Door) -> None:
    for method in ("GET", "PUT", "DELETE", "HEAD"):
        assert (await door.knock(method, "/slack/events"))[0] == 405


async def test_a_body_larger_than_any_of_slacks_is_refused(door: Door) -> None:
    assert await door.post("x" * 1_000_001) == (413, "too large")

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 50_000

    assert (await door.knock("POST", "/slack/events", data=endless()))[0] == 413


STRANGE: list[tuple[str | bytes, str]] = [
    ("{", "application/json"),
    ("[1, 2]", "application/json"),
    ("null", "application/json"),
    ('"text"', "application/json"),
    ("payload=%7B", FORM),
    ("payload=[]", FORM),
    ("", FORM),
    (b"\xff\xfe\x00", FORM),
    ("{}", "application/json"),
    ('{"type": "event_callback"}', "application/json"),
    ('{"type": "event_callback", "event": null}', "application/json"),
    ('{"type": "event_callback", "event": {"type": "app_mention"}}', "application/json"),
    (
        '{"type": "event_callback", "event": {"type": "message", "channel_type": "im", "user": 7}}',
        "application/json",
    ),
    ('{"type": "event_callback", "event": "text", "team": 5}', "application/json"),
    ('payload={"type": "block_actions", "actions": [], "user": "x"}', FORM),
    ('payload={"type": "block_actions", "actions": [{"type": "button", "action_id": "call:0"}]}', FORM),
    ('payload={"type": "view_submission", "view": {"callback_id": "form", "private_metadata": "{"}}', FORM),
    ('payload={"type": "view_submission", "view": {"callback_id": "form"}}', FORM),
    ("command=%2Fcareer", FORM),
    ("command=%2Fsomething-else&text=x", FORM),
]


async def test_no_body_however_strange_makes_the_server_fail(door: Door) -> None:
    failed = [(body, status) for body, kind in STRANGE if (status := (await door.post(body, kind=kind))[0]) >= 500]
    assert failed == []


async def test_many_at_once_are_all_answered(door: Door) -> None:
    bodies = [f"{COMMAND}&trigger_id={n}" for n in range(100)]
    answers = await asyncio.gather(*(door.post(body) for body in bodies))
    assert all(status == 200 and "Start a heap" in body for status, body in answers)


def test_without_a_signing_secret_there_is_no_door() -> None:
    with pytest.raises(ValueError, match="signing secret"):
        SlackBot(mind(), lambda: NOW, "xoxb-1").routes()
