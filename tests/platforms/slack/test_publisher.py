"""What the bot says unasked on Slack, against the local Slack and its troubles."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from bot import app
from bot.core.chat import Call, Choice, Reply, Text
from bot.delivery.outbox import Target
from bot.delivery.publisher import CannotLook, Lost, PublishError, Refused, TooFast
from bot.demo.slack import CutAfter, CutBefore, Fault, Http500, LocalSlack, Pace, RateLimited
from bot.demo.slack import Refused as SlackRefuses
from bot.platforms.slack.app import SlackBot
from bot.platforms.slack.publisher import SlackPublisher
from tests.chaos.sender import Address, on_slack
from tests.conftest import GARDENER
from tests.doubles import control

KEY = "abcdefghij0123456789"
HELLO = Reply("Hello", (Text("It is Monday."),), (Choice("A question", Call("quiz")),))
LONG = Reply("Long", tuple(Text("word " * 500) for _ in range(8)))


class Corner:
    """A local Slack, the bot's publisher in it, and the channel that it posts to."""

    def __init__(self, slack: LocalSlack, publisher: SlackPublisher) -> None:
        self.slack = slack
        self.publisher = publisher
        self.channel = Target("slack", slack.workspace.id, slack.careers)
        self.ada = Target("slack", slack.workspace.id, user=slack.ada)
        self.since = datetime.now(UTC) - timedelta(minutes=10)

    async def publish(self, reply: Reply = HELLO, *, look: bool = False) -> str:
        return await self.publisher.publish(self.channel, reply, KEY, look_from=self.since if look else None)

    @property
    def posts(self) -> list[str]:
        return [message.text for message in self.slack.seen_by(self.slack.grace, self.slack.careers)]


@asynccontextmanager
async def open_corner(slack: LocalSlack) -> AsyncIterator[Corner]:
    bot = SlackBot(app.dispatcher(GARDENER), lambda: datetime.now(UTC), slack.bot_token, "secret", slack.api_url)
    async with bot.answering():
        yield Corner(slack, bot.publisher)
    assert slack.refusals == []


@pytest.fixture
async def corner() -> AsyncIterator[Corner]:
    async with LocalSlack() as slack, open_corner(slack) as opened:
        yield opened


async def test_a_post_is_seen_by_all_and_its_link_leads_there(corner: Corner) -> None:
    link = await corner.publish()
    (post,) = corner.slack.seen_by(corner.slack.grace, corner.slack.careers)
    assert "It is Monday." in post.text
    assert link == f"https://makers-guild.slack.example/archives/{corner.slack.careers}/p{post.ts.replace('.', '')}"
    assert await corner.publisher.look(corner.channel, KEY, corner.since) == link
    assert await corner.publisher.look(corner.channel, "another", corner.since) is None


async def test_a_private_post_goes_to_the_person_alone(corner: Corner) -> None:
    link = await corner.publisher.publish(corner.ada, HELLO, KEY, look_from=None)
    assert corner.slack.calls_of("conversations.open") == [], "which may be called only so often"
    assert await corner.publisher.look(corner.ada, KEY, corner.since) == link
    assert [message.text for message in corner.slack.seen_by(corner.slack.ada)][-1].startswith("Hello")
    assert corner.slack.seen_by(corner.slack.grace) == []
    assert corner.posts == []


