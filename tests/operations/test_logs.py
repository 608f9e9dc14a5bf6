"""The log: what can be found in it, and what must never be."""

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest

from bot import settings
from bot.core import trace
from bot.core.chat import Person, Request
from bot.core.dispatch import Dispatcher
from bot.operations.logs import NOISY, configure_logging
from tests.conftest import NOW, told
from tests.core.test_dispatch import small

SIGNING = "8f742231b10e8888abcd99yyyzzz85a5"
#: Put together here, so that nobody who scans this file for leaked tokens takes them for real ones.
DISCORD = "MTk4NjIyNDgzNDcxOTI1MjQ4" + ".Cl2FMQ." + "ZnCjm1XVW7vRze4b7Cq4se7kKWs"
PLANTED = {
    "a Slack bot token": "xoxb-" + "17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy",
    "a rotated one": "xoxe.xoxb-" + "1-MS0yLTEyMzQ1Njc4OTAtYWJj",
    "a refresh token": "xoxe-" + "1-My0xLTEyMzQ1Njc4OTAtYWJj",
    "an app-level token": "xapp-" + "1-A0123456789-1234567890123-abcdef0123456789",
    "a Discord token": DISCORD,
    "a signing secret": SIGNING,
}


@pytest.fixture
def _as_before() -> Iterator[None]:
    """Logging is the whole process's: it is given back."""
    root = logging.getLogger()
    handlers, level, levels = list(root.handlers), root.level, {name: logging.getLogger(name).level for name in NOISY}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


pytestmark = pytest.mark.usefixtures("_as_before")


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_no_secret_is_in_the_log_however_it_came_there(
    planted: str, form: Literal["text", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("debug", form, (SIGNING,))
    log = logging.getLogger("some.library")
    log.warning("it said %s", planted)
    log.warning({"token": planted})
    log.error("in a header: Authorization: Bot %s", planted)
    try:
        int(f"https://slack.example/api?token={planted}&x=1")
    except ValueError:
        log.exception("it broke", stack_info=True)
    written = capsys.readouterr().err
    assert planted not in written
    assert planted.rpartition("-")[2] not in written
    assert written.count("[secret]") >= 4
    assert "&x=1" in written  # no more than the secret is taken out


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("postgresql://bot:sesame@db.example.org/bot", "postgresql://[secret]@db.example.org/bot"),
        ("postgresql+asyncpg://bot:se/s@me@db/bot", "postgresql+asyncpg://[secret]@db/bot"),
        ("http://bot:sesame@proxy:3128", "http://[secret]@proxy:3128"),
        ("Authorization: Bearer abcdefghijklmnopqrstuvwxyz", "Authorization: Bearer [secret]"),
        ("https://hooks.slack.com/commands/T1/2/abc", "https://hooks.slack.com/[secret]"),
        ("at /webhooks/12/aW50ZXJhY3Rpb246MTIzNDU2", "at /webhooks/12/[secret]"),
        ("ada@example.org, bot.platforms.slack.app, 12:30", "ada@example.org, bot.platforms.slack.app, 12:30"),
    ],
)  # fmt: skip
def test_what_opens_something_is_taken_out_and_the_rest_stays(
    said: str, left: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("info", "text")
    logging.getLogger("careerbot").info("%s", said)
    assert capsys.readouterr().err.rstrip().endswith(left)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("end", ["\n", "\r", "\u2028", "\x1b[2K"])
def test_what_comes_from_outside_begins_no_line_of_its_own(
    end: str, form: Literal["text", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("info", form)
    try:
        int("none")
    except ValueError:
        logging.getLogger("some.library").exception("no such code: %s2026-11-24 00:00:00 ERROR made up", end)
    first, *rest = capsys.readouterr().err.strip("\n").split("\n")
    assert "made up" in first
    assert not {"\r", "\x1b"} & set(first)
    if form == "json":
        assert rest == []
    else:
        assert "\u2028" not in first
        assert rest[0].startswith("Traceback"), "which is beneath it as it is"


async def test_each_line_bears_the_id_of_what_is_being_done(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")

    async def work(name: str) -> None:
        trace.begin(name)
        await asyncio.sleep(0)
        logging.getLogger("careerbot").info("at work")

    logging.getLogger("careerbot").info("idle")
    await asyncio.gather(work("first"), work("second"))
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line.get("trace") for line in lines] == [None, "first", "second"]
    configure_logging("info", "text")
    await asyncio.create_task(work("third"))
    assert "careerbot: [third] at work" in capsys.readouterr().err


async def test_the_number_that_a_person_is_told_is_found_in_the_log_with_what_failed(
    mind: Dispatcher, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("info", "json")
    reply = await small(mind).answer(Request(Person("test", "w", "ada", "Ada Lovelace"), "broken", NOW))
    (line,) = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    number = line["message"].split()[1]
    assert number in told(reply)
    assert line["message"] == f"failure {number} in broken"
    assert "ZeroDivisionError" in line["exception"]
    assert line["trace"]
    assert "Ada" not in json.dumps(line)


def test_libraries_never_tell_what_they_send_and_get(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("debug", "text")
    for library in ("discord.gateway", "slack_sdk.web", "aiosqlite", "sqlalchemy.engine"):
        logging.getLogger(library).debug("a message: hello")
    logging.getLogger("sqlalchemy.engine").info("INSERT ... [hello]")
    assert capsys.readouterr().err == ""


def test_every_secret_that_is_set_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_SIGNING_SECRET", SIGNING)
    monkeypatch.setenv("DISCORD_TOKEN", DISCORD)
    assert {SIGNING, DISCORD} <= set(settings.load().secrets)
