"""The Discord of the tests' own, held against the real discord.py: what it does with each trouble stands here too."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import discord
import pytest

from bot.core.chat import Call, Choice, Reply, Text
from bot.demo.slack.faults import CutAfter, CutBefore, Slow
from bot.platforms.discord.sending import Page, pages
from tests.doubles import discord_faults
from tests.doubles.control import Json
from tests.doubles.discord_checks import parts_of
from tests.doubles.discord_faults import Failed, Fault, RateLimited
from tests.doubles.discord_limits import Limits
from tests.doubles.discord_rest import DiscordRest, discord_at
from tests.doubles.discord_town import Channel, Town


class Clock:
    """Moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def double(clock: Clock) -> AsyncIterator[DiscordRest]:
    async with DiscordRest(Town(clock)) as running:
        with discord_at(running.api_url):
            yield running


@pytest.fixture
async def client(double: DiscordRest) -> AsyncIterator[discord.Client]:
    """A real client, logged in and never connected."""
    made = discord.Client(intents=discord.Intents.none(), allowed_mentions=discord.AllowedMentions.none())
    await made.login(double.token)
    yield made
    await made.close()


@pytest.fixture
async def page() -> Page:
    (written,) = await pages(Reply("This week", (Text("Hello."),), (Choice("More", Call("tip")),)))
    return written


def ids_of(message: Json) -> list[str]:
    return [part["custom_id"] for part in parts_of(message["components"]) if "custom_id" in part]


def at(client: discord.Client, channel: Channel) -> discord.PartialMessageable:
    return client.get_partial_messageable(int(channel.id))


async def test_our_pages_arrive_with_their_pictures_and_can_be_read_changed_and_found(
    double: DiscordRest, client: discord.Client, page: Page
) -> None:
    channel = double.town.add_channel()
    drawn = Page(page.components, (("a.png", b"\x89PNG"),))
    sent = await at(client, channel).send(view=drawn.view(), files=drawn.files(), nonce="week-1")
    (held,) = channel.messages
    assert (str(sent.id), sent.nonce) == (held["id"], "week-1")
    (box,) = held["components"]
    assert [part.get("content") for part in box["components"]][:2] == ["## This week", "Hello."]
    assert ids_of(held) == ids_of({"components": list(page.components)})
    assert held["flags"] == 1 << 15
    assert [(each["filename"], each["size"]) for each in held["attachments"]] == [("a.png", 4)]
    (read,) = [each async for each in at(client, channel).history(limit=5)]
    assert (read.id, read.nonce) == (sent.id, None), "history tells no nonce"
    await sent.edit(view=page.view())
    assert held["edited_timestamp"]
    direct = await client.create_dm(discord.Object(5))
    assert direct.id == (await client.create_dm(discord.Object(5))).id
    await direct.send("psst")
    assert [each["content"] for each in double.messages()[str(direct.id)]] == ["psst"]


async def test_history_is_newest_first_and_starts_where_it_is_asked_to(
    double: DiscordRest, client: discord.Client
) -> None:
    channel = double.town.add_channel()
    ids = [int(double.town.say(channel.id, str(number))["id"]) for number in range(5)]

    async def read(**where: int) -> list[int]:
        return [int(each["id"]) for each in await client.http.logs_from(channel.id, **{"limit": 2, **where})]

    assert await read() == [ids[4], ids[3]]
    assert await read(before=ids[2]) == [ids[1], ids[0]]
    assert await read(after=ids[0]) == [ids[2], ids[1]], "those that come next, the later one first"
    assert await read(around=ids[2], limit=3) == [ids[3], ids[2], ids[1]]


async def test_an_enforced_nonce_makes_one_message_as_long_as_it_is_remembered(
    double: DiscordRest, client: discord.Client, clock: Clock
) -> None:
    channel, other = double.town.add_channel(), double.town.add_channel()
    first = await at(client, channel).send("one", nonce="n")
    clock.now += timedelta(minutes=4, seconds=59)
    assert (await at(client, channel).send("two", nonce="n")).id == first.id
    assert (await at(client, other).send("elsewhere", nonce="n")).id == first.id, "by author and nonce alone"
    clock.now += timedelta(seconds=1)
    assert (await at(client, channel).send("three", nonce="n")).id != first.id
    double.town.delete(channel.id, channel.messages[-1]["id"])
    with pytest.raises(discord.NotFound) as gone:
        await at(client, channel).send("four", nonce="n")
    assert gone.value.code == discord_faults.UNKNOWN_MESSAGE.code
    unenforced = {"content": "x", "nonce": "m"}
    made = {double.town.post(other.id, unenforced, {})["id"] for _ in range(2)}
    assert len(made) == 2


