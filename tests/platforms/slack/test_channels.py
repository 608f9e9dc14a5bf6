"""What Slack knows of its channels, and a digest that is set up there. Against the local Slack."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot import app
from bot.demo.slack import CutAfter, CutBefore, Fault, LocalSlack, Outcome, RateLimited, Refused, text_of
from bot.platforms.profiles import Directory
from bot.platforms.slack import wire
from bot.platforms.slack.app import SlackBot
from bot.platforms.slack.channels import SlackChannels
from bot.platforms.slack.installations import OneInstallation
from bot.platforms.slack.wires import Wires, web_client
from tests.platforms.slack.conftest import NOW, ask, press

INVITE = "Invite me there first: **/invite @careerbot**."
ASK_LATER = "Try again in a minute."


# ── what is known of a channel ────────────────────────────────────────────────────────────────────────────────────────
class Corner:
    def __init__(self, slack: LocalSlack, channels: SlackChannels) -> None:
        self.slack = slack
        self._channels = channels

    async def problem(self, channel: str) -> str:
        return await self._channels.problem("slack", self.slack.workspace.id, channel)

    async def name(self, channel: str) -> str:
        return await self._channels.name("slack", self.slack.workspace.id, channel)


@pytest.fixture
async def corner(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Corner]:
    monkeypatch.setattr(wire, "_BREATH", 0.01)
    async with LocalSlack() as slack:
        speaking = Wires(OneInstallation(slack.bot_token), web_client(slack.api_url))
        await speaking.open()
        yield Corner(slack, SlackChannels(speaking))
        await speaking.close()


async def test_nothing_speaks_against_a_channel_where_the_bot_is(corner: Corner) -> None:
    assert await corner.problem(corner.slack.careers) == ""
    assert await corner.name(corner.slack.careers) == "#careers"


async def test_a_channel_where_the_bot_is_not_asks_for_an_invitation(corner: Corner) -> None:
    general = corner.slack.workspace.general
    assert await corner.problem(general.id) == f"I am not in that channel. {INVITE}"
    general.members.add(corner.slack.bot_user_id)
    assert await corner.problem(general.id) == ""


async def test_an_archived_channel_is_named_as_such(corner: Corner) -> None:
    corner.slack.workspace.careers.archived = True
    assert await corner.problem(corner.slack.careers) == "The channel is archived. Unarchive it, or choose another."


async def test_a_channel_that_is_gone_or_never_was_cannot_be_seen(corner: Corner) -> None:
    corner.slack.workspace.drop_channel(corner.slack.careers)
    for channel in (corner.slack.careers, "C0NOWHERE", "me"):
        assert await corner.problem(channel) == f"I cannot see that channel. {INVITE}"
        assert await corner.name(channel) == ""


async def test_a_direct_message_leads_to_ones_own_digest(corner: Corner) -> None:
    dm = corner.slack.workspace.dm_of(corner.slack.ada)
    assert dm
    assert "say **digest me**" in await corner.problem(dm.id)


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (Refused("missing_scope"), "an admin has to install me again from the new manifest."),
        (Refused("internal_error"), ASK_LATER),
        (RateLimited(600), ASK_LATER),
        (CutBefore(), ASK_LATER),
        (CutAfter(), ASK_LATER),
    ],
    ids=repr,
)
async def test_what_cannot_be_known_now_is_said_with_what_to_do(corner: Corner, trouble: Fault, sentence: str) -> None:
    corner.slack.fail("conversations.info", trouble, None)
    assert (await corner.problem(corner.slack.careers)).endswith(sentence)
    assert await corner.name(corner.slack.careers) == ""
    corner.slack.heal()
    assert (await corner.problem(corner.slack.careers), await corner.name(corner.slack.careers)) == ("", "#careers")


async def test_one_cut_connection_is_no_trouble(corner: Corner) -> None:
    corner.slack.fail("conversations.info", CutAfter())
    assert await corner.problem(corner.slack.careers) == ""


async def test_a_name_is_asked_for_once(corner: Corner) -> None:
    for _ in range(3):
        await corner.name(corner.slack.careers)
    assert len(corner.slack.calls_of("conversations.info")) == 1


# ── as people meet it ─────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    """With a bot that knows Slack's people and channels. At the end nothing must have been refused."""
    people = Directory()
    async with LocalSlack(should_escape=True) as local:
        mind = app.dispatcher("ai-engineer", people=people, channels=people)
        bot = SlackBot(mind, lambda: NOW, local.bot_token, api_url=local.api_url)
        people.add("slack", bot.profiles)
        people.add_channels("slack", bot.channels)
        serving = asyncio.create_task(bot.run_socket(local.app_token))
        assert await local.connected()
        yield local
        await bot.close()
        await serving
    assert [str(refusal) for refusal in local.refusals] == []


async def in_general(slack: LocalSlack, said: str, person: str = "") -> Outcome:
    """Said where the bot is not: a slash command works there all the same."""
    return await slack.slash(person or slack.ada, slack.workspace.general, "/career", said, replies=1)


async def test_where_it_may_not_post_it_says_so_and_sets_nothing_up(slack: LocalSlack) -> None:
    refused = await in_general(slack, "digest subscribe mon 9:00 Berlin")
    assert "I can't post in #general yet" in refused.says
    assert "/invite @careerbot" in refused.says
    assert "Nothing was set up." in refused.says
    assert "No digest in #general yet" in (await in_general(slack, "digest")).says
    slack.workspace.general.members.add(slack.bot_user_id)
    again = await press(slack, refused.message, "Try again")
    assert "I post in #general once a week." in again.says
    assert "Mondays at 09:00 (Europe/Berlin)" in again.says


async def test_a_member_who_is_no_admin_is_refused(slack: LocalSlack) -> None:
    for seen in (
        await slack.slash(slack.grace, slack.careers, "/career", "digest subscribe mon 9:00 Berlin", replies=1),
        await slack.mention(slack.grace, slack.careers, "digest subscribe mon 9:00 Berlin", replies=1),
        await slack.dm(slack.grace, f"digest subscribe mon 9:00 Berlin <#{slack.careers}>", replies=1),
    ):
        assert "Only those who look after this place may do that" in seen.says
    assert "No digest in #careers yet" in text_of(await ask(slack, "digest"))


async def test_a_channel_that_is_mentioned_is_the_one_that_is_meant(slack: LocalSlack) -> None:
    done = await in_general(slack, "digest subscribe #careers fri 17:00 Berlin")
    assert "I post in #careers once a week." in done.says
    assert "No digest in #general yet" in (await in_general(slack, "digest")).says
    for seen in (
        await slack.mention(slack.ada, slack.careers, "digest status #careers", replies=1),
        await slack.dm(slack.ada, "digest status #careers", replies=1),
        # Of a private channel Slack gives no name.
        await slack.dm(slack.ada, f"digest status <#{slack.careers}|>", replies=1),
    ):
        assert "The digest of #careers" in seen.says
        assert "Fridays at 17:00 (Europe/Berlin)" in seen.says
