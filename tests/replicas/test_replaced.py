"""Two replicas in HTTP mode on one PostgreSQL, behind a load balancer, for three workspaces that installed by OAuth.

They are killed and restarted one after another while people talk. What a replica acknowledged is done, and shown; what
it did not, the person does again, and it counts once.
"""

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import Connection, select

from bot.demo.slack import LocalSlack
from bot.demo.slack.workspace import Workspace
from bot.storage import upkeep
from bot.storage.opening import open_store
from bot.storage.sealing import new_key
from bot.storage.tables import answers, identities, ledger, rotation
from tests.replicas.load import Crowd, Seen
from tests.replicas.proxy import Proxy, proxying
from tests.replicas.replica import Replica, free_port


@dataclass(frozen=True)
class Talk:
    """How much is said at least, by how many people of each workspace, so many at once."""

    actions: int
    at_once: int
    people: int


async def replace(replica: Replica, how: signal.Signals, proxy: Proxy) -> int:
    """End a replica, start it again, and wait until it is served; its exit status."""
    status = await replica.end(how)
    await replica.start()
    await asyncio.wait_for(proxy.until_ready_again(replica.url), 30)
    return status


async def replace_in_turn(
    replicas: list[Replica], ways: Sequence[signal.Signals], proxy: Proxy, statuses: Counter[int]
) -> None:
    """For ever: each of them in one way, then each in the next."""
    for how in cycle(ways):
        for replica in replicas:
            statuses[await replace(replica, how, proxy)] += 1


def kept_answers(tx: Connection) -> dict[tuple[str, str], list[str]]:
    rows = tx.execute(
        select(identities.c.workspace, identities.c.user, answers.c.asked)
        .join(answers, answers.c.learner == identities.c.learner)
        .order_by(answers.c.asked)
    )
    kept: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        kept.setdefault((row.workspace, row.user), []).append(row.asked)
    return kept


def counted_days(tx: Connection) -> Counter[tuple[str, object]]:
    return Counter((row.learner, row.day) for row in tx.execute(select(ledger).where(ledger.c.kind == "answered")))


def taken_tips(tx: Connection) -> dict[tuple[str, str], int]:
    return {(row.workspace, row.user): row.taken for row in tx.execute(select(rotation))}


async def hold(url: str, seen: Seen, teams: list[str]) -> None:
    """All that was acknowledged is there, once, and nothing else is."""
    assert (await upkeep.check(url)).faults == ()
    async with open_store(url, look=True) as store:
        kept, days, tips = await store.read(lambda tx: (kept_answers(tx), counted_days(tx), taken_tips(tx)))
    for account, acknowledged in seen.answered.items():
        assert set(acknowledged) <= set(kept[account])
    for account, asked in kept.items():
        assert len(asked) == len(set(asked))
        assert set(asked) <= seen.tried[account]
    assert set(days.values()) == {1}
    for account, told in seen.tips.items():
        assert len(told) == len(set(told)) <= tips[account]
    assert {workspace for workspace, _ in kept} == set(teams)
    assert seen.silent == []
    assert seen.foreign == []


def settings_for(slack: LocalSlack, proxy: Proxy, database: str) -> dict[str, str]:
    """Of each replica: many workspaces, and people who talk faster than people do."""
    slack.oauth.redirect_urls = {f"{proxy.url}/slack/oauth_redirect"}
    return {
        "DATABASE_URL": database, "SLACK_API_URL": slack.api_url, "CAREERBOT_PUBLIC_URL": proxy.url,
        "SLACK_CLIENT_ID": slack.oauth.client_id, "SLACK_CLIENT_SECRET": slack.oauth.client_secret,
        "SLACK_SIGNING_SECRET": slack.signing_secret, "CAREERBOT_SECRET_KEYS": new_key(),
        "CAREERBOT_REQUESTS_PER_MINUTE": "0",
    }  # fmt: skip