async def test_what_a_channel_does_not_allow_is_refused_in_discords_way(
    double: DiscordRest, client: discord.Client
) -> None:
    async def code(channel: Channel, **change: bool) -> tuple[int, int]:
        double.change_channel(channel.id, dict(change))
        with pytest.raises(discord.HTTPException) as refused:
            await at(client, channel).send("x")
        return refused.value.status, refused.value.code

    town = double.town
    assert await code(town.add_channel(), view=False) == (403, 50001)
    assert await code(town.add_channel(), send=False) == (403, 50013)
    assert await code(town.add_channel(), gone=True) == (404, 10003)
    assert await code(town.dm("5"), closed=True) == (403, 50007)
    silent = town.add_channel()
    town.say(silent.id, "hi")
    double.change_channel(silent.id, {"history": False})
    assert [each async for each in at(client, silent).history()] == [], "and no word of why"
    with pytest.raises(AttributeError, match="has no 'shut'"):
        double.change_channel(silent.id, {"shut": True})
    double.change_settings({"token": "another"})
    assert await code(town.add_channel()) == (401, 0)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"content": "x", "nonce": "n" * 26}, "nonce"),
        ({"content": "x", "flags": 1 << 15}, "IS_COMPONENTS_V2"),
        ({"components": [{"type": 10, "content": "x"}]}, "need the flag"),
        ({"components": [{"type": 1, "components": [{"type": 2, "custom_id": "a"}] * 2}]}, "twice"),
        ({"components": [{"type": 1, "components": [{"type": 2, "custom_id": "a" * 101}]}]}, "custom_id"),
        ({"components": [{"type": 1}] * 41}, "40 or fewer"),
        ({"content": "x", "attachments": [{"id": 0, "filename": "a.png"}]}, "attachments"),
        ({"content": ""}, "empty"),
    ],
)
async def test_a_message_that_discord_would_refuse_is_refused(double: DiscordRest, body: object, why: str) -> None:
    channel = double.town.add_channel()
    headers = {"Authorization": f"Bot {double.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        answer = await session.post(f"{double.api_url}/channels/{channel.id}/messages", json=body)
        assert answer.status == 400
        assert why in (await answer.json())["message"]
    assert channel.messages == []


@pytest.mark.parametrize(
    ("fault", "error", "posts", "made"),
    [
        (CutBefore(), "ServerDisconnectedError", 1, 0),
        (CutAfter(), "ServerDisconnectedError", 1, 1),
        (Failed(503), "DiscordServerError(503", 1, 0),
        (Failed(503, done=True), "DiscordServerError(503", 1, 1),
        (RateLimited(0.01, "user"), "", 2, 1),
        (RateLimited(0.01, "shared"), "", 2, 1),
        (RateLimited(0.01, "global"), "", 2, 1),
        (RateLimited(0.01, None), "", 2, 1),
        (RateLimited(0.01, cloudflare=True), "HTTPException(429", 1, 0),
        (discord_faults.MISSING_ACCESS, "Forbidden(403 Forbidden (error code: 50001)", 1, 0),
        (discord_faults.UNKNOWN_CHANNEL, "NotFound(404 Not Found (error code: 10003)", 1, 0),
        (discord_faults.UNAUTHORIZED, "HTTPException(401", 1, 0),
        (Slow(0.02), "", 1, 1),
        (Slow(0.02, done=True), "", 1, 1),
    ],
)
async def test_what_discord_py_makes_of_each_trouble(
    double: DiscordRest, client: discord.Client, fault: Fault, error: str, posts: int, made: int
) -> None:
    channel, said = double.town.add_channel(), ""
    double.fail("create_message", fault)
    try:
        await at(client, channel).send("x", nonce="n")
    except (discord.HTTPException, aiohttp.ClientError) as caught:
        said = f"{type(caught).__name__}({caught}"
    assert error in said
    assert bool(error) == bool(said)
    assert (len(double.calls_of("create_message")), len(channel.messages)) == (posts, made)


async def test_discord_py_posts_again_after_a_500_and_only_the_nonce_keeps_it_from_standing_there_twice(
    double: DiscordRest, client: discord.Client
) -> None:
    async with DiscordRest(Town(nonce_seconds=0)) as forgetful:
        channel, other = double.town.add_channel(), forgetful.town.add_channel()
        forgetful.token = double.token
        for one in (double, forgetful):
            one.fail("create_message", Failed(500, done=True))
        with discord_at(forgetful.api_url):
            send = asyncio.ensure_future(at(client, other).send("x", nonce="n"))
            await asyncio.sleep(0)  # it takes the address as it starts
        await asyncio.gather(send, at(client, channel).send("x", nonce="n"))
    assert (len(channel.messages), len(other.messages)) == (1, 2)


async def test_troubles_wait_for_their_call(double: DiscordRest, client: discord.Client) -> None:
    channel = double.town.add_channel()
    double.fail("create_message", discord_faults.MISSING_ACCESS, times=2, skip=1)
    said = []
    for number in range(4):
        try:
            said.append((await at(client, channel).send(str(number))).content)
        except discord.Forbidden:
            said.append("no")
    assert said == ["0", "no", "no", "3"]
    with pytest.raises(LookupError, match="create_message"):
        double.fail("send", CutAfter())


async def test_limits_are_told_ahead_and_kept_when_asked_for(clock: Clock) -> None:
    ticks = [0.0]
    async with DiscordRest(limits=Limits(every=8, now=lambda: ticks[0])) as double:
        headers = {"Authorization": f"Bot {double.token}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            one, two = double.town.add_channel(), double.town.add_channel()

            async def post(channel: Channel) -> aiohttp.ClientResponse:
                where = f"{double.api_url}/channels/{channel.id}/messages"
                async with session.post(where, json={"content": "x"}) as answer:
                    await answer.read()
                    return answer

            told = [(await post(one)).headers["X-RateLimit-Remaining"] for _ in range(5)]
            assert told == ["4", "3", "2", "1", "0"]
            full = await post(one)
            assert (full.status, full.headers["X-RateLimit-Scope"], full.headers["Retry-After"]) == (429, "user", "5")
            assert (await full.json())["retry_after"] == 5.0
            assert [(await post(two)).status for _ in range(3)] == [200] * 3
            everywhere = await post(two)
            assert (everywhere.status, everywhere.headers["X-RateLimit-Scope"]) == (429, "global")
            assert (await everywhere.json())["global"] is True
            ticks[0] = 1.0
            assert [(await post(two)).status, (await post(one)).status] == [200, 429]
            ticks[0] = 5.0
            assert (await post(one)).status == 200
        assert (double.counts()["made"], double.counts()["too_fast"]) == (10, 3)
