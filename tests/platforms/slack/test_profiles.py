"""What Slack knows of people: the zone of their profile, and who is an admin. Against the local Slack."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from bot import app as careerbot
from bot.core.chat import Person, Request
from bot.demo.slack import LocalSlack, Refused, Slow, text_of
from bot.platforms.profiles import Directory
from bot.platforms.slack import profiles
from bot.platforms.slack.app import SlackBot
from bot.platforms.slack.background import Background
from bot.platforms.slack.installations import OneInstallation
from bot.platforms.slack.profiles import SlackProfiles, read
from bot.platforms.slack.wire import Wire
from bot.platforms.slack.wires import Wires, web_client
from tests.conftest import NOW
from tests.platforms.slack.conftest import ask, once


# ── as people meet it ─────────────────────────────────────────────────────────────────────────────────────────────────
async def test_days_are_those_of_each_ones_profile(slack: LocalSlack) -> None:
    assert "(Europe/London)" in text_of(await ask(slack, "streak"))
    seen = await slack.dm(slack.grace, "settings", replies=1)
    assert "America/New_York" in seen.says


@once
async def test_a_right_is_looked_up_and_a_member_is_found_by_mention(slack: LocalSlack) -> None:
    for seen in (
        await slack.slash(slack.ada, slack.careers, "/career", "mend @grace an outage", replies=1),
        await slack.mention(slack.ada, slack.careers, "mend @grace an outage", replies=1),
        await slack.dm(slack.ada, "mend @grace an outage", replies=1),
    ):
        assert "They don't learn with me here" in seen.says
    refused = await slack.slash(slack.grace, slack.careers, "/career", "mend @ada an outage", replies=1)
    assert "Only those who look after this place may do that" in refused.says


@once
async def test_names_in_free_words_read_as_they_were_typed(slack: LocalSlack) -> None:
    said = text_of(await ask(slack, "ask would @grace of #careers know https://example.org?"))
    assert "would @grace of #careers know https://example.org?" in said
    assert slack.grace not in said
    seen = await slack.mention(slack.ada, slack.careers, "@grace tip", replies=1)
    assert "Start a heap" in seen.says


@once
async def test_an_app_that_was_installed_without_the_scope_answers_all_the_same_and_says_so_once(
    slack: LocalSlack, caplog: pytest.LogCaptureFixture
) -> None:
    slack.fail("users.info", Refused("missing_scope"), 2)  # one for each person; a third look-up would be answered
    for _ in range(2):
        assert "(UTC)" in text_of(await ask(slack, "streak"))
        assert "(UTC)" in (await slack.dm(slack.grace, "streak", replies=1)).says
    assert "admin or owner" in text_of(await ask(slack, "mend @grace an outage"))
    assert caplog.text.count("Slack refused users.info: missing_scope") == 1
    assert slack.ada not in caplog.text


# ── an admin mends, from the first answer to the last ─────────────────────────────────────────────────────────────────
async def test_an_admin_mends_the_streak_of_somebody_who_was_mentioned() -> None:
    now = NOW
    people = Directory()
    async with LocalSlack(should_escape=True) as slack:
        mind = careerbot.dispatcher("ai-engineer", people=people)
        bot = SlackBot(mind, lambda: now, slack.bot_token, api_url=slack.api_url)
        people.add("slack", bot.profiles)
        serving = asyncio.create_task(bot.run_socket(slack.app_token))
        assert await slack.connected()
        for _ in range(3):
            question = (await slack.dm(slack.grace, "quiz", replies=1)).message
            answers = [each for block in question.blocks for each in block.get("elements", ()) if "pick" in str(each)]
            await slack.click(slack.grace, question, answers[0]["action_id"], replies=1)
            now += timedelta(days=1)
        now += timedelta(days=1)
        assert "Your streak: 0 days" in (await slack.dm(slack.grace, "streak", replies=1)).says
        done = await slack.slash(slack.ada, slack.careers, "/career", "mend @grace an outage", replies=1)
        assert "The streak of grace is repaired: 3 days." in " ".join(done.says.split()).replace(" .", ".")
        assert "Your streak: 3 days" in (await slack.dm(slack.grace, "streak", replies=1)).says
        assert "repaired by an admin: an outage" in (await slack.dm(slack.grace, "streak why", replies=1)).says
        assert slack.refusals == []
        await bot.close()
        await serving


# ── what is remembered ────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass
class Here:
    slack: LocalSlack
    profiles: SlackProfiles
    background: Background
    clock: list[float]

    def request(self, user: str = "") -> Request:
        return Request(self.person(user), "", NOW)

    def person(self, user: str = "") -> Person:
        return Person("slack", self.slack.workspace.id, user or self.slack.ada)

    def change(self, **fields: Any) -> None:
        """Ada's profile."""
        users = self.slack.workspace.users
        users[self.slack.ada] = replace(users[self.slack.ada], **fields)

    @property
    def asked(self) -> int:
        return len(self.slack.calls_of("users.info"))


