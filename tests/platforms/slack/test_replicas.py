"""What Slack says to one replica, and again to another, is done once; and goes on while the database is away."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.core.errors import StorageUnavailable
from bot.demo.slack.interactions import Payloads
from bot.demo.slack.people import _spoken
from bot.platforms.slack import once
from bot.platforms.slack.once import Once, OnceForAll
from bot.storage.heard import EVENTS, LEASE, SIGNATURES, StoredHeard
from bot.storage.memory import MemoryStore
from bot.storage.store import Store
from bot.storage.tables import heard
from tests.platforms.slack.test_http import COMMAND, FORM, signed
from tests.platforms.slack.town import Town, town

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def post(here: Town, at: int, body: str, kind: str = "application/json", **headers: str) -> tuple[int, str]:
    url = f"{here.replicas[at].address}/slack/events"
    given = {**signed(body.encode(), secret=here.slack.signing_secret), **headers, "Content-Type": kind}
    async with here.web.post(url, data=body.encode(), headers=given) as answer:
        return answer.status, await answer.text()


def mention(here: Town) -> dict[str, Any]:
    workspace = here.workspaces[0]
    sent = workspace.post(workspace.careers.id, workspace.ada.id, f"<@{workspace.bot.id}> tip")
    return Payloads(here.slack._core, workspace).event(_spoken("app_mention", workspace, sent, workspace.careers))


def answers(here: Town) -> int:
    workspace = here.workspaces[0]
    return sum(message.user == workspace.bot.id for message in workspace.messages[workspace.careers.id])


async def test_an_event_that_is_said_to_several_replicas_is_answered_once(store: Store) -> None:
    async with town(store, replicas=2) as here:
        await here.install(here.workspaces[0])
        event = mention(here)
        told = await asyncio.gather(
            *(
                post(here, number % 2, json.dumps(event | {"said": number}), **{"X-Slack-Retry-Num": str(number)})
                for number in range(6)
            )
        )
        assert {status for status, _ in told} <= {200, 503}, "who is told of it meanwhile wants to hear it again"
        assert await here.slack.until(lambda: answers(here) == 1)
        assert await post(here, 1, json.dumps(event | {"said": 7})) == (200, "")
        await here.settled()
        assert answers(here) == 1
        await post(here, 0, json.dumps(mention(here)))
        assert await here.slack.until(lambda: answers(here) == 2)


async def test_a_signed_request_that_is_replayed_at_another_replica_does_nothing(store: Store) -> None:
    async with town(store, replicas=2) as here:
        await here.install(here.workspaces[0])
        body = COMMAND.replace("T1", here.workspaces[0].id)
        stamped = signed(body.encode(), time.time(), here.slack.signing_secret)
        first, again, pretended = [
            await post(here, at, body, FORM, **stamped, **more)
            for at, more in ((0, {}), (1, {}), (1, {"X-Slack-Retry-Num": "1"}))
        ]
        assert "Start a heap" in first[1]
        assert again == pretended == (200, "")


async def test_only_digests_are_kept_and_no_longer_than_slack_repeats(store: Store) -> None:
    known = StoredHeard(store)
    moments = [NOW - EVENTS - timedelta(seconds=1), NOW - SIGNATURES - timedelta(seconds=1), NOW]
    for number, at in enumerate(moments):
        for kind in ("slack event", "slack signature"):
            assert await known.first(kind, f"the secret {number}", at)
            assert not await known.first(kind, f"the secret {number}", NOW)
    await known.forget(NOW)
    rows = await store.read(lambda tx: tx.execute(select(heard.c.what, heard.c.at).order_by(heard.c.at)).all())
    assert [(what.split(":")[0], at) for what, at in rows] == [
        ("slack event", moments[1]), ("slack event", NOW), ("slack signature", NOW),
    ]  # fmt: skip
    assert "secret" not in str(rows)


async def test_old_rows_go_however_many_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.storage.heard._ARMFUL", 3)
    store = MemoryStore()
    known = StoredHeard(store)
    for number in range(10):
        await known.first("slack event", str(number), NOW - 2 * EVENTS)
    await known.forget(NOW)
    assert await store.read(lambda tx: list(tx.scalars(select(heard.c.what)))) == []


async def test_what_a_replica_began_and_never_ended_is_begun_again_after_a_while(store: Store) -> None:
    known, what = StoredHeard(store), ("slack event", "T1/Ev1")
    assert await known.begin(*what, NOW) is True
    assert await known.begin(*what, NOW + LEASE) is None, "somebody may still be at it"
    assert await known.begin(*what, NOW + LEASE + timedelta(seconds=1)) is True
    await known.end(*what, NOW + LEASE + timedelta(seconds=2))
    assert await known.begin(*what, NOW + 10 * LEASE) is False
    rows = await store.read(lambda tx: list(tx.scalars(select(heard.c.what))))
    assert [row.split(":")[0] for row in rows] == ["slack event"]


async def test_slack_is_to_say_again_what_another_replica_is_at(store: Store) -> None:
    async with town(store, replicas=2) as here:
        await here.install(here.workspaces[0])
        event = mention(here)
        key = f"{here.workspaces[0].id}/{event['event_id']}"
        await StoredHeard(store).begin("slack event", key, datetime.now(UTC))
        assert (await post(here, 0, json.dumps(event)))[0] == 503
        assert answers(here) == 0
        long_ago = datetime.now(UTC) - 2 * LEASE
        await store.run(lambda tx: tx.execute(update(heard).values(at=long_ago)).close())
        assert (await post(here, 1, json.dumps(event | {"said": 2})))[0] == 200
        assert answers(here) == 1


class Away:
    """A database that cannot be reached, or never answers."""

    def __init__(self, *, silent: bool) -> None:
        self.silent = silent
        self.asked = 0

    async def first(self, kind: str, what: str, at: datetime) -> bool:
        self.asked += 1
        if self.silent:
            await asyncio.Event().wait()
        raise StorageUnavailable

    async def begin(self, kind: str, what: str, at: datetime) -> bool | None:
        return await self.first(kind, what, at)

    async def end(self, kind: str, what: str, at: datetime) -> None:
        await self.first(kind, what, at)


@pytest.mark.parametrize("ask", [OnceForAll.first, OnceForAll.begin])
@pytest.mark.parametrize("silent", [False, True])
async def test_while_the_database_is_away_this_process_remembers_alone_and_says_so_once(
    silent: bool,
    ask: Callable[[OnceForAll, str], Awaitable[bool]],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(once, "_PATIENCE", 0.01)
    away = Away(silent=silent)
    events = OnceForAll("slack event", Once(600), lambda: NOW, away)
    assert [await ask(events, key) for key in ("a", "b", "a", "c")] == [True, True, False, True]
    assert (away.asked, caplog.text.count("for now only this process knows")) == (1, 1), (
        "nobody waits for it again at once"
    )


async def test_answers_that_need_nothing_kept_come_while_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with town(MemoryStore()) as here:
        await here.install(here.workspaces[0])
        assert "Start a heap" in await here.say(here.workspaces[0])

        async def away(*_: object) -> None:
            raise StorageUnavailable

        monkeypatch.setattr(here.store, "run", away)
        monkeypatch.setattr(here.store, "read", away)
        assert "Career paths" in await here.say(here.workspaces[0], "path")
