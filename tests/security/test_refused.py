"""What must not be let in, and is not (the rows of `refused.py`): each over HTTP, with the answer's status; nothing is
kept or said, and no secret of the row is logged.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta

import aiohttp
import pytest
from sqlalchemy import Connection, select
from yarl import URL

from bot.core.chat import Person, Place, Request
from bot.operations import web
from bot.platforms.slack import http
from bot.storage.tables import heard, metadata, slack_oauth_states
from tests.life import answers
from tests.platforms.slack.town import now
from tests.security.asking import (
    ADA,
    CHANNEL,
    EVENTS,
    FIRST,
    GRACE,
    INTERACTIONS,
    JSON,
    MARK,
    Headers,
    Row,
    command,
    dm,
    event,
    form,
    press,
)
from tests.security.ground import Ground, ground
from tests.security.refused import ROWS, SET

#: Tables in which a request may leave a trace though it does nothing: what was heard, and who is about to install.
BESIDE = {heard.name, slack_oauth_states.name}
#: Methods by which the bot only looks.
LOOKS = {"users.info", "conversations.info", "auth.test", "oauth.v2.access"}


class Scene:
    """What there is to be spoiled, and somebody who tries."""

    def __init__(self, here: Ground, session: aiohttp.ClientSession, log: pytest.LogCaptureFixture) -> None:
        self._here = here
        self._session = session
        self._log = log
        self._asked = ""

    async def prepare(self) -> None:
        """In the first workspace, in its channel: Ada learns, a round is open, and there is a digest."""
        for said in ("quiz", "digest subscribe mon 9:00 UTC", "round 1d"):
            person, place = Person("slack", FIRST, ADA, "Ada"), Place("slack", FIRST, CHANNEL)
            reply = await self._here.mind.answer(Request(person, said, now(), place, manages=True))
            for call in answers(reply).values():
                self._asked = dict(call.arguments)["asked"]
                await self._here.mind.answer(Request(person, call, now(), place))
                break

    async def tried(self, row: Row) -> list[str]:
        """What is wrong with the answer, or what it spoiled; nothing is as it should be."""
        for first in row.before:
            assert (await self._send(first))[0] == first.status
        rows, said = await self._kept(), self._said()
        self._log.clear()
        status, text = await self._send(row)
        wrong = [] if status == row.status else [f"answered with {status}: {text[:200]}"]
        if text if row.says is None else row.says not in text:
            wrong.append(f"said {text[:200]!r}")
        if await self._kept() != rows:
            wrong.append("something was kept")
        if self._said() != said:
            wrong.append(f"something was said: {self._here.town.slack.calls[-1]}")
        return [*wrong, *self._logged(row)]

    def _logged(self, row: Row) -> list[str]:
        wrong = []
        lines = [f"{record.name}: {self._told(record)}" for record in self._log.records]
        if not any(row.line in line for line in lines or [""]):
            wrong.append(f"the log says {lines}")
        secrets = (MARK, self._here.secret, self._here.town.slack.oauth.client_secret, *self._tokens())
        wrong += [f"the log tells a secret: {line}" for line in lines if any(secret in line for secret in secrets)]
        return wrong

    def _tokens(self) -> list[str]:
        town = self._here.town
        return [token for workspace in town.workspaces for token in town.slack.oauth.tokens_of(workspace)]

    @staticmethod
    def _told(record: logging.LogRecord) -> str:
        return logging.Formatter().format(record)

    async def _send(self, row: Row) -> tuple[int, str]:
        body = row.body.replace(b"ASKED", self._asked.encode())
        headers = {**row.sign(body, self._here.secret), **row.headers}
        if row.method == "POST":
            headers["Content-Type"] = row.kind
        url = URL(self._here.address + row.path, encoded=True)
        if row.framing:
            return await _raw(row, url, headers, body)
        given = None if row.method == "GET" else body
        async with self._session.request(row.method, url, data=given, headers=headers, allow_redirects=False) as answer:
            told = answer.status, await answer.text()
        await self._here.settled()
        return told

    async def _kept(self) -> Mapping[str, list[str]]:
        def every(tx: Connection) -> dict[str, list[str]]:
            tables = [table for table in metadata.sorted_tables if table.name not in BESIDE]
            return {table.name: sorted(map(repr, tx.execute(select(table)))) for table in tables}

        return await self._here.town.store.read(every)

    def _said(self) -> int:
        return sum(call.method not in LOOKS for call in self._here.town.slack.calls)


async def _raw(row: Row, url: URL, headers: Headers, body: bytes) -> tuple[int, str]:
    """As no decent client would: the body's length is not what it is said to be."""
    reader, writer = await asyncio.open_connection(url.host, url.port)
    lines = [f"{row.method} {row.path} HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in headers.items())]
    writer.write("\r\n".join([*lines, row.framing, "Connection: close", "", ""]).encode() + body)
    async with asyncio.timeout(30):
        head, _, text = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), text.decode()


async def test_whatever_must_not_be_let_in_is_refused_leaves_nothing_behind_and_tells_no_secret(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(web, "_LOGGED", 0.0)
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, "bot")
    # An hour: so that a slow machine does not give back what was taken.
    async with (
        ground(timedelta(hours=1)) as here,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        scene = Scene(here, session, caplog)
        await scene.prepare()
        wrong = {}
        for name, row in ROWS.items():
            monkeypatch.setattr(http, "_ARRIVAL", 0.2 if row.status == 408 else 30.0)
            if found := await scene.tried(row):
                wrong[name] = found
    assert wrong == {}
    assert len(ROWS) >= 90


async def test_what_those_rows_try_is_done_for_whoever_may(caplog: pytest.LogCaptureFixture) -> None:
    """Else nothing would be refused that is not refused to all."""
    may = [
        Row(200, body=command()),
        Row(200, body=command(f"digest pause <#{CHANNEL}|careers>")),
        Row(200, INTERACTIONS, press("remind?hours=3")),
        Row(200, INTERACTIONS, press("round?asked=ASKED&pick=0", user={"id": GRACE})),
        Row(200, INTERACTIONS, form(SET, "Rome", ADA)),
        Row(200, EVENTS, event(dm(), event_id="Ev10"), JSON),
        Row(200, INTERACTIONS, press("privacy?do=delete&sure=yes")),
    ]
    async with ground() as here, aiohttp.ClientSession() as session:
        scene = Scene(here, session, caplog)
        await scene.prepare()
        found = [await scene.tried(row) for row in may]
    assert ["something was kept" in wrong for wrong in found] == [True] * len(may)
