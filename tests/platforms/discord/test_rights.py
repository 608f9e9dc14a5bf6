"""Who looks after a server, whom a member option names, and zones completed while typing: on Discord."""

import discord
import pytest
import simcord

from bot.core.chat import Call
from bot.core.dispatch import Dispatcher
from bot.platforms.discord.choices import call_of as call_of_click
from bot.platforms.discord.commands import call_of, completions, definitions
from tests.conftest import NOW
from tests.platforms.discord.conftest import Here, click, parts, shown, texts

REFUSED = "Only those who look after this place may do that"
NOBODY = "They don't learn with me here"


def with_role(here: Here, name: str, **permissions: bool) -> simcord.MemberActor:
    role = here.env.guild.create_role(name, permissions=discord.Permissions(**permissions))
    return here.env.guild.add_member(here.env.create_user(name), roles=[role])


def shown_to(here: Here, person: simcord.MemberActor) -> None:
    """An admin shows the command to somebody, in the server's settings."""
    mend = here.env.backend.find_command("mend", None)
    assert mend
    here.env.guild.set_command_permissions(int(mend["id"]), {person: True})


@pytest.mark.parametrize("right", ["manage_guild", "administrator"])
async def test_whoever_may_manage_the_server_may_mend_by_command_and_by_mention(here: Here, right: str) -> None:
    admin = with_role(here, "joan", **{right: True})
    result = await admin.slash(here.channel, "mend", person=here.grace, reason="an outage")
    assert NOBODY in texts(shown(result))
    await admin.send(here.channel, f"{here.me} mend <@{here.grace.id}> an outage")
    assert here.channel.last_message
    assert NOBODY in texts(here.channel.last_message)
    here.env.raise_errors()


async def test_nobody_else_may_and_in_a_direct_message_nobody(here: Here) -> None:
    other = with_role(here, "joan", manage_channels=True, manage_messages=True)
    for person in (here.ada, other):
        with pytest.raises(simcord.SetupError, match="not visible to this user"):
            await person.slash(here.channel, "mend", person=here.grace, reason="an outage")
        shown_to(here, person)  # to see it is not to be let
        result = await person.slash(here.channel, "mend", person=here.grace, reason="an outage")
        assert REFUSED in texts(shown(result))
        await person.send(here.channel, f"{here.me} mend <@{here.grace.id}> an outage")
        assert here.channel.last_message
        assert REFUSED in texts(here.channel.last_message)
    admin = with_role(here, "edith", manage_guild=True)
    await admin.send_dm(f"mend <@{here.grace.id}> an outage")
    answer = admin.user.dm_channel.last_message
    assert answer
    assert REFUSED in texts(answer)


async def test_a_right_that_was_taken_back_is_gone_with_the_next_request(here: Here) -> None:
    role = here.env.guild.create_role("keepers", permissions=discord.Permissions(manage_guild=True))
    admin = here.env.guild.add_member(here.env.create_user("joan"), roles=[role])
    assert NOBODY in texts(shown(await admin.slash(here.channel, "mend", person=here.grace, reason="an outage")))
    here.env.backend.remove_member_role(here.env.guild.id, admin.id, role.id)
    shown_to(here, admin)
    assert REFUSED in texts(shown(await admin.slash(here.channel, "mend", person=here.grace, reason="an outage")))
    await admin.send(here.channel, f"{here.me} mend <@{here.grace.id}> an outage")
    assert here.channel.last_message
    assert REFUSED in texts(here.channel.last_message)


async def test_an_admin_finds_who_learns_in_this_server_and_not_who_learns_in_another(here: Here) -> None:
    admin = with_role(here, "joan", manage_guild=True)
    question = shown(await here.grace.slash(here.channel, "quiz"))
    pick = next(part["custom_id"] for part in parts(question) if "pick" in part.get("custom_id", ""))
    answered = shown(await here.grace.click(question, custom_id=pick))
    assert "until you tell me your zone." in texts(answered)
    form = await here.grace.click(answered, label="My zone")
    assert form.modal
    mended = shown(await admin.slash(here.channel, "mend", person=here.grace, reason="an outage"))
    assert "No broken streak is there to repair." in texts(mended)

    other = here.env.create_guild("Elsewhere")
    channel = other.create_text_channel("careers")
    role = other.create_role("keepers", permissions=discord.Permissions(manage_guild=True))
    theirs = other.add_member(here.env.create_user("edith"), roles=[role])
    other.add_member(here.grace.user)
    assert NOBODY in texts(shown(await theirs.slash(channel, "mend", person=here.grace.user, reason="an outage")))


