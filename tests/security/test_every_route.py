"""Every address, asked as its description says and as it does not: no failure of ours, no hang, nothing undescribed.

Schemathesis makes the requests out of `openapi.yaml`, and holds the answers to it.
"""

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, given, settings
from requests.auth import AuthBase
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.routing import Route

from tests.security.ground import Ground, ground, signed

DOCUMENT = yaml.safe_load((Path(__file__).parent / "openapi.yaml").read_text("utf-8"))
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
Operation = APIOperation[Any, Any, Any, Any]
OPERATIONS: list[Operation] = [
    SCHEMA[path][method] for path, described in DOCUMENT["paths"].items() for method in described
]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: Seconds after which an answer is missing, be the machine as busy as it may.
PATIENCE = 30.0


class Failures(logging.Handler):
    """What failed though it was answered. strict: listeners too; else they may, over what Slack would never send."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.strict = True
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if self.strict or record.getMessage() != "a listener failed":
            self.found.append(logging.Formatter().format(record))


@pytest.fixture
def failures() -> Iterator[Failures]:
    handler = Failures()
    logging.getLogger("bot").addHandler(handler)
    yield handler
    logging.getLogger("bot").removeHandler(handler)


class Signed(AuthBase):
    """Signs as Slack does whatever is about to be sent."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        assert isinstance(body, str | bytes)
        request.headers.update(signed(body.encode() if isinstance(body, str) else body, self._secret))
        return request


@pytest.fixture(scope="module")
def served() -> Iterator[Ground]:
    """In a thread of its own, as Schemathesis waits for its answers without asyncio."""
    loop, ready, over = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    kept: list[Ground] = []

    async def serve() -> None:
        async with ground() as made:
            kept.append(made)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(30)
    yield kept[0]
    loop.call_soon_threadsafe(over.set)
    thread.join(30)
    loop.close()


def test_every_route_is_described(served: Ground) -> None:
    routes = [route for route in served.routes if isinstance(route, Route)]
    assert len(routes) == len(served.routes)
    ours = {(route.path, method.lower()) for route in routes for method in (route.methods or ()) if method != "HEAD"}
    assert ours == {(path, method) for path, described in DOCUMENT["paths"].items() for method in described}


def asked(operation: Operation, mode: GenerationMode, most: int, ask: Callable[[Case[Any]], None]) -> None:
    """Ask `most` times, in ways that do not change from run to run."""
    every = settings(
        max_examples=most, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    every(given(operation.as_strategy(mode))(ask))()


def answered(case: Case[Any], served: Ground, session: requests.Session) -> int:
    """The status. As Slack sends it, which writes a `payload` into its form as JSON. Its answer is held to the
    description."""
    body = case.body
    if isinstance(body, dict) and isinstance(body.get("payload"), dict):
        case.body = {**body, "payload": json.dumps(body["payload"])}
    answer = case.call_and_validate(served.address, session=session, checks=CHECKS, timeout=PATIENCE)
    return answer.status_code


def all_answered(operation: Operation, served: Ground, failures: Failures, most: int) -> None:
    seen: set[int] = set()
    with requests.Session() as slack, requests.Session() as stranger:
        slack.auth = Signed(served.secret)
        asked(operation, GenerationMode.POSITIVE, most, lambda case: seen.add(answered(case, served, slack)))
        if operation.method != "post":
            return
        failures.strict = False  # a failed listener is told before Slack is answered, so none is told later
        asked(operation, GenerationMode.NEGATIVE, most, lambda case: seen.add(answered(case, served, slack)))
        failures.strict = True
        seen.clear()
        asked(operation, GenerationMode.POSITIVE, most // 4, lambda case: seen.add(answered(case, served, stranger)))
        assert seen == {401}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.label)
def test_no_request_makes_it_fail(operation: Operation, served: Ground, failures: Failures) -> None:
    all_answered(operation, served, failures, 8)
    assert failures.found == []


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.label)
def test_no_request_of_many_makes_it_fail(operation: Operation, served: Ground, failures: Failures) -> None:
    all_answered(operation, served, failures, 150)
    assert failures.found == []
