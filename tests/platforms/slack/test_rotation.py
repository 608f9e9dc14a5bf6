"""Tokens that expire: renewed in time, by one replica, for answers and digests alike."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.oauth.installation_store import Bot
from sqlalchemy import delete, select, update

from bot.core.chat import Reply
from bot.core.errors import StorageUnavailable
from bot.delivery.courier import Courier
from bot.delivery.outbox import Delivery, Target
from bot.delivery.publisher import Refused
from bot.demo.slack import CutAfter, CutBefore, Fault, Http500
from bot.demo.slack import Refused as SlackRefuses
from bot.platforms.slack import rotation
from bot.platforms.slack.rotation import Rotation
from bot.storage import outbox
from bot.storage.installations import StoredInstallations
from bot.storage.memory import MemoryStore
from bot.storage.outbox import StoredOutbox
from bot.storage.store import Store
from bot.storage.tables import deliveries, slack_bots, turns
from tests.platforms.slack.test_install import installed
from tests.platforms.slack.test_leaving import UNINSTALLED, is_there
from tests.platforms.slack.test_publisher import HELLO
from tests.platforms.slack.town import Replica, Town, now, town

HOUR = 3_600


@pytest.fixture
async def here(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """One workspace has installed the bot, and its token ends within the hour."""
    monkeypatch.setattr(rotation, "_LOOK_AGAIN", 0.02)
    async with town(MemoryStore()) as opened:
        await soon(opened)
        yield opened


async def soon(here: Town) -> None:
    await here.install(here.workspaces[0])
    await ends(here, now() + timedelta(minutes=50))


async def publish(here: Town, replica: Replica | None = None) -> None:
    workspace = here.workspaces[0]
    bot = (replica or here.replicas[0]).bot
    target = Target("slack", workspace.id, workspace.careers.id)
    await bot.publisher.publish(target, HELLO, "key", look_from=None)


def exchanges(here: Town) -> int:
    """How often a refresh token was brought to Slack."""
    return sum(call.arguments.get("grant_type") == "refresh_token" for call in here.slack.calls_of("oauth.v2.access"))


async def kept(here: Town) -> Bot:
    found = await here.keeper.find(here.workspaces[0].id)
    assert found is not None
    return found


async def ends(here: Town, at: datetime) -> None:
    """The access token reaches its end then, as we have it."""
    end = {"bot_token_expires_at": at.astimezone(UTC).replace(tzinfo=None)}
    await here.store.run(lambda tx: tx.execute(update(slack_bots).values(end)).close())
    await again(here)


async def ended(here: Town) -> None:
    """It has reached its end, for Slack too."""
    past = datetime(2026, 1, 1, tzinfo=UTC)
    for token in here.slack.oauth._tokens.values():
        token.expires = past
    await ends(here, past)


async def again(here: Town) -> None:
    """As if so much time had passed that another may try, and that nothing is remembered."""
    await here.store.run(lambda tx: tx.execute(delete(turns)).close())
    for replica in here.replicas:
        assert replica.bot._many is not None
        replica.bot._many.forget(here.workspaces[0].id)
        replica.bot._many._tried._seen.clear()


async def test_a_token_that_ends_soon_is_renewed_beside_the_answer_once(here: Town) -> None:
    before = await kept(here)
    for _ in range(3):
        assert "Start a heap" in await here.say(here.workspaces[0])
        await here.settled()
    after = await kept(here)
    assert exchanges(here) == 1
    assert after.bot_token == here.slack.oauth.tokens_of(here.workspaces[0])[-1] != before.bot_token
    assert after.bot_refresh_token != before.bot_refresh_token
    assert (after.bot_token_expires_at or 0) > now().timestamp() + 11 * HOUR
    assert after.installed_at == before.installed_at
    assert here.slack.refusals == []


async def test_one_that_is_good_for_hours_is_left_alone() -> None:
    async with town(MemoryStore()) as here:
        await here.install(here.workspaces[0])
        await publish(here)
        await here.settled()
        assert exchanges(here) == 0


async def test_a_digest_renews_a_token_that_has_ended_and_is_posted(here: Town) -> None:
    await ended(here)
    await publish(here)
    assert exchanges(here) == 1
    assert "Hello" in here.slack.seen_by(here.slack.grace, here.slack.careers)[-1].text
    assert here.slack.refusals == [], "the token that had ended was not tried"


async def test_a_digest_that_comes_while_slack_does_not_renew_the_token_is_posted_later(here: Town) -> None:
    async def hello(_: Delivery, at: object) -> Reply:
        del at
        return HELLO

    workspace, at = here.workspaces[0], now()
    target = Target("slack", workspace.id, workspace.careers.id)
    due = Delivery("d", "digest", target, {}, at, at + timedelta(hours=6))
    await here.store.run(lambda tx: outbox.put(tx, due))
    box, publishers = StoredOutbox(here.store), {"slack": here.bot.publisher}
    courier = Courier(box, publishers, {"digest": hello}, lambda: at, "owner", random.Random(1))  # noqa: S311 # jitter
    here.slack.fail("oauth.v2.access", SlackRefuses("internal_error"))
    await ended(here)
    await courier.deliver_due()
    await again(here)
    state = select(deliveries.c.state)
    assert await here.store.read(lambda tx: tx.scalar(state)) == "waiting"
    at += timedelta(hours=1)
    await courier.deliver_due()
    assert await here.store.read(lambda tx: tx.scalar(state)) == "delivered"


async def test_a_command_needs_no_token_and_waits_for_no_rotation(here: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await ended(here)
    renewed, opened = Rotation.renewed, asyncio.Event()

    async def held(self: Rotation, bot: Bot) -> Bot | None:
        await opened.wait()
        return await renewed(self, bot)

    monkeypatch.setattr(Rotation, "renewed", held)
    outcome = await here.slack.slash(here.slack.ada, here.slack.careers, "/career", "tip")
    assert (outcome.error, exchanges(here)) == ("", 0)
    assert "Start a heap" in outcome.says
    assert await here.bot._wires.me(here.workspaces[0].id) == here.workspaces[0].bot.id
    opened.set()
    await here.settled()
    assert exchanges(here) == 1, "it was begun"


async def test_a_token_that_ends_before_we_expect_it_is_renewed_and_the_call_made_once(here: Town) -> None:
    for token in here.slack.oauth._tokens.values():
        token.expires = now() - timedelta(hours=1)
    await publish(here)
    assert exchanges(here) == 1
    assert [message.text[:5] for message in here.workspaces[0].messages[here.slack.careers]] == ["Hello"]


async def test_two_replicas_exchange_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "_LOOK_AGAIN", 0.02)
    async with town(store, replicas=2) as here:
        await soon(here)
        for renew in (again, ended):
            await renew(here)
            before = exchanges(here)
            await asyncio.gather(*(publish(here, replica) for replica in here.replicas * 5))
            await here.settled()
            assert exchanges(here) == before + 1
        assert len(here.workspaces[0].messages[here.slack.careers]) == 20
        assert (await kept(here)).bot_token == here.slack.oauth.tokens_of(here.workspaces[0])[-1]


@pytest.mark.parametrize(
    "trouble", [CutBefore(), Http500(), SlackRefuses("internal_error"), SlackRefuses("bad_client_secret")]
)
async def test_an_exchange_that_was_not_made_is_made_later(
    here: Town, trouble: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    here.slack.fail("oauth.v2.access", trouble)
    before = await kept(here)
    await publish(here)
    await here.settled()
    assert (await kept(here)).bot_token == before.bot_token
    assert "Traceback" not in caplog.text
    await again(here)
    await publish(here)
    await here.settled()
    assert (await kept(here)).bot_token != before.bot_token


async def test_an_exchange_whose_answer_was_lost_leaves_the_old_token_until_its_end(
    here: Town, caplog: pytest.LogCaptureFixture
) -> None:
    here.slack.fail("oauth.v2.access", CutAfter())
    before = await kept(here)
    for _ in range(2):
        await publish(here)
        await here.settled()
        await again(here)
    assert (await kept(here)).bot_token == before.bot_token
    assert "invalid_refresh_token" in caplog.text
    await ended(here)
    with pytest.raises(Refused, match="install me again") as told:
        await publish(here)
    assert told.value.lasting
    assert await installed(here.store) == []
    assert "it has to install me again" in caplog.text
    assert await is_there(here.store, here.workspaces[0].id), "nobody has taken it out, so nothing of it may go"
    for secret in (before.bot_token, str(before.bot_refresh_token)):
        assert secret not in caplog.text
    await here.install(here.workspaces[0])
    await publish(here)


async def test_a_workspace_whose_token_was_lost_can_still_take_the_bot_out(here: Town) -> None:
    here.slack.oauth._refresh.clear()
    await ended(here)
    with pytest.raises(Refused, match="install me again"):
        await publish(here)
    assert await installed(here.store) == []
    assert (await here.slack.oauth.send(here.slack.oauth.uninstall(here.workspaces[0])[UNINSTALLED])).error == ""
    assert not await is_there(here.store, here.workspaces[0].id)


async def test_new_tokens_are_kept_once_the_database_is_back(here: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, tries = StoredInstallations.replace, 0

    async def away_twice(self: StoredInstallations, before: Bot, after: Bot) -> bool:
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise StorageUnavailable
        return await replace(self, before, after)

    monkeypatch.setattr(StoredInstallations, "replace", away_twice)
    await publish(here)
    await here.settled()
    assert (await kept(here)).bot_token == here.slack.oauth.tokens_of(here.workspaces[0])[-1]
    assert (exchanges(here), tries) == (1, 3)


async def test_as_it_stops_a_rotation_under_way_comes_to_its_end_and_none_is_begun(
    here: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.slack.app._LAST_ANSWERS", 0.0)
    before, keep = await kept(here), await held_back(here, monkeypatch)
    answering = here.bot._background.start(asyncio.Event().wait(), "an answer without an end")  # type: ignore[arg-type]
    closing = asyncio.create_task(here.bot.close())
    await asyncio.wait({answering})  # until answers are waited for no more
    keep.set()
    await closing
    assert (await kept(here)).bot_token == here.slack.oauth.tokens_of(here.workspaces[0])[-1] != before.bot_token
    assert here.bot._many is not None
    await ended(here)
    found = await here.bot._many.of(here.workspaces[0].id)
    assert found is not None
    assert exchanges(here) == 1


async def test_a_rotation_that_is_torn_as_it_stops_is_told_with_its_workspace(
    here: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.platforms.slack.app._LAST_ROTATIONS", 0.0)
    await held_back(here, monkeypatch)
    await here.bot.close()
    (told,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert here.workspaces[0].id in told
    assert "install me again" in told


async def held_back(here: Town, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """A rotation is under way, and what it brought is kept once the event is set."""
    replace, reached, keep = StoredInstallations.replace, asyncio.Event(), asyncio.Event()

    async def held(self: StoredInstallations, before: Bot, after: Bot) -> bool:
        reached.set()
        await keep.wait()
        return await replace(self, before, after)

    monkeypatch.setattr(StoredInstallations, "replace", held)
    await publish(here)
    await reached.wait()
    return keep


async def test_what_is_known_goes_on_while_the_database_is_away(here: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await publish(here)
    await here.settled()

    async def away(*_: object) -> None:
        raise StorageUnavailable

    monkeypatch.setattr(StoredInstallations, "find", away)
    assert here.bot._many is not None
    monkeypatch.setattr(here.bot._many, "_now", lambda: 1e12)
    await publish(here)
    assert "Start a heap" in await here.say(here.workspaces[0])


async def test_a_rotation_that_ends_after_an_uninstallation_brings_nothing_back(here: Town) -> None:
    before = await kept(here)
    after = Bot(**before.to_dict_for_copying())
    after.bot_token = "xoxe.xoxb-1-late"  # noqa: S105 # of this test only
    assert await here.keeper.remove(here.workspaces[0].id, now())
    assert not await here.keeper.replace(before, after)
    assert await installed(here.store) == []
