"""The weekly digest on the command line: what would be posted, and what became of what was."""

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from simcord.components import validate_message_state

from bot import content
from bot.core.catalog import Catalog, Tip
from bot.core.weekly import Weekly, week_name
from bot.delivery.outbox import Outcome, State, Target
from bot.demo.slack.payloads import check_message
from bot.digests.compose import Issue, People, compose
from bot.digests.port import Subscription, issue_of
from bot.platforms.slack import render as slack
from bot.storage import outbox
from bot.storage.digests import KIND, StoredDigests
from bot.storage.opening import open_store
from bot.storage.store import Store
from tests.conftest import GARDENER
from tests.test_command_line import careerbot, clean

PREVIEW = ("preview", "digest")


# ── preview ───────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_week_is_shown_as_it_would_be_posted_and_no_database_is_made(
    tmp_path: Path, ai_engineer: Catalog
) -> None:
    status, out, err = await careerbot(tmp_path, *PREVIEW, "--week", "2026-W49")
    assert status == 0
    assert compose(ai_engineer, Issue(date(2026, 11, 30), "preview", "preview"), People()).title in out
    assert err.startswith("Left out: who learns in the place, and who set the digest up.")
    again, other = await asyncio.gather(
        careerbot(tmp_path, *PREVIEW, "--week", "2026W49"), careerbot(tmp_path, *PREVIEW, "--week", "2026-W50")
    )
    assert again[1] == out
    assert other[1] != out
    assert os.listdir(tmp_path) == []  # noqa: PTH208 # nothing waits for a disk here


async def test_without_a_week_it_is_this_one_and_of_the_pack_that_is_named(tmp_path: Path) -> None:
    status, out, _ = await careerbot(tmp_path, *PREVIEW, "--pack", GARDENER)
    year, week, _ = datetime.now(UTC).isocalendar()
    named = await careerbot(tmp_path, *PREVIEW, "--pack", GARDENER, "--week", f"{year}-W{week:02}")
    assert (status, out) == named[:2]
    assert any(tip.title in out for tip in content.load(content.find(GARDENER)).all(Tip))


@pytest.mark.parametrize("week", ["soon", "2026-W60", "", "49"])
async def test_a_week_that_there_is_not_is_named_with_how_to_write_one(tmp_path: Path, week: str) -> None:
    expected = f"I know no week “{week}”. Write it like 2026-W49.\n"
    assert await careerbot(tmp_path, *PREVIEW, "--week", week) == (1, "", expected)


async def test_for_slack_it_is_the_very_message_that_a_channel_gets(tmp_path: Path, ai_engineer: Catalog) -> None:
    _, out, _ = await careerbot(
        tmp_path, *PREVIEW, "--week", "2026-W49", "--platform", "slack", "--place", "slack/T1/C1"
    )
    messages = json.loads(out)
    assert [check_message(message, lambda reference: True) for message in messages] == [[] for _ in messages]
    one = Subscription("s", Target("slack", "T1", "C1"), Weekly("UTC", 0, time(9)), "U1", "Ada")
    reply = compose(ai_engineer, issue_of(one, date(2026, 11, 30), datetime(2026, 11, 30, 9, tzinfo=UTC)), People())
    posted = slack.render(reply, dict.fromkeys(slack.charts(reply), "F1"))
    assert [message["text"].split("\n\nSource:")[0] for message in messages] == [
        message.text.split("\n\nSource:")[0] for message in posted
    ]


async def test_a_chart_is_shown_as_the_picture_that_it_will_be(tmp_path: Path, ai_engineer: Catalog) -> None:
    mondays = (date(2026, 1, 5) + timedelta(weeks=n) for n in range(52))
    made = ((monday, compose(ai_engineer, Issue(monday, "preview", "preview"), People())) for monday in mondays)
    with_chart = next(monday for monday, reply in made if slack.charts(reply))
    words = (*PREVIEW, "--week", week_name(with_chart), "--platform")
    _, out, err = await careerbot(tmp_path, *words, "slack")
    pictures = [block for message in json.loads(out) for block in message["blocks"] if block["type"] == "image"]
    assert [picture["slack_file"] for picture in pictures] == [{"id": "F0PREVIEW"}]
    assert "F0PREVIEW stands for the chart's picture" in err
    _, out, _ = await careerbot(tmp_path, *words, "discord")
    assert json.loads(out)[0]["attachments"] == [{"id": 0, "filename": "chart-1.png"}]


async def test_for_discord_it_is_a_message_that_discord_takes(tmp_path: Path) -> None:
    _, out, _ = await careerbot(tmp_path, *PREVIEW, "--week", "2026-W49", "--platform", "discord")
    for message in json.loads(out):
        assert message["flags"] == 1 << 15
        assert message["allowed_mentions"] == {"parse": []}
        validate_message_state(message["components"], flags=1 << 15, content=None, embeds=[], poll=None)


# ── digests ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """As a running bot holds it."""
    async with open_store(f"sqlite:///{tmp_path / 'careerbot.sqlite3'}") as opened:
        yield opened


