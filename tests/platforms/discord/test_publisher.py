"""What the bot says unasked on Discord, against a REST API with troubles."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.chat import Call, Choice, Reply, Text
from bot.core.dispatch import Dispatcher
from bot.delivery.outbox import Target
from bot.delivery.publisher import CannotLook, Lost, PublishError, Refused, TooFast
from bot.demo.slack.faults import CutAfter, CutBefore
from bot.platforms.discord.choices import call_of
from bot.platforms.discord.publisher import DiscordPublisher, mark_of
from bot.platforms.discord.wire import Wire
from tests.doubles import discord_faults
from tests.doubles.discord_faults import Failed, Fault, RateLimited, Scope
from tests.doubles.discord_limits import Limits
from tests.doubles.discord_rest import DiscordRest
from tests.doubles.discord_town import Town

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KEY = "abcdefghij0123456789"
HELLO = Reply("Hello", (Text("It is Monday."),), (Choice("A question", Call("quiz")),))
LONG = Reply("Long", tuple(Text("word " * 500) for _ in range(4)))


class Corner:
    """A Discord without nonces (they would hide what we want to see), our publisher, and its channel."""

    def __init__(self, double: DiscordRest, wire: Wire) -> None:
        self.double = double
        self.publisher = DiscordPublisher(wire)
        self.room = double.town.add_channel()
        self.channel = Target("discord", "7", self.room.id)

    async def publish(self, reply: Reply = HELLO, *, look: bool = False) -> str:
        since = NOW - timedelta(minutes=10) if look else None
        return await self.publisher.publish(self.channel, reply, KEY, look_from=since)


@pytest.fixture
async def corner() -> AsyncIterator[Corner]:
    async with DiscordRest(Town(lambda: NOW, nonce_seconds=0)) as double:
        wire = Wire(double.token, double.api_url)
        await wire.open()
        yield Corner(double, wire)
        await wire.close()


async def test_a_post_has_its_buttons_and_its_link_leads_there(corner: Corner) -> None:
    link = await corner.publish()
    (post,) = corner.room.messages
    assert link == f"https://discord.com/channels/7/{corner.room.id}/{post['id']}"
    button = post["components"][0]["components"][-1]["components"][0]
    assert call_of(button["custom_id"]) == Call("quiz")
    assert corner.double.calls[-1].body["nonce"] == f"{KEY}-0"
    assert await corner.publisher.look(corner.channel, KEY, NOW) == link
    assert await corner.publisher.look(corner.channel, "another", NOW) is None


async def test_a_private_post_goes_to_the_person_alone(corner: Corner) -> None:
    link = await corner.publisher.publish(Target("discord", "", user="5"), HELLO, KEY, look_from=None)
    assert "/@me/" in link
    assert corner.room.messages == []


async def test_of_people_only_so_many_are_remembered(corner: Corner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.platforms.discord.publisher._MOST", 1)
    for user in ("5", "6", "5"):
        link = await corner.publisher.publish(Target("discord", "", user=user), HELLO, KEY, look_from=None)
        assert "/@me/" in link
        assert list(corner.publisher._direct) == [user]


@pytest.mark.parametrize(
    ("trouble", "error", "posted"),
    [
        (CutBefore(), Lost, 0),
        (CutAfter(), Lost, 1),
        (Failed(500, done=True), Lost, 1),
        (Failed(500), Lost, 0),
        (Failed(503), Lost, 0),
        (RateLimited(7), TooFast, 0),
        (discord_faults.Refused(403, 50013, "Missing Permissions"), Refused, 0),
        (discord_faults.Refused(404, 10003, "Unknown Channel"), Refused, 0),
    ],
    ids=repr,
)
async def test_a_trouble_is_told_as_what_it_is_and_nothing_is_sent_again(
    corner: Corner, trouble: Fault, error: type[PublishError], posted: int
) -> None:
    corner.double.fail("create_message", trouble)
    with pytest.raises(error) as told:
        await corner.publish()
    assert len(corner.room.messages) == posted
    if isinstance(told.value, TooFast):
        assert told.value.seconds == 7
    if isinstance(told.value, Refused):
        assert told.value.lasting
    if error is Lost:
        await corner.publish(look=True)
        assert len(corner.room.messages) == 1


@pytest.mark.parametrize("scope", ["user", "shared", "global"])
async def test_a_429_closes_what_it_says_and_nothing_more_is_sent_there(corner: Corner, scope: Scope) -> None:
    corner.double.fail("create_message", RateLimited(40, scope))
    other = Target("discord", "7", corner.double.town.add_channel().id)
    for _ in range(50):
        with pytest.raises(TooFast) as told:
            await corner.publish()
        assert 30 < told.value.seconds <= 40
    assert len(corner.double.calls) == 1
    if scope == "global":
        with pytest.raises(TooFast):
            await corner.publisher.publish(other, HELLO, KEY, look_from=None)
        with pytest.raises(TooFast):
            await corner.publisher.look(corner.channel, KEY, NOW)
        assert len(corner.double.calls) == 1
    else:
        await corner.publisher.publish(other, HELLO, KEY, look_from=None)
        assert len(corner.double.calls) == 2


async def test_what_is_due_at_once_is_posted_at_discords_pace() -> None:
    """Sixty at once, to a Discord that takes fifty a second: without a pace it would refuse ten."""

    async def publish(to: Target) -> None:
        try:
            await publisher.publish(to, HELLO, to.channel, look_from=None)
        except TooFast as wait:  # this machine had a moment in which what was paced arrived together
            await asyncio.sleep(wait.seconds)
            await publish(to)

    async with DiscordRest(limits=Limits()) as double:
        wire = Wire(double.token, double.api_url)
        await wire.open()
        publisher = DiscordPublisher(wire)
        rooms = [Target("discord", "7", double.town.add_channel().id) for _ in range(60)]
        await asyncio.gather(*map(publish, rooms))
        await wire.close()
        assert double.town.made == 60
        assert double.too_fast < 10


async def test_of_several_pages_only_those_that_are_missing_are_posted(corner: Corner) -> None:
    await corner.publish(LONG)
    assert len(corner.room.messages) > 1
    lost = corner.room.messages.pop()
    kept = [message["id"] for message in corner.room.messages]
    await corner.publish(LONG, look=True)
    assert [message["id"] for message in corner.room.messages][:-1] == kept
    assert corner.room.messages[-1]["components"] == lost["components"]


async def test_a_trouble_at_a_later_page_says_that_it_has_begun(corner: Corner) -> None:
    corner.double.fail("create_message", RateLimited(7), skip=1)
    with pytest.raises(TooFast) as told:
        await corner.publish(LONG)
    assert told.value.begun
    assert len(corner.room.messages) == 1
    corner.double.fail("create_message", RateLimited(7))
    with pytest.raises(TooFast) as told:
        await corner.publisher.publish(corner.channel, HELLO, "another", look_from=None)
    assert not told.value.begun


@pytest.mark.parametrize(
    ("trouble", "error"), [(discord_faults.UNAUTHORIZED, CannotLook), (RateLimited(7), TooFast)], ids=repr
)
async def test_a_look_into_direct_messages_that_do_not_open_says_nothing_of_the_post(
    corner: Corner, trouble: Fault, error: type[PublishError]
) -> None:
    corner.double.fail("create_dm", trouble, times=2)
    person = Target("discord", "", user="5")
    with pytest.raises(error):
        await corner.publisher.publish(person, HELLO, KEY, look_from=NOW)
    with pytest.raises(error):
        await corner.publisher.look(person, KEY, NOW)


async def test_where_it_may_not_read_it_posts_nothing(corner: Corner) -> None:
    await corner.publish()
    corner.double.change_channel(corner.room.id, {"history": False})
    with pytest.raises(CannotLook, match="may not be read"):
        await corner.publish(look=True)
    assert len(corner.room.messages) == 1


async def test_marks_are_ids_that_discord_takes_and_gives_to_nothing_else() -> None:
    marks = {mark_of(f"{KEY}-{number}") for number in range(10_000)}
    assert len(marks) == 10_000
    assert all(1 << 20 <= mark < 1 << 31 for mark in marks)


async def test_a_reply_of_the_bots_own_is_published(corner: Corner, mind: Dispatcher) -> None:
    from tests.life import Life

    await corner.publish(await Life(mind, NOW).say("salary senior"))
    (post,) = corner.room.messages
    assert [each["filename"] for each in post["attachments"]] == ["chart-1.png"]