async def install(slack: LocalSlack, proxy: Proxy, workspace: Workspace) -> None:
    """By the pages, as a browser would; any replica may have the next step."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as web:
        async with web.get(f"{proxy.url}/slack/install", allow_redirects=False) as begun:
            asked, cookies = begun.headers["Location"], {name: kept.value for name, kept in begun.cookies.items()}
        form = {"team": workspace.id, "do": "allow"}
        async with web.post(asked, data=form, allow_redirects=False) as pressed:
            back = pressed.headers["Location"]
        async with web.get(back, cookies=cookies) as page:
            assert page.status == 200, await page.text()
    assert slack.oauth.tokens_of(workspace)


def secrets_of(slack: LocalSlack, workspaces: list[Workspace], settings: Mapping[str, str]) -> list[str]:
    tokens = [token for workspace in workspaces for token in slack.oauth.tokens_of(workspace)]
    named = ("SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET", "CAREERBOT_SECRET_KEYS")
    return [*tokens, *(settings[name] for name in named)]


async def talked(
    database: str, folder: Path, talk: Talk, ways: Sequence[signal.Signals], **more: str
) -> tuple[Seen, Counter[int]]:
    """What people saw while replicas were ended in these ways, one after the other; and how those ended.

    However quickly they are answered, they talk on until each replica has been ended, and is back.
    """
    statuses = Counter[int]()
    async with LocalSlack(event_retry_seconds=(0.2, 2, 5)) as slack, proxying(free_port()) as proxy:
        settings = settings_for(slack, proxy, database) | more
        replicas = [Replica(settings, folder / f"replica-{number}.log") for number in range(2)]
        proxy.use(*(replica.url for replica in replicas))
        try:
            for replica in replicas:
                await replica.start()
            for replica in replicas:
                await asyncio.wait_for(proxy.until_ready_again(replica.url), 30)
            slack.deliver_to(f"{proxy.url}/slack/events")
            workspaces = [slack.workspace, slack.add_workspace("Tea House"), slack.add_workspace("Print Shop")]
            for workspace in workspaces:
                await install(slack, proxy, workspace)
            crowd = Crowd(slack, workspaces, talk.people, seed=7)
            replacing = asyncio.create_task(replace_in_turn(replicas, ways, proxy, statuses))
            await crowd.act(talk.actions, talk.at_once, lambda: replacing.done() or statuses.total() >= len(replicas))
            replacing.cancel()
            with suppress(asyncio.CancelledError):
                await replacing
            await slack.quiet(0.5, within=10)
        finally:
            for replica in replicas:
                await replica.end(signal.SIGTERM)
        logs = "".join(replica.log.read_text("utf-8") for replica in replicas)
        assert "Traceback" not in logs
        assert not any(secret in logs for secret in secrets_of(slack, workspaces, settings))
        seen = crowd.seen
    await hold(database, seen, [workspace.id for workspace in workspaces])
    sys.stdout.write(
        f"{seen.actions} actions, {seen.acknowledged} acknowledged, not: {dict(seen.unacknowledged)}; "
        f"{sum(map(len, seen.answered.values()))} answers; ends: {dict(statuses)}; served: {dict(proxy.served)}\n"
    )
    return seen, statuses


SMALL, LARGE = Talk(200, at_once=8, people=8), Talk(2000, at_once=24, people=20)


@pytest.mark.parametrize("talk", [SMALL, pytest.param(LARGE, marks=pytest.mark.slow)], ids=["small", "large"])
async def test_nothing_acknowledged_is_lost_and_nothing_counts_twice_while_replicas_are_killed_and_restarted(
    postgres: Callable[[], str], tmp_path: Path, talk: Talk
) -> None:
    _, statuses = await talked(postgres(), tmp_path, talk, (signal.SIGKILL, signal.SIGTERM))
    assert statuses[-signal.SIGKILL] >= 2
    assert set(statuses) <= {0, -signal.SIGKILL}


@pytest.mark.slow
async def test_a_rolling_restart_loses_no_interaction_at_all(postgres: Callable[[], str], tmp_path: Path) -> None:
    """A replica that is told to stop says so first, and serves on until the load balancer has seen it."""
    seen, statuses = await talked(postgres(), tmp_path, LARGE, (signal.SIGTERM,), CAREERBOT_DRAIN_SECONDS="3")
    assert seen.unacknowledged == {}
    assert set(statuses) == {0}