@pytest.fixture
async def here() -> AsyncIterator[Here]:
    clock = [0.0]
    async with LocalSlack() as slack:
        wires, background = Wires(OneInstallation(slack.bot_token), web_client(slack.api_url)), Background()
        await wires.open()
        yield Here(slack, SlackProfiles(wires, background, lambda: clock[0]), background, clock)
        await background.drain(1)
        await wires.close()


async def test_many_who_ask_at_once_ask_slack_once(here: Here) -> None:
    zones = await asyncio.gather(*(here.profiles.zone(here.person()) for _ in range(20)))
    rights = await asyncio.gather(*(here.profiles.manages(here.request()) for _ in range(20)))
    assert (set(zones), set(rights), here.asked) == ({"Europe/London"}, {True}, 1)


async def test_a_right_that_was_taken_back_is_gone_within_a_minute_and_a_zone_holds_an_hour(here: Here) -> None:
    assert await here.profiles.manages(here.request())
    here.change(admin=False, zone="Asia/Tokyo")
    here.clock[0] = 59
    assert await here.profiles.manages(here.request())
    assert await here.profiles.zone(here.person()) == "Europe/London"
    here.clock[0] = 3_599
    assert await here.profiles.zone(here.person()) == "Europe/London"
    assert not await here.profiles.manages(here.request())
    assert await here.profiles.zone(here.person()) == "Asia/Tokyo"


async def test_who_was_an_admin_a_minute_ago_is_none_where_slack_does_not_say_and_keeps_the_zone(here: Here) -> None:
    assert await here.profiles.manages(here.request())
    here.slack.fail("users.info", Refused("internal_error"), None)
    here.clock[0] = 61
    assert not await here.profiles.manages(here.request())
    assert await here.profiles.zone(here.person()) == "Europe/London"
    here.slack.heal()
    here.clock[0] = 122
    assert await here.profiles.manages(here.request())


async def test_only_so_many_people_are_remembered(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "_MOST", 1)
    for user, times in ((here.slack.ada, 1), (here.slack.grace, 2), (here.slack.grace, 2), (here.slack.ada, 3)):
        await here.profiles.zone(here.person(user))
        assert here.asked == times


async def test_whom_slack_does_not_know_has_no_zone_and_no_right(here: Here) -> None:
    assert await here.profiles.zone(here.person("U0NOBODY")) is None
    assert not await here.profiles.manages(here.request("U0NOBODY"))


async def test_an_answer_waits_a_moment_for_a_slow_look_up_which_serves_the_next_one(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "_PATIENCE", 0.02)
    here.slack.fail("users.info", Slow(1.0))
    assert await here.profiles.zone(here.person()) is None
    here.clock[0] = 0.03
    assert not await here.profiles.manages(here.request())
    await here.background.drain(10)
    assert await here.profiles.zone(here.person()) == "Europe/London"
    assert here.asked == 1


async def test_whatever_goes_wrong_is_not_known_and_nothing_is_raised(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wrong(*_: object, **__: object) -> None:
        raise RuntimeError("the session is closed")

    monkeypatch.setattr(Wire, "call", wrong)
    assert await here.profiles.zone(here.person()) is None
    assert not await here.profiles.manages(here.request())


ADMIN = {"tz": "Europe/London", "team_id": "T1", "is_admin": True}


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (ADMIN, ("Europe/London", True)),
        ({"team_id": "T1", "is_owner": True}, (None, True)),
        ({"team_id": "T1", "is_primary_owner": True, "tz": None}, (None, True)),
        (ADMIN | {"is_admin": False}, ("Europe/London", False)),
        (ADMIN | {"tz": "Etc/UTC"}, (None, True)),
        (ADMIN | {"tz": "Mars/Olympus"}, (None, True)),
        (ADMIN | {"tz": 7}, (None, True)),
        (ADMIN | {"team_id": "T2"}, ("Europe/London", False)),
        (ADMIN | {"is_stranger": True}, ("Europe/London", False)),
        (ADMIN | {"deleted": True}, ("Europe/London", False)),
        (ADMIN | {"team_id": "T2", "enterprise_user": {"teams": ["T1", "T2"]}}, ("Europe/London", True)),
        (ADMIN | {"team_id": "T2", "enterprise_user": {"teams": None}}, ("Europe/London", False)),
        ({}, (None, False)),
        (None, (None, False)),
        ("ada", (None, False)),
    ],
)
def test_a_profile_is_read_as_far_as_it_can_be_trusted(user: object, expected: tuple[str | None, bool]) -> None:
    assert read(user, "T1") == expected
