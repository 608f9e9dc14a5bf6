"""What Discord knows of its channels, and a digest that is set up there. Against simcord."""

import discord
import pytest
import simcord
from simcord.backend.models.channel import Overwrite
from simcord.enums import OverwriteType

from bot import app
from bot.core.catalog import Catalog
from bot.platforms.discord.channels import DiscordChannels
from bot.platforms.discord.client import DiscordBot
from bot.platforms.discord.shards import Shards
from bot.platforms.profiles import Directory
from tests.platforms.discord.conftest import NOW, Here, shown, texts

UNSEEN = "I cannot see that channel. Give me the right to view it, or choose another."


@pytest.fixture
def simcord_bot(ai_engineer: Catalog) -> DiscordBot:
    """With a mind that knows Discord's channels."""
    people = Directory()
    bot = DiscordBot(app.dispatcher(ai_engineer, people=people, channels=people), lambda: NOW, shards=Shards((0,), 1))
    people.add_channels("discord", DiscordChannels(bot))
    return bot


async def problem(here: Here, channel: simcord.ChannelHandle | str | int, guild: int = 0) -> str:
    spot = channel if isinstance(channel, str | int) else channel.id
    return await DiscordChannels(here.env.bot).problem("discord", str(guild or here.env.guild.id), str(spot))


async def name(here: Here, channel: simcord.ChannelHandle) -> str:
    return await DiscordChannels(here.env.bot).name("discord", str(here.env.guild.id), str(channel.id))


def without(here: Here, right: str, called: str = "quiet") -> simcord.ChannelHandle:
    channel = here.env.guild.create_text_channel(called)
    deny(here, channel, right)
    return channel


def deny(here: Here, channel: simcord.ChannelHandle, right: str) -> None:
    """Take one right in one channel away from the bot."""
    assert here.env.bot.user
    denied = discord.Permissions(**{right: True}).value
    here.env.backend.set_overwrite(channel.id, Overwrite(here.env.bot.user.id, OverwriteType.MEMBER, deny=denied))


def said(message: simcord.ResponseMessage | discord.Message) -> str:
    """What a message says, without the signs that keep Discord from reading it as markup."""
    return texts(message).replace("\\", "")


# ── what is known of a channel ────────────────────────────────────────────────────────────────────────────────────────
async def test_nothing_speaks_against_a_channel_for_text_for_announcements_or_beside_a_voice(here: Here) -> None:
    guild = here.env.guild
    for channel in (here.channel, guild.create_news_channel("news"), guild.create_voice_channel("talk")):
        assert await problem(here, channel) == ""
        assert await name(here, channel) == f"#{channel.name}"
    assert await problem(here, guild.create_stage_channel("stage")) == ""


@pytest.mark.parametrize(
    ("right", "words"),
    [
        ("view_channel", "view the channel"),
        ("send_messages", "send messages; attach files, for the pictures"),  # one denies the other
        ("attach_files", "attach files, for the pictures"),
        ("read_message_history", "read the message history, to see whether a post arrived before I post again"),
    ],
)
async def test_a_right_that_is_missing_is_named_and_no_other(here: Here, right: str, words: str) -> None:
    told = await problem(here, without(here, right))
    assert told == f"I lack rights in that channel: {words}. Give my role these, and try again."


async def test_beside_a_voice_it_must_be_let_in(here: Here) -> None:
    guild = here.env.guild
    for channel in (guild.create_voice_channel("talk"), guild.create_stage_channel("stage")):
        deny(here, channel, "connect")
        assert "connect to it. Give my role" in await problem(here, channel)


async def test_a_thread_leads_to_a_channel_and_what_nobody_writes_in_to_another(here: Here) -> None:
    guild = here.env.guild
    for channel in (guild.create_category("Work"), guild.create_forum_channel("ideas")):
        assert (await problem(here, channel)).startswith("That is no channel to write in. Choose one for text")
    opened = here.env.backend.create_thread(here.channel.id, "aside", here.ada.id)
    await here.env.settle()
    assert (await problem(here, opened.id)).startswith("That is a thread, and threads end.")


