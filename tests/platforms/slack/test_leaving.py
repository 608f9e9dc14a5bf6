"""A workspace takes the bot out, and in again: whatever Slack tells of it, in whatever order, however late."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.core.chat import Reply
from bot.core.errors import StorageUnavailable
from bot.delivery.courier import Courier
from bot.delivery.outbox import Delivery, Target
from bot.delivery.publisher import Refused
from bot.demo.slack import CutBefore, Fault, LocalSlack
from bot.demo.slack import Refused as SlackRefuses
from bot.platforms.slack.app import SlackBot
from bot.storage import outbox
from bot.storage.installations import StoredInstallations
from bot.storage.memory import MemoryStore
from bot.storage.outbox import StoredOutbox
from bot.storage.store import Store
from bot.storage.tables import deliveries, workspaces
from bot.storage.workspaces import StoredWorkspaces
from tests.platforms.slack.conftest import mind, serving
from tests.platforms.slack.test_install import installed
from tests.platforms.slack.test_publisher import HELLO
from tests.platforms.slack.town import Town, now, town

UNINSTALLED, REVOKED = 0, 1
ORDERS = [(0, 1), (1, 0), (0,), (1,), (1, 0, 0, 1)]


@pytest.fixture
async def here() -> AsyncIterator[Town]:
    async with town(MemoryStore()) as opened:
        yield opened


async def is_there(store: Store, team: str) -> bool:
    """As the note of where the bot is has it."""
    left = select(workspaces.c.left).where(workspaces.c.workspace == team)
    return await store.read(lambda tx: tx.execute(left).scalar_one()) is None


async def posts(here: Town, number: int = 0) -> str:
    """Post something unasked; why not, if not."""
    workspace = here.workspaces[number]
    target = Target("slack", workspace.id, workspace.careers.id)
    try:
        await here.bot.publisher.publish(target, HELLO, "key", look_from=None)
    except Refused as no:
        return str(no) if no.lasting else "not now"
    return ""


@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_whatever_comes_before_a_new_installation_ends_the_old_one_and_what_comes_later_does_not_touch_the_new(
    here: Town, order: tuple[int, ...]
) -> None:
    workspace, other = here.workspaces[:2]
    await here.install(other)
    for before in range(len(order) + 1):
        await here.install(workspace)
        assert await posts(here) == ""
        events = here.slack.oauth.uninstall(workspace)
        for each in order[:before]:
            assert (await here.slack.oauth.send(events[each])).error == ""
            assert await installed(here.store) == [other.id]
            assert not await is_there(here.store, workspace.id)
            assert "not installed" in await posts(here)
        token = await here.install(workspace)
        for each in order[before:]:
            assert (await here.slack.oauth.send(events[each])).error == ""
        kept = await here.keeper.find(workspace.id)
        assert kept is not None
        assert kept.bot_token == token
        assert await is_there(here.store, workspace.id)
        assert "Start a heap" in await here.say(workspace)
    assert await is_there(here.store, other.id)
    assert await posts(here, 1) == ""


def at(event: dict[str, Any], seconds: float) -> dict[str, Any]:
    return event | {"event_time": int(event["event_time"] + seconds)}


async def test_where_slack_cannot_be_asked_it_is_to_tell_us_again_unless_that_was_before(
    here: Town,
) -> None:
    workspace = here.workspaces[0]
    await here.install(workspace)
    event = here.slack.oauth.uninstall(workspace)[UNINSTALLED]
    here.slack.fail("auth.test", CutBefore())
    assert (await here.slack.oauth.send(at(event, 3600))).error == "http_service_error"
    assert await installed(here.store) == [workspace.id]
    assert await is_there(here.store, workspace.id)
    assert (await here.slack.oauth.send(at(event, -3600))).error == ""
    assert await installed(here.store) == [workspace.id]
    assert (await here.slack.oauth.send(at(event, 3600))).error == ""
    assert await installed(here.store) == []


@pytest.mark.parametrize("tokens", [{"oauth": ["U1"], "bot": []}, {"bot": ["U9OTHER"]}, "x"], ids=str)
async def test_other_tokens_than_the_bots_are_no_matter_of_ours(here: Town, tokens: object) -> None:
    await here.install(here.workspaces[0])
    event = here.slack.oauth.uninstall(here.workspaces[0])[REVOKED]
    told = await here.slack.oauth.send(event | {"event": event["event"] | {"tokens": tokens}})
    assert (told.error, await installed(here.store)) == ("", [here.workspaces[0].id])


async def test_what_cannot_be_noted_slack_is_asked_to_say_again(here: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await here.install(here.workspaces[0])
    event = here.slack.oauth.uninstall(here.workspaces[0])[UNINSTALLED]

    async def away(*_: object, **__: object) -> bool:
        raise StorageUnavailable

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(StoredInstallations, "remove", away)
        assert (await here.slack.oauth.send(event)).error == "http_service_error"
    assert (await here.slack.oauth.send(event)).error == ""
    assert await installed(here.store) == []


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive"])
async def test_a_token_that_is_revoked_during_a_digest_ends_it_and_the_installation(here: Town, error: str) -> None:
    workspace, other = here.workspaces[:2]
    for each in (workspace, other):
        await here.install(each)

    async def hello(delivery: Delivery, _: object) -> Reply:
        del delivery
        return HELLO

    def put(tx: Any) -> None:
        for each in (workspace, other):
            for number in range(3):
                target = Target("slack", each.id, each.careers.id)
                due = Delivery(f"{each.id}-{number}", "digest", target, {}, now(), now() + timedelta(hours=1))
                outbox.put(tx, due)

    await here.store.run(put)
    here.slack.oauth.revoke(workspace, error)
    publishers, box = {"slack": here.bot.publisher}, StoredOutbox(here.store)
    courier = Courier(box, publishers, {"digest": hello}, now, "owner", random.Random(1))  # noqa: S311 # jitter
    await courier.deliver_due()
    rows = await here.store.read(lambda tx: tx.execute(select(deliveries)).all())
    assert {row.state for row in rows if row.workspace == workspace.id} == {"failed"}
    assert {row.state for row in rows if row.workspace == other.id} == {"delivered"}
    assert all("install me again" in row.reason for row in rows if row.workspace == workspace.id)
    assert await installed(here.store) == [other.id]
    assert not await is_there(here.store, workspace.id)


async def test_a_token_that_is_refused_as_slack_does_not_know_us_just_now_is_kept(here: Town) -> None:
    """As where a workspace lets nobody in from our address for a while."""
    workspace = here.workspaces[0]
    token = await here.install(workspace)
    event = here.slack.oauth.uninstall(workspace)[UNINSTALLED]
    here.slack.oauth._tokens[token].error = "invalid_auth"
    assert "install me again" in await posts(here)
    assert (await here.slack.oauth.send(event)).error == "http_service_error"
    assert await installed(here.store) == [workspace.id]
    assert await is_there(here.store, workspace.id)
    here.slack.oauth._tokens[token].error = ""
    assert await posts(here) == ""


# ── one workspace, with a token from the settings ─────────────────────────────────────────────────────────────────────
@asynccontextmanager
async def one_workspace(store: Store, fault: Fault | None = None) -> AsyncIterator[tuple[LocalSlack, SlackBot]]:
    """A Slack that tells the bot of what happens; `fault`: it meets our first question."""
    async with LocalSlack(event_retry_seconds=()) as slack:
        if fault:
            slack.fail("auth.test", fault)
        bot = SlackBot(
            mind(), now, slack.bot_token, slack.signing_secret, slack.api_url, workspaces=StoredWorkspaces(store)
        )
        async with serving(bot) as address:
            slack.deliver_to(f"{address}/slack/events")
            yield slack, bot


@pytest.mark.parametrize("dead", ["account_inactive", ""])
async def test_the_one_workspace_is_noted_too_when_it_comes_and_when_it_goes(dead: str) -> None:
    store = MemoryStore()
    async with one_workspace(store) as (slack, _):
        assert await is_there(store, slack.workspace.id)
        event = slack.oauth.uninstall(slack.workspace)[UNINSTALLED]
        slack.workspace.token_error = dead
        await slack.oauth.send(event)
        assert await is_there(store, slack.workspace.id) is (dead == "")


@pytest.mark.parametrize("trouble", [CutBefore(), SlackRefuses("internal_error"), SlackRefuses("invalid_auth")])
async def test_the_one_workspace_is_not_left_where_slack_cannot_be_asked(trouble: Fault) -> None:
    store = MemoryStore()
    async with one_workspace(store) as (slack, _):
        event = slack.oauth.uninstall(slack.workspace)[UNINSTALLED]
        slack.fail("auth.test", trouble)
        assert (await slack.oauth.send(event)).error == "http_service_error"
        assert await is_there(store, slack.workspace.id)


async def test_the_one_workspace_is_noted_as_soon_as_that_is_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    """Left, and back with a new token: that is not lost where Slack or the database is away for a moment."""
    store, joined = MemoryStore(), StoredWorkspaces.joined
    away, tries = True, 0

    async def note(self: StoredWorkspaces, *where: Any) -> bool:
        nonlocal tries
        tries += 1
        if away:
            raise StorageUnavailable
        return await joined(self, *where)

    async with one_workspace(store, SlackRefuses("internal_error")) as (slack, bot):
        await StoredWorkspaces(store).left("slack", slack.workspace.id, now())
        monkeypatch.setattr(StoredWorkspaces, "joined", note)
        for there in (False, True):
            away = not there
            await slack.slash(slack.ada, slack.careers, "/career", "tip", replies=1)
            await asyncio.gather(*bot._background._tasks)
            assert await is_there(store, slack.workspace.id) is there
        noted = tries
        await slack.slash(slack.ada, slack.careers, "/career", "tip", replies=1)
        await asyncio.gather(*bot._background._tasks)
        assert tries == noted, "once is enough"