async def filled(store: Store) -> datetime:
    """A channel with a post that failed and one that is due since a minute; one that is paused; and a person. Now."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    digests, due = StoredDigests(store), now - timedelta(minutes=1)
    when = Weekly("UTC", due.weekday(), due.time().replace(tzinfo=None))
    await digests.subscribe(Target("slack", "T1", "C-CAREERS"), when, "U-ADA", "Lovelace", now - timedelta(days=8))
    paused = await digests.subscribe(Target("slack", "T1", "C-OLD"), when, "U-ADA", "Lovelace", due)
    await digests.change(paused.id, lambda old: replace(old, paused=date.max, failed=3), now)
    own = Target("discord", "", user="U-GRACE")
    await digests.subscribe(own, Weekly("Europe/Berlin", 4, time(17)), "U-GRACE", "Hopper", now)
    await digests.tick(now)
    await end(store, now, Outcome(State.FAILED, "the channel is \x1b[31marchived"))
    return now


async def end(store: Store, now: datetime, outcome: Outcome) -> None:
    """What has waited the longest comes to this end."""
    (claimed,) = await store.run(
        lambda tx: outbox.claim(tx, "me", now, now + timedelta(minutes=1), ["slack"], set(), 1)
    )
    assert claimed.delivery.kind == KIND
    await store.run(lambda tx: outbox.mark(tx, claimed.delivery, "me", outcome, now))


def secret(out: str) -> list[str]:
    return [trace for trace in ("ADA", "GRACE", "Lovelace", "Hopper", "\x1b") if trace in out]


async def test_they_are_listed_beside_a_running_bot_and_never_say_who(tmp_path: Path, store: Store) -> None:
    assert "No digest is set up." in (await careerbot(tmp_path, "digests"))[1]
    now = await filled(store)
    status, out, err = await careerbot(tmp_path, "digests", COLUMNS="160")
    assert (status, err) == (0, "")
    assert "Due in the last hour, or not over yet: 1. Over: 0. In all: 1 waiting." in out
    assert re.search(rf"slack +│ \w+days at \d\d:\d\d +│ {now + timedelta(days=7, minutes=-1):%Y-%m-%d %H:%M}", out)
    assert re.search(r"W\d\d failed: the channel is \[31marchived", out)
    assert "C-CAREERS" in out
    assert re.search(r"slack +│ .* │ paused +│ Nothing has been due yet\.", out)
    assert "3 failed in a row" in out
    assert re.search(r"discord +│ Fridays at 17:00 +│", out)
    assert re.search(r"one person +│ Europe/Berlin +│", out)
    assert secret(out) == []


async def test_as_data_each_says_where_when_and_what_became_of_it(tmp_path: Path, store: Store) -> None:
    now = await filled(store)
    await end(store, now, Outcome(State.DELIVERED, message="https://makers.slack.example/p1"))
    status, out, _ = await careerbot(tmp_path, "digests", "--json", "--watch")
    assert status == 0
    assert secret(out) == []
    data = json.loads(out)
    assert {state: many for state, many in data["lately"].items() if many} == {"delivered": 1}
    careers, old, own = data["subscriptions"]
    following = (now + timedelta(days=7, minutes=-1)).isoformat()
    known: dict[str, Any] = {"platform": "slack", "workspace": "T1", "channel": "C-CAREERS", "next": following}
    assert careers.items() >= {**known, "zone": "UTC", "paused": False, "failed_weeks": 0}.items()
    assert [(one["state"], one["post"]) for one in careers["last"]] == [
        ("delivered", "https://makers.slack.example/p1"),
        ("failed", None),
    ]
    assert (old["next"], old["paused"], old["paused_until"], old["failed_weeks"], old["last"]) == (
        None, True, None, 3, [],
    )  # fmt: skip
    assert (own["workspace"], own["channel"], own["weekday"], own["time"]) == (None, None, "friday", "17:00")


async def test_without_a_database_it_says_how_to_make_one(tmp_path: Path) -> None:
    status, out, err = await careerbot(tmp_path, "digests")
    assert (status, out) == (1, "")
    assert "Make it with: careerbot db upgrade" in err


async def test_where_nobody_watches_it_looks_once(tmp_path: Path, store: Store) -> None:
    await filled(store)
    looked = await careerbot(tmp_path, "digests", "--watch")
    assert looked == await careerbot(tmp_path, "digests")


async def test_in_a_terminal_it_goes_on_looking_until_it_is_told_to_stop(tmp_path: Path, store: Store) -> None:
    pty = pytest.importorskip("pty")
    now = await filled(store)
    here, there = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "digests", "--watch",
        cwd=tmp_path, env=clean(tmp_path, TERM="xterm", COLUMNS="160", LINES="60"), stdin=there, stdout=there,
        stderr=there, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    os.close(there)
    try:
        await seen(here, "Over: 0. In all: 1 waiting.")
        await end(store, now, Outcome(State.DELIVERED))
        await seen(here, "Over: 1. In all: 1 delivered.")
        process.send_signal(signal.SIGINT)
        rest, status = await asyncio.gather(asyncio.to_thread(drained, here), asyncio.wait_for(process.wait(), 10))
        assert status == 130
        assert "Traceback" not in rest
        assert "Aborted" not in rest
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(here)


async def seen(terminal: int, wanted: str) -> None:
    """Read what appears on a terminal until these words do."""
    read = ""
    async with asyncio.timeout(30):
        while wanted not in read:
            read += (await asyncio.to_thread(os.read, terminal, 65_536)).decode(errors="replace")


def drained(terminal: int) -> str:
    """All that still appears until nobody writes there any more, which Linux tells as an error."""
    read = b""
    with contextlib.suppress(OSError):
        while more := os.read(terminal, 65_536):
            read += more
    return read.decode(errors="replace")