async def test_of_people_only_so_many_are_remembered(corner: Corner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.platforms.slack.publisher._MOST", 1)
    grace = Target("slack", corner.slack.workspace.id, user=corner.slack.grace)
    for number, person in enumerate([corner.ada, grace] * 2):
        link = await corner.publisher.publish(person, HELLO, f"key-{number}", look_from=None)
        assert await corner.publisher.look(person, f"key-{number}", corner.since) == link
        assert await corner.publisher.look(corner.ada, "another", corner.since) is None
        assert len(corner.publisher._direct) == 1


@pytest.mark.parametrize(
    ("trouble", "error", "posted"),
    [
        (CutBefore(), Lost, 0),
        (CutAfter(), Lost, 1),
        (Http500(done=True), Lost, 1),
        (Http500(), Lost, 0),
        (RateLimited(7), TooFast, 0),
        (SlackRefuses("fatal_error"), Lost, 0),
        (SlackRefuses("is_archived"), Refused, 0),
        (SlackRefuses("token_revoked"), Refused, 0),
    ],
    ids=repr,
)
async def test_a_trouble_is_told_as_what_it_is_and_nothing_is_sent_again(
    corner: Corner, trouble: Fault, error: type[PublishError], posted: int
) -> None:
    corner.slack.fail("chat.postMessage", trouble)
    with pytest.raises(error) as told:
        await corner.publish()
    assert len(corner.posts) == posted
    if isinstance(told.value, TooFast):
        assert told.value.seconds == 7
    if error is Lost:
        await corner.publish(look=True)
        assert len(corner.posts) == 1


async def test_a_429_closes_the_method_in_the_workspace_and_nothing_more_is_sent_there(corner: Corner) -> None:
    corner.slack.fail("chat.postMessage", RateLimited(40))
    room = corner.slack.workspace.add_channel("another").id
    for channel in [corner.channel] * 50 + [Target("slack", corner.slack.workspace.id, room)]:
        with pytest.raises(TooFast) as told:
            await corner.publisher.publish(channel, HELLO, KEY, look_from=None)
        assert 30 < told.value.seconds <= 40
    assert corner.slack.calls_of("chat.postMessage") == [], "a second call would have gone well"
    assert await corner.publisher.look(corner.channel, KEY, corner.since) is None


async def test_what_is_due_at_once_is_posted_at_slacks_pace() -> None:
    """Three to each of two channels, in a Slack that takes one a second in each."""
    pace = Pace()
    async with LocalSlack(pace=pace) as slack, open_corner(slack) as corner:
        other = slack.workspace.add_channel("another").id
        rooms = [corner.channel, Target("slack", slack.workspace.id, other)] * 3
        posts = (corner.publisher.publish(room, HELLO, f"{n}", look_from=None) for n, room in enumerate(rooms))
        await asyncio.gather(*posts)
        assert (len(corner.posts), pace.refused.total()) == (3, 0)


async def test_of_several_pages_only_those_that_are_missing_are_posted(corner: Corner) -> None:
    await corner.publish(LONG)
    whole = corner.posts
    assert len(whole) > 1
    messages = corner.slack.workspace.messages[corner.slack.careers]
    corner.slack.workspace.remove(messages[-1])
    await corner.publish(LONG, look=True)
    assert corner.posts == whole


async def test_a_trouble_at_a_later_page_says_that_it_has_begun(corner: Corner) -> None:
    corner.slack.fail("chat.postMessage", RateLimited(7), skip=1)
    with pytest.raises(TooFast) as told:
        await corner.publish(LONG)
    assert told.value.begun
    assert len(corner.posts) == 1
    corner.slack.fail("chat.postMessage", RateLimited(7))
    with pytest.raises(TooFast) as told:
        await corner.publisher.publish(corner.channel, HELLO, "another", look_from=None)
    assert not told.value.begun


@pytest.mark.parametrize(
    ("trouble", "error"), [(SlackRefuses("user_not_found"), CannotLook), (RateLimited(7), TooFast)], ids=repr
)
async def test_a_look_into_direct_messages_that_do_not_open_says_nothing_of_the_post(
    corner: Corner, trouble: Fault, error: type[PublishError]
) -> None:
    corner.slack.fail("conversations.open", trouble, times=2)
    with pytest.raises(error):
        await corner.publisher.publish(corner.ada, HELLO, KEY, look_from=corner.since)
    with pytest.raises(error):
        await corner.publisher.look(corner.ada, KEY, corner.since)


async def test_a_slack_that_cannot_be_reached_may_be_looked_at_later(corner: Corner) -> None:
    async with on_slack(Address("http://127.0.0.1:1/api/", "token")) as publisher:
        with pytest.raises(Refused, match="could not be reached") as told:
            await publisher.look(corner.channel, KEY, corner.since)
    assert not told.value.lasting


@pytest.mark.parametrize("status", [200, 502])
@pytest.mark.parametrize("kind", ["application/json", "text/html"])
async def test_an_answer_that_is_none_of_slacks_leaves_it_open_whether_it_was_posted(
    corner: Corner, status: int, kind: str
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text="<h1>Sorry", status=status, content_type=kind)

    async with (
        control.listening(0, [web.post("/api/{method}", answer)]) as url,
        on_slack(Address(f"{url}/api/", "token")) as publisher,
    ):
        with pytest.raises(Lost):
            await publisher.publish(corner.channel, HELLO, KEY, look_from=None)


async def test_where_it_may_not_read_it_posts_nothing(corner: Corner) -> None:
    corner.slack.fail("conversations.history", SlackRefuses("missing_scope"))
    with pytest.raises(CannotLook, match="I lack a right"):
        await corner.publish(look=True)
    assert corner.posts == []
    assert corner.slack.calls_of("chat.postMessage") == []


async def test_a_busy_channel_is_looked_through_page_by_page(corner: Corner) -> None:
    link = await corner.publish()
    for number in range(450):
        corner.slack.say(corner.slack.grace, corner.slack.careers, f"chat {number}")
    assert await corner.publish(look=True) == link
    assert len(corner.slack.calls_of("conversations.history")) == 3
