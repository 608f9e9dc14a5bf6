"""What was about to be sent when a delivery's time ran out does not leave."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from bot.core.chat import Reply, Text
from bot.delivery.outbox import Target
from bot.delivery.publisher import Lost, still_ours
from bot.demo.slack import LocalSlack
from bot.platforms.fence import FencedSocket
from bot.platforms.slack.background import Background
from bot.platforms.slack.publisher import SlackPublisher
from tests.chaos.sender import Address, on_discord, on_slack
from tests.doubles.discord_rest import DiscordRest

KEY = "abcdefghij0123456789"
MUCH = 64 * 1024**2
HELLO = Reply("Hello", (Text("It is Monday."),))


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack() as running:
        yield running


@pytest.fixture
async def discord() -> AsyncIterator[DiscordRest]:
    async with DiscordRest() as running:
        yield running


@contextmanager
def time_for(sends: int) -> Iterator[None]:
    """There is time left for so many sends, and then no more."""
    left = iter(range(sends))
    token = still_ours.set(lambda: next(left, None) is not None)
    yield
    still_ours.reset(token)


async def test_a_post_to_slack_is_not_sent(slack: LocalSlack) -> None:
    target = Target("slack", slack.workspace.id, slack.careers)
    async with on_slack(Address(slack.api_url, slack.bot_token)) as publisher:
        with time_for(0), pytest.raises(Lost):
            await publisher.publish(target, HELLO, KEY, look_from=None)
        assert slack.calls == []
        await publisher.publish(target, HELLO, KEY, look_from=None)
    assert len(slack.calls) == 1


async def test_a_post_to_discord_is_not_sent(discord: DiscordRest) -> None:
    target = Target("discord", "7", discord.town.add_channel().id)
    async with on_discord(Address(discord.api_url, discord.token)) as publisher:
        with time_for(0), pytest.raises(Lost):
            await publisher.publish(target, HELLO, KEY, look_from=None)
        assert discord.calls == []
        await publisher.publish(target, HELLO, KEY, look_from=None)
    assert len(discord.calls) == 1


async def test_a_connection_that_was_good_for_the_look_is_not_for_the_post(slack: LocalSlack) -> None:
    target = Target("slack", slack.workspace.id, slack.careers)
    async with on_slack(Address(slack.api_url, slack.bot_token)) as publisher:
        with time_for(1), pytest.raises(Lost):
            await publisher.publish(target, HELLO, KEY, look_from=datetime.now(UTC))
    assert [call.method for call in slack.calls] == ["conversations.history"]


async def test_a_picture_that_a_delivery_has_sent_for_may_come_after_its_time(slack: LocalSlack) -> None:
    async with on_slack(Address(slack.api_url, slack.bot_token)) as publisher:
        with time_for(0):
            arrival = Background().start(upload(publisher), "a picture")
        await arrival
    assert [call.method for call in slack.calls][-1] == "files.completeUploadExternal"


async def upload(publisher: SlackPublisher) -> None:
    await publisher._wires.of("T1").upload("chart.png", b"x", alt="a chart")


async def test_what_was_half_sent_is_never_whole() -> None:
    """It is more than the system takes at once: the rest waits in asyncio, which sends it before it sees to timers."""
    heard: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set_result(len(await reader.read()))
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        line = FencedSocket(socket.AF_INET, socket.SOCK_STREAM)
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, server.sockets[0].getsockname())
        _, writer = await asyncio.open_connection(sock=line)
        with time_for(1):
            writer.write(bytes(MUCH))
        with pytest.raises(ConnectionAbortedError):
            await writer.drain()
        assert 0 < await heard < MUCH
        writer.close()