async def test_ids_of_one_server_open_nothing_in_another_even_for_its_admin(here: Here) -> None:
    """Tokens made by hand, clicked in a server of one's own, by somebody who may do everything there."""
    admin = with_role(here, "joan", manage_guild=True)
    when = {"do": "subscribe", "day": "monday", "time": "9:00", "zone": "UTC"}
    assert "Mondays" in texts(shown(await admin.slash(here.channel, "digest", **when)))
    question = shown(await here.ada.slash(here.channel, "round"))
    pick = next(part["custom_id"] for part in parts(question) if "pick" in part.get("custom_id", ""))
    asked = dict(call_of_click(pick).arguments)["asked"]
    await here.ada.click(question, custom_id=pick)

    other = here.env.create_guild("Elsewhere")
    channel = other.create_text_channel("careers")
    role = other.create_role("keepers", permissions=discord.Permissions(manage_guild=True))
    theirs = other.add_member(here.env.create_user("edith"), roles=[role])
    for token, says in [
        *((f"digest?do={do}&channel={here.channel.id}", "An admin can set one up") for do in ("status", "unsubscribe")),
        (f"digest?do=pause&channel={here.channel.id}", "An admin can set one up"),
        (f"mend?person={here.ada.id}&reason=spite", NOBODY),
        (f"round?asked={asked}", "Nothing was counted"),
        (f"round?asked={asked}&pick=0", "Nothing was counted"),
    ]:
        message = shown(await theirs.slash(channel, "help"))
        assert says in texts(shown(await click(theirs, message, f"0:{token}"))), token
    assert "Mondays" in texts(shown(await admin.slash(here.channel, "digest")))
    standing = await click(here.ada, question, f"9:round?asked={asked}")
    assert texts(shown(standing)).count("· ") == 4


async def test_who_may_not_write_in_a_channel_has_the_bot_write_nothing_there(here: Here) -> None:
    """Discord lets them use commands and press buttons all the same, in a channel for announcements, say."""
    mute = discord.PermissionOverwrite(send_messages=False)
    quiet = here.env.guild.create_text_channel("news", overwrites={here.ada: mute})
    answer = shown(await here.ada.slash(quiet, "tip"))
    assert "Share" not in [part.get("label") for part in parts(answer)]
    for refused in (await here.ada.slash(quiet, "round"), await click(here.ada, answer, "0:!tip")):
        assert "You may not write in this channel" in texts(shown(refused))
        assert shown(refused).ephemeral
    assert "Share" in [part.get("label") for part in parts(shown(await here.grace.slash(quiet, "tip")))]
    assert not shown(await here.grace.slash(quiet, "round")).ephemeral


def test_a_member_is_an_option_of_its_own_type_and_arrives_as_a_mention(mind: Dispatcher) -> None:
    made = {definition["name"]: definition for definition in definitions(mind.registry, mind.world)}
    person, reason = made["mend"]["options"]
    assert (person["type"], person["required"], "max_length" in person) == (6, True, False)
    assert (reason["type"], reason["required"]) == (3, True)
    options = [{"name": "person", "type": 6, "value": "123"}, {"name": "reason", "type": 3, "value": "an outage"}]
    assert call_of({"name": "mend", "options": options}) == Call.of("mend", person="<@123>", reason="an outage")


@pytest.mark.parametrize(
    ("what", "typed", "first"),
    [
        ("zone", "berl", "Europe/Berlin (now 10:00)"),
        ("zone", "Europe/Ber", "Europe/Berlin (now 10:00)"),
        ("zone", "new yo", "America/New_York (now 04:00)"),
        ("zone", "", None),
        ("zone", "@@@", None),
        ("border", "berl", None),
        (None, "berl", None),
    ],
)
def test_a_zone_is_completed_while_it_is_typed(
    mind: Dispatcher, what: str | None, typed: str, first: str | None
) -> None:
    given = [] if what is None else [{"name": "what", "type": 3, "value": what}]
    options = [*given, {"name": "value", "type": 3, "value": typed, "focused": True}]
    found = completions(mind.registry, mind.world, {"name": "settings", "options": options}, NOW)
    assert (found[0]["name"] if found else None) == first
    made = {definition["name"]: definition for definition in definitions(mind.registry, mind.world)}
    assert made["settings"]["options"][1]["autocomplete"] is True


async def test_a_completed_zone_is_taken(here: Here) -> None:
    found = await here.ada.autocomplete(here.channel, "settings", "value", "san", what="zone")
    assert len(found) <= 25
    changed = shown(await here.ada.slash(here.channel, "settings", what="zone", value=found[0]["value"]))
    assert f"**Zone:** {found[0]['value']}" in texts(changed).replace("\\", "")
