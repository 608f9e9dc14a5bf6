"""Slack's tokens at rest: sealed wherever the database is written, and sealed anew with a new key."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from slack_sdk.oauth.installation_store import Bot, Installation
from sqlalchemy import func, select
from typer.testing import CliRunner

from bot.cli import db
from bot.core.weekly import Weekly
from bot.delivery.outbox import Target
from bot.storage import upkeep
from bot.storage.digests import StoredDigests
from bot.storage.installations import StoredInstallations, StoredStates, rekey
from bot.storage.opening import open_store
from bot.storage.sealing import Seals, new_key
from bot.storage.store import Store, StoreError
from bot.storage.tables import slack_bots, workspaces

OLD, NEW = new_key(), new_key()
NOW = datetime(2026, 11, 23, 9, 0, 0, 123_456, tzinfo=UTC)


def installation(team: str = "T1", *, at: datetime = NOW, number: int = 0) -> Installation:
    return Installation(
        app_id="A1", team_id=team, team_name="Makers", enterprise_id="E1", bot_token=f"xoxe.xoxb-1-{team}-{number}",
        bot_id="B1", bot_user_id="U0BOT", bot_scopes="commands,chat:write", bot_refresh_token=f"xoxe-1-{team}-{number}",
        bot_token_expires_at=int((at + timedelta(hours=12)).timestamp()), user_id="U1", user_token="xoxp-1",  # noqa: S106 # made up
        installed_at=at.timestamp(),
    )  # fmt: skip


def rotated(before: Bot, number: int) -> Bot:
    after = Bot(**before.to_dict_for_copying())
    after.bot_token, after.bot_refresh_token = f"xoxe.xoxb-1-T1-{number}", f"xoxe-1-T1-{number}"
    return after


async def rows(store: Store) -> int:
    return await store.read(lambda tx: tx.scalar(select(func.count()).select_from(slack_bots)) or 0)


async def test_an_installation_comes_back_as_it_was_but_for_who_made_it(store: Store) -> None:
    kept = StoredInstallations(store, Seals(OLD), "1.2")
    await kept.async_save(installation())
    found = await kept.find("T1")
    assert found is not None
    assert (found.bot_token, found.bot_refresh_token) == ("xoxe.xoxb-1-T1-0", "xoxe-1-T1-0")
    assert (found.bot_user_id, found.bot_scopes, found.team_name) == ("U0BOT", ["commands", "chat:write"], "Makers")
    assert found.installed_at == NOW.timestamp()
    assert found.bot_token_expires_at == int((NOW + timedelta(hours=12)).timestamp())
    (row,) = await store.read(lambda tx: list(tx.execute(select(slack_bots)).mappings()))
    assert not any(prefix in str(row) for prefix in ("xoxb-", "xoxe-", "xoxp-"))
    assert (row["enterprise_id"], "user_id" in row) == (None, False)
    assert await kept.find("T2") is None
    assert await StoredInstallations(store, Seals(OLD), "another app").find("T1") is None


async def test_a_workspace_has_one_row_however_often_it_installs_and_rotates(store: Store) -> None:
    kept = StoredInstallations(store, Seals(OLD), "1.2")
    for day in range(3):
        await kept.async_save(installation(at=NOW + timedelta(days=day)))
        for number in range(1, 4):
            before = await kept.find("T1")
            assert before is not None
            assert await kept.replace(before, rotated(before, 10 * day + number))
    assert await rows(store) == 1
    found = await kept.find("T1")
    assert found is not None
    assert found.bot_token == "xoxe.xoxb-1-T1-23"  # noqa: S105 # made up
    assert found.installed_at == (NOW + timedelta(days=2)).timestamp()


async def test_only_tokens_that_are_still_there_are_replaced_or_removed(store: Store) -> None:
    kept = StoredInstallations(store, Seals(OLD), "1.2")
    await kept.async_save(installation())
    first = await kept.find("T1")
    assert first is not None
    assert await kept.replace(first, rotated(first, 1))
    assert not await kept.replace(first, rotated(first, 2)), "somebody was quicker"
    assert not await kept.remove("T1", NOW, token=first.bot_token)
    assert await kept.remove("T1", NOW, token="xoxe.xoxb-1-T1-1")  # noqa: S106 # made up
    assert not await kept.remove("T1", NOW)
    assert await kept.find("T1") is None


async def test_a_workspace_whose_tokens_are_lost_is_not_left_and_its_digests_go_on_after_a_new_installation(
    store: Store,
) -> None:
    kept, weekly = StoredInstallations(store, Seals(OLD), "1.2"), StoredDigests(store)
    await kept.async_save(installation())
    target = Target("slack", "T1", "C1")
    digest = await weekly.subscribe(target, Weekly("UTC", 2, time(9)), "U1", "Ada", NOW)

    async def due() -> datetime | None:
        found = await weekly.of_target(target)
        assert found is not None
        return found.due

    assert not await kept.lose("T1", NOW, token="another")  # noqa: S106 # made up
    assert await due() == digest.due
    found = await kept.find("T1")
    assert found is not None
    assert await kept.lose("T1", NOW, token=found.bot_token)
    assert (await kept.find("T1"), await due()) == (None, None)
    assert await store.read(lambda tx: tx.scalar(select(workspaces.c.left))) is None
    await kept.async_save(installation())
    assert await due() == digest.due
    found = await kept.find("T1")
    assert found is not None
    assert await kept.lose("T1", NOW, token=found.bot_token)
    assert await kept.remove("T1", NOW, token="")
    assert await store.read(lambda tx: tx.scalar(select(workspaces.c.left))) is not None


async def test_a_turn_is_one_replicas_until_it_is_over(store: Store) -> None:
    one, two = (StoredInstallations(store, Seals(OLD), "1.2") for _ in range(2))
    minute = timedelta(minutes=1)
    assert await one.turn("T1", NOW, NOW + minute)
    assert not await two.turn("T1", NOW + minute / 2, NOW + 2 * minute)
    assert await two.turn("T2", NOW, NOW + minute)
    assert await two.turn("T1", NOW + minute, NOW + 2 * minute)
    assert not await one.turn("T1", NOW + minute, NOW + 2 * minute)


async def test_a_state_is_good_once_and_a_strange_one_never(store: Store) -> None:
    states = StoredStates(store, timedelta(minutes=10))
    first, second = await states.async_issue(), await states.async_issue()
    assert first != second
    assert [await states.async_consume(state) for state in (first, first, second, "", "x" * 10_000)] == [
        True, False, True, False, False,
    ]  # fmt: skip


# ── at rest ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[Path]:
    """A database that is in use, with a workspace whose tokens were rotated."""
    path = tmp_path / "bot.sqlite3"
    async with open_store(f"sqlite:///{path}") as store:
        kept = StoredInstallations(store, Seals(OLD), "1.2")
        await kept.async_save(installation())
        before = await kept.find("T1")
        assert before is not None
        assert await kept.replace(before, rotated(before, 1))
        yield path


async def test_no_byte_of_a_token_is_in_the_file_in_its_log_or_in_a_backup(file: Path) -> None:
    backup = file.with_name("backup.sqlite3")
    await upkeep.backup(f"sqlite:///{file}", backup)
    written = {path.name: path.read_bytes() for path in file.parent.iterdir()}
    assert {"bot.sqlite3", "bot.sqlite3-wal", "backup.sqlite3"} <= set(written)
    assert any(b"Makers" in held for name, held in written.items() if name.startswith("bot"))
    assert b"Makers" in written["backup.sqlite3"], "what is looked through is what was written"
    for name, held in written.items():
        assert not any(prefix in held for prefix in (b"xoxb-", b"xoxe-", b"xoxe.", b"xoxp-")), name


async def test_a_backup_goes_into_either_engine_with_its_tokens(file: Path, url: str) -> None:
    backup = file.with_name("backup.sqlite3")
    await upkeep.backup(f"sqlite:///{file}", backup)
    await upkeep.restore(url, backup, force=False)
    async with open_store(url) as store:
        kept = StoredInstallations(store, Seals(OLD), "1.2")
        found = await kept.find("T1")
        assert found is not None
        assert found.bot_token == "xoxe.xoxb-1-T1-1"  # noqa: S105 # made up
        await kept.async_save(installation("T2"))
        assert await rows(store) == 2


# ── keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_with_a_new_key_everything_is_sealed_anew_and_the_old_key_may_go(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.installations._ARMFUL", 2)
    async with open_store(url) as store:
        kept = StoredInstallations(store, Seals(OLD), "1.2")
        for number in range(5):
            await kept.async_save(installation(f"T{number}"))
    assert await rekey(url, f"{NEW},{OLD}") == 5
    async with open_store(url) as store:
        for number in range(5):
            found = await StoredInstallations(store, Seals(NEW), "1.2").find(f"T{number}")
            assert found is not None
            assert found.bot_refresh_token == f"xoxe-1-T{number}-0"
        with pytest.raises(StoreError, match="Put the key back"):
            await StoredInstallations(store, Seals(OLD), "1.2").find("T1")


async def test_a_key_that_is_missing_is_named_and_nothing_is_lost(url: str) -> None:
    async with open_store(url) as store:
        await StoredInstallations(store, Seals(OLD), "1.2").async_save(installation())
    with pytest.raises(StoreError, match="CAREERBOT_SECRET_KEYS"):
        await rekey(url, NEW)
    async with open_store(url) as store:
        with pytest.raises(StoreError, match="nothing is lost"):
            await StoredInstallations(store, Seals(NEW), "1.2").readable()
        await StoredInstallations(store, Seals(f"{NEW}, {OLD}"), "1.2").readable()


@pytest.mark.parametrize("keys", ["", " , ", "short", f"{'A' * 43}=,short"])
def test_what_is_no_key_is_refused_without_being_shown(keys: str) -> None:
    with pytest.raises(StoreError, match="careerbot db key") as told:
        Seals(keys)
    assert "short" not in str(told.value)


async def test_the_operators_commands_make_a_key_and_seal_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'bot.sqlite3'}"
    async with open_store(url) as store:
        await StoredInstallations(store, Seals(OLD), "1.2").async_save(installation())
    made = CliRunner().invoke(db.cli, ["key"]).output.strip()
    Fernet(made)  # raises for what is no key
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("CAREERBOT_SECRET_KEYS", f"{made},{OLD}")
    said = await asyncio.to_thread(lambda: CliRunner().invoke(db.cli, ["rekey"]).output)
    assert said == "Sealed with the first key now: the tokens of 1 workspace.\n"
    async with open_store(url) as store:
        assert await StoredInstallations(store, Seals(made), "1.2").find("T1")