async def test_a_channel_of_another_server_or_none_at_all_cannot_be_seen(here: Here) -> None:
    home = here.env.guild.id
    theirs = here.env.create_guild("Elsewhere").create_text_channel("secret")
    assert await problem(here, theirs, home) == UNSEEN
    assert await DiscordChannels(here.env.bot).name("discord", str(home), str(theirs.id)) == ""
    for odd in ("", "careers", "-1", "²", "٣", "9" * 32):
        assert await problem(here, odd, home) == UNSEEN
    here.env.backend.delete_channel(here.channel.id)
    assert await problem(here, here.channel, home) == UNSEEN


# ── as people meet it ─────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def joan(here: Here) -> simcord.MemberActor:
    role = here.env.guild.create_role("keepers", permissions=discord.Permissions(manage_guild=True))
    return here.env.guild.add_member(here.env.create_user("joan", global_name="Joan"), roles=[role])


SETUP = {"do": "subscribe", "day": "monday", "time": "9:00", "zone": "Europe/Berlin"}


async def test_where_it_may_not_post_it_says_so_and_sets_nothing_up(here: Here, joan: simcord.MemberActor) -> None:
    for quiet in (without(here, "send_messages"), without(here, "view_channel", "hidden")):
        refused = shown(await joan.slash(quiet, "digest", **SETUP))
        assert f"I can't post in #{quiet.name} yet" in said(refused)
        assert "Give my role these, and try again. Nothing was set up." in said(refused)
        assert f"No digest in #{quiet.name} yet" in said(shown(await joan.slash(quiet, "digest")))
        assert here.env.bot.user
        here.env.backend.delete_overwrite(quiet.id, here.env.bot.user.id)
        again = shown(await joan.click(refused, label="Try again"))
        assert f"I post in #{quiet.name} once a week." in said(again)
    here.env.raise_errors()


async def test_a_member_who_is_no_admin_is_refused(here: Here) -> None:
    refused = shown(await here.grace.slash(here.channel, "digest", **SETUP))
    assert "Only those who look after this place may do that" in said(refused)
    await here.grace.send(here.channel, f"{here.me} digest subscribe mon 9:00 Berlin")
    assert here.channel.last_message
    assert "Only those who look after this place may do that" in said(here.channel.last_message)
    await here.grace.send_dm(f"digest subscribe mon 9:00 Berlin <#{here.channel.id}>")
    assert here.grace.user.dm_channel.last_message
    assert "Only those who look after this place" in said(here.grace.user.dm_channel.last_message)
    assert "No digest in #careers yet" in said(shown(await here.ada.slash(here.channel, "digest")))


async def test_a_channel_that_is_chosen_or_mentioned_is_the_one_that_is_meant(
    here: Here, joan: simcord.MemberActor
) -> None:
    news = here.env.guild.create_news_channel("news")
    done = shown(await joan.slash(here.channel, "digest", channel=news, **SETUP))
    assert "I post in #news once a week." in said(done)
    assert "No digest in #careers yet" in said(shown(await joan.slash(here.channel, "digest")))
    await joan.send(here.channel, f"{here.me} digest status <#{news.id}>")
    assert here.channel.last_message
    assert "The digest of #news" in said(here.channel.last_message)
    assert "Mondays at 09:00" in said(here.channel.last_message)
    here.env.raise_errors()


async def test_another_servers_channel_is_out_of_reach_of_an_admin_here(here: Here, joan: simcord.MemberActor) -> None:
    theirs = here.env.create_guild("Elsewhere").create_text_channel("secret")
    await joan.send(here.channel, f"{here.me} digest subscribe mon 9:00 Berlin <#{theirs.id}>")
    assert here.channel.last_message
    assert "I can't post in that channel yet" in said(here.channel.last_message)
    assert "secret" not in said(here.channel.last_message)
