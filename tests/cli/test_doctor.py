"""The doctor asks Slack, Discord and this machine; each thing that is wrong is named, with what to do."""

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from slack_sdk.oauth.installation_store import Installation

from bot import settings
from bot.cli import doctor
from bot.core.weekly import Weekly
from bot.delivery.outbox import Target
from bot.demo.slack import LocalSlack
from bot.demo.slack.faults import CutBefore, Slow
from bot.operations.health import Health
from bot.platforms.checkup import Finding, clock
from bot.platforms.slack import checkup as slack_checkup
from bot.platforms.slack.manifest import SCOPES
from bot.storage.digests import StoredDigests
from bot.storage.installations import StoredInstallations
from bot.storage.opening import open_store
from bot.storage.sealing import Seals, new_key
from tests.conftest import GARDENER
from tests.doubles.discord_rest import DiscordRest, discord_at
from tests.operations.conftest import served

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4" + ".Gabcde." + "x" * 27
WHEN = Weekly("Europe/Berlin", 0, time(9))


class Patient:
    """What the doctor is to look at: settings, two platforms, a database with digests."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, slack: LocalSlack, discord: DiscordRest) -> None:
        self.slack, self.discord = slack, discord
        self.url = f"sqlite:///{folder / 'bot.sqlite3'}"
        monkeypatch.chdir(folder)
        for row in settings.rows():
            monkeypatch.delenv(row.name, raising=False)
        self.set = monkeypatch.setenv
        self.set("DATABASE_URL", self.url)
        self.set("CAREERBOT_HTTP_PORT", "0")
        self.set("CAREERBOT_PACK", GARDENER)  # a small one is read faster
        self.set("SLACK_BOT_TOKEN", slack.bot_token)
        self.set("SLACK_APP_TOKEN", slack.app_token)
        self.set("SLACK_API_URL", slack.api_url)
        self.set("DISCORD_TOKEN", TOKEN)
        self.set("DISCORD_API_URL", discord.api_url)
        slack.workspace.scopes = tuple(SCOPES)
        discord.token = TOKEN

    async def digest_in(self, *targets: Target) -> None:
        async with open_store(self.url) as store:
            for target in targets:
                await StoredDigests(store).subscribe(target, WHEN, "ada", "Ada", datetime.now(UTC))

    async def examined(self, *, offline: bool = False) -> dict[str, Finding]:
        """What is found, by what was looked at. In a thread, as the doctor has a loop of its own."""
        found = await asyncio.to_thread(doctor.examine, offline=offline)
        return {finding.what: finding for finding in found.all}

    async def bad(self) -> dict[str, str]:
        return {what: finding.says for what, finding in (await self.examined()).items() if finding.state == "bad"}


@pytest.fixture
async def patient(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Patient]:
    async with LocalSlack() as slack, DiscordRest() as discord:
        with discord_at(discord.api_url):  # it is the whole process's, and is put back
            yield Patient(monkeypatch, tmp_path, slack, discord)


async def test_when_all_is_well_it_says_so_of_each_thing_and_changes_nothing(patient: Patient) -> None:
    town = patient.discord.town
    await patient.digest_in(
        Target("slack", patient.slack.workspace.id, patient.slack.careers),
        Target("discord", town.guild, town.add_channel("careers").id),
    )
    found = await patient.examined()
    assert {finding.state for finding in found.values()} == {"good", "note"}
    assert {what for what, finding in found.items() if finding.state == "note"} == {"DISCORD_API_URL", "SLACK_API_URL"}
    assert found["Slack"].says == "I am @careerbot in Makers Guild"
    assert found["Discord"].says == "I am careerbot#0000"
    for what in ("Slack's digests", "Discord's digests"):
        assert found[what].says == "channels looked at: 1 of 1"
    for what in ("Slack's clock", "Discord's clock", "Slack's scopes", "Discord's intents", "Socket Mode", "Disk"):
        assert found[what].state == "good"
    assert "up to date, at revision" in found["DATABASE_URL"].says
    assert patient.slack.refusals == []
    assert patient.discord.counts()["made"] == 0


async def test_a_channel_in_which_the_digest_could_not_be_posted_is_named_with_what_to_do(patient: Patient) -> None:
    town = patient.discord.town
    silent = town.add_channel("silent")
    silent.send = silent.history = False
    gone = town.add_channel("gone")
    gone.gone = True
    team = patient.slack.workspace.id
    await patient.digest_in(
        Target("slack", team, patient.slack.general),
        Target("discord", town.guild, silent.id),
        Target("discord", town.guild, gone.id),
        Target("discord", "99", "98"),
    )
    bad = await patient.bad()
    assert "I am not in that channel" in bad["Slack, #general"]
    assert "send messages; attach files, for the pictures; read the message history" in bad["Discord, #silent"]
    assert "I cannot see that channel" in bad[f"Discord, {gone.id}"]
    assert bad["Discord server 99"] == "I am not in that server any more; it still has a digest"
    assert not any("**" in says for says in bad.values())


def test_what_is_named_as_markup_is_shown_as_it_is_named() -> None:
    found = Finding("bad", "Discord, #[/jobs] [bold]", "[red]I am not in it[/red]", "Invite [me].")
    shown = StringIO()
    Console(file=shown, width=120).print(doctor.render(doctor.Findings((found,))))
    assert all(part in shown.getvalue() for part in (found.what, found.says, found.mend))


async def test_what_comes_next_is_to_mend_where_something_is_wrong_and_else_to_run(patient: Patient) -> None:
    assert (await patient.examined(offline=True))["Next"] == Finding("good", "Next", "careerbot run")
    patient.set("SLACK_APP_TOKEN", "xoxb-wrong")
    told = (await patient.examined(offline=True))["Next"]
    assert (told.state, told.says) == ("note", "mend what is marked ✗, then: careerbot doctor")


async def test_where_it_sends_people_in_the_readme_there_is_such_a_place(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = (Path(doctor.__file__).parents[2] / "README.md").read_text("utf-8")
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "DISCORD_TOKEN"):
        monkeypatch.delenv(name)
    found = await patient.examined(offline=True)
    assert found["Next"].says == "no platform is set up yet"
    patient.set("SLACK_CLIENT_ID", "1.2")
    told = [*found.values(), *(await patient.examined(offline=True)).values()]
    places = {place for finding in told for place in re.findall(r"README, “(.+?)”", finding.mend)}
    assert len(places) == 3
    assert [place for place in places if f"## {place}\n" not in readme and f"**{place}.**" not in readme] == []


async def test_tokens_that_are_refused_and_scopes_that_lack_are_told_without_a_token(patient: Patient) -> None:
    patient.slack.workspace.scopes = ("chat:write", "commands")
    patient.set("SLACK_APP_TOKEN", "xapp-wrong")
    patient.discord.token = "another"  # noqa: S105 # of this test only
    bad = await patient.bad()
    assert set(bad) == {"Slack's scopes", "SLACK_APP_TOKEN", "DISCORD_TOKEN"}
    assert "app_mentions:read" in bad["Slack's scopes"]
    assert "chat:write" not in bad["Slack's scopes"].replace("chat:write,", "").split(", ")
    assert TOKEN not in str(bad)
    patient.slack.workspace.token_error = "token_revoked"  # noqa: S105 # Slack's word
    assert "Slack refuses it (token_revoked)" in (await patient.bad()).values()


async def test_of_many_workspaces_those_with_a_digest_are_asked_with_their_own_token(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"):
        monkeypatch.delenv(name)
    keys = new_key()
    many = {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "s", "SLACK_SIGNING_SECRET": "s"}
    for name, value in {
        **many,
        "CAREERBOT_SECRET_KEYS": keys,
        "CAREERBOT_PUBLIC_URL": "https://bot.example.org",
    }.items():
        patient.set(name, value)
    well, revoked, expired = (patient.slack.add_workspace(name) for name in ("Well", "Revoked", "Expired"))
    well.scopes, revoked.token_error, expired.token_error = tuple(SCOPES), "account_inactive", "token_expired"
    gone = "T99"
    await patient.digest_in(
        *(Target("slack", each.id, each.careers.id) for each in (well, revoked, expired)), Target("slack", gone, "C1")
    )
    async with open_store(patient.url) as store:
        for each in (well, revoked, expired):
            made = Installation(
                app_id="A1",
                user_id="U1",
                team_id=each.id,
                bot_token=each.bot_token,
                bot_id="B1",
                bot_user_id="U2",
                bot_scopes="",
            )
            await StoredInstallations(store, Seals(keys), "1.2").async_save(made)
    found = await patient.examined()
    states = {team: found[f"Slack workspace {team}"] for team in (well.id, revoked.id, expired.id, gone)}
    assert [finding.state for finding in states.values()] == ["good", "bad", "note", "note"]
    assert states[well.id].says == "I am @careerbot in Well"
    assert found[f"Slack workspace {well.id}'s digests"].says == "channels looked at: 1 of 1"
    assert states[revoked.id].says == "Slack refuses its token (account_inactive)"
    patient.set("CAREERBOT_SECRET_KEYS", new_key())
    assert "CAREERBOT_SECRET_KEYS" in await patient.bad()


async def test_a_platform_that_cannot_be_reached_is_told_and_offline_asks_neither(patient: Patient) -> None:
    patient.slack.fail("auth.test", CutBefore(), times=None)
    patient.discord.fail("get_gateway", CutBefore(), times=None)
    assert await patient.bad() == {
        "Slack": "cannot be reached (ServerDisconnectedError)",
        "Discord": "cannot be reached (ServerDisconnectedError)",
    }
    patient.slack.calls.clear()
    patient.discord.calls.clear()
    found = await patient.examined(offline=True)
    assert all(finding.state != "bad" for finding in found.values())
    assert patient.slack.calls == []
    assert patient.discord.calls == []


async def test_a_platform_that_does_not_answer_is_not_waited_for(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack_checkup, "PATIENCE", 0.05)
    patient.slack.fail("auth.test", Slow(30.0), times=None)
    assert (await patient.bad())["Slack"].startswith("does not answer within")


async def test_privileged_intents_are_not_needed(patient: Patient) -> None:
    patient.discord.town.application_flags = 1 << 15 | 1 << 18  # members, limited; message content
    found = (await patient.examined())["Discord's intents"]
    assert (found.state, found.says) == ("note", "privileged, and not needed: server members, message content")


@pytest.mark.parametrize(
    ("seconds", "state", "says"),
    [(0, "good", ""), (60, "good", ""), (61, "bad", "61 s ahead of"), (-400, "bad", "400 s behind")],
)
def test_a_clock_that_is_wrong_is_told(seconds: int, state: str, says: str) -> None:
    at = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    found = clock("Slack's clock", {"Date": format_datetime(at, usegmt=True)}, at + timedelta(seconds=seconds))
    assert found.state == state
    assert says in found.says


def test_who_does_not_tell_the_time_is_not_held_to_be_wrong() -> None:
    for headers in ({}, {"Date": "yesterday"}):
        assert clock("a clock", headers, datetime.now(UTC)).state == "note"


async def test_a_port_is_free_or_ours_or_anothers(patient: Patient) -> None:
    with socket.socket() as another:
        another.bind(("127.0.0.1", 0))
        another.listen()
        another.settimeout(0)
        port = str(another.getsockname()[1])
        patient.set("CAREERBOT_HTTP_PORT", port)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(doctor, "PATIENCE", 0.05)
            found = (await patient.examined(offline=True))["CAREERBOT_HTTP_PORT"]
        assert (found.state, found.says) == ("bad", f"cannot listen on 127.0.0.1:{port} (Address already in use)")
    assert (await patient.examined(offline=True))["CAREERBOT_HTTP_PORT"].says == f"127.0.0.1:{port} is free"
    async with served(Health().routes()) as (_, address):
        patient.set("CAREERBOT_HTTP_PORT", address.rpartition(":")[2])
        found = (await patient.examined(offline=True))["CAREERBOT_HTTP_PORT"]
    assert found.state == "good"
    assert "listens on" in found.says


async def test_a_disk_that_will_soon_be_full_is_told(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(".")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=100 * 1024**2))
    found = (await patient.examined(offline=True))["Disk"]
    assert found.state == "bad"
    assert found.says.startswith("0.1 GiB left")
