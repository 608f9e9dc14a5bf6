"""Deliveries on Discord: each call is sent once, and what went wrong is told exactly."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.delivery.pace import Pace
from bot.demo.slack.faults import CutAfter, CutBefore, Slow
from bot.platforms.discord import wire as wires
from bot.platforms.discord.choices import Component
from bot.platforms.discord.wire import Lost, Refused, TooFast, Wire
from tests.doubles import discord_faults
from tests.doubles.discord_faults import Failed, Fault, RateLimited
from tests.doubles.discord_rest import DiscordRest
from tests.doubles.discord_town import Town

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def saying(mark: int) -> list[Component]:
    """A message whose container has an id that names its delivery."""
    button = {"type": 2, "style": 2, "label": "More", "custom_id": "0:tip"}
    rows = [{"type": 10, "content": "This week"}, {"type": 1, "components": [button]}]
    return [{"type": 17, "id": mark, "components": rows}]


@pytest.fixture
async def double() -> AsyncIterator[DiscordRest]:
    async with DiscordRest(Town(lambda: NOW)) as running:
        yield running


@pytest.fixture
async def wire(double: DiscordRest) -> AsyncIterator[Wire]:
    made = Wire(double.token, double.api_url)
    await made.open()
    yield made
    await made.close()


async def test_a_message_is_posted_with_its_pictures_and_found_by_its_key(double: DiscordRest, wire: Wire) -> None:
    channel = double.town.add_channel()
    plain = await wire.post(channel.id, saying(1_000_001), [], "n1")
    drawn = await wire.post(channel.id, saying(1_000_002), [("a.png", b"\x89PNG"), ("b.txt", b"x")], "n2")
    assert [each["id"] for each in channel.messages] == [plain, drawn]
    assert double.calls[0].body["components"] == saying(1_000_001)
    assert [each["filename"] for each in channel.messages[1]["attachments"]] == ["a.png", "b.txt"]
    assert double.calls[0].body["allowed_mentions"] == {"parse": []}
    assert await wire.find(channel.id, [1_000_001, 1_000_002], NOW) == {1_000_001: plain, 1_000_002: drawn}
    assert await wire.find(channel.id, [1_000_003], NOW) == {}
    assert await wire.find(channel.id, [1_000_001], NOW + timedelta(minutes=5)) == {}, "it was made before"


async def test_the_same_nonce_gives_the_same_message(double: DiscordRest, wire: Wire) -> None:
    channel = double.town.add_channel()
    assert await wire.post(channel.id, saying(1_000_010), [], "n") == await wire.post(
        channel.id, saying(1_000_010), [], "n"
    )
    assert len(channel.messages) == 1


async def test_a_message_is_found_among_hundreds(double: DiscordRest, wire: Wire) -> None:
    channel = double.town.add_channel()
    for number in range(150):
        double.town.say(channel.id, str(number))
    posted = await wire.post(channel.id, saying(1_000_010), [], "n")
    for number in range(100):
        double.town.say(channel.id, str(number))
    assert await wire.find(channel.id, [1_000_010], NOW) == {1_000_010: posted}
    assert await wire.find(channel.id, [1_000_011], NOW) == {}
    double.town.post(channel.id, {"content": "week-9"}, {})
    assert await wire.find(channel.id, [1_000_009], NOW) == {}, "words are no identity"


async def test_too_much_to_look_through_is_said(
    double: DiscordRest, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wires, "_PAGES", 2)
    channel = double.town.add_channel()
    for number in range(201):
        double.town.say(channel.id, str(number))
    with pytest.raises(Refused, match="more than") as refused:
        await wire.find(channel.id, [1_000_010], NOW)
    assert not refused.value.passing


async def test_an_unreadable_history_is_not_taken_for_an_empty_one(double: DiscordRest, wire: Wire) -> None:
    channel = double.town.add_channel()
    double.change_channel(channel.id, {"history": False})
    assert await wire.find(channel.id, [1_000_010], NOW) == {}, "nothing was ever said there"
    await wire.post(channel.id, saying(1_000_010), [], "n")
    with pytest.raises(Refused, match="may not be read") as refused:
        await wire.find(channel.id, [1_000_010], NOW)
    assert not refused.value.passing
    assert await wire.find(channel.id, [1_000_010], NOW + timedelta(minutes=5)) == {}, "nothing was said since"
    double.change_channel(channel.id, {"view": False})
    with pytest.raises(Refused) as hidden:
        await wire.find(channel.id, [1_000_010], NOW)
    assert (hidden.value.code, hidden.value.passing) == (50001, False)


async def test_direct_messages_are_opened_once_and_a_closed_door_is_lasting(double: DiscordRest, wire: Wire) -> None:
    direct = await wire.open_dm("5")
    assert await wire.open_dm("5") == direct
    assert await wire.find(direct, [1_000_010], NOW) == {}
    await wire.post(direct, saying(1_000_010), [], "n")
    double.change_channel(direct, {"closed": True})
    with pytest.raises(Refused) as refused:
        await wire.post(direct, saying(1_000_012), [], "n2")
    assert (refused.value.status, refused.value.code, refused.value.passing) == (403, 50007, False)


@pytest.mark.parametrize(
    ("fault", "made"),
    [
        (CutBefore(), 0),
        (CutAfter(), 1),
        *[(Failed(status), 0) for status in (500, 502, 503, 504, 524)],
        *[(Failed(status, done=True), 1) for status in (500, 502, 503, 504, 524)],
        (Failed(200, done=True), 1),
        (Slow(0.3), 0),
        (Slow(0.3, done=True), 1),
    ],
)
async def test_where_the_answer_does_not_come_the_post_is_lost_and_not_sent_again(
    double: DiscordRest, wire: Wire, monkeypatch: pytest.MonkeyPatch, fault: Fault, made: int
) -> None:
    monkeypatch.setattr(wires, "_TIMEOUT", aiohttp.ClientTimeout(total=0.1))
    await wire.close()
    await wire.open()
    channel = double.town.add_channel()
    double.fail("create_message", fault)
    with pytest.raises(Lost):
        await wire.post(channel.id, saying(1_000_010), [], "n")
    assert len(double.calls_of("create_message")) == 1
    assert bool(await wire.find(channel.id, [1_000_010], NOW)) is bool(made)


@pytest.mark.parametrize(
    ("fault", "seconds", "everywhere"),
    [
        (RateLimited(7.5, "user"), 7.5, False),
        (RateLimited(1336.5, "shared"), 1336.5, False),
        (RateLimited(7.5, "global"), 7.5, True),
        (RateLimited(7.5, None), 7.5, False),
        (RateLimited(7.5, cloudflare=True), 8.0, True),
    ],
)
async def test_being_too_fast_is_told_at_once_with_how_long_to_wait(
    double: DiscordRest, wire: Wire, fault: Fault, seconds: float, everywhere: bool
) -> None:
    channel = double.town.add_channel()
    double.fail("*", fault, times=3)
    for call in (
        wire.post(channel.id, saying(1_000_010), [], "n"),
        wire.find(channel.id, [1_000_010], NOW),
        wire.open_dm("5"),
    ):
        wire._pace = Pace()  # which knows of none that was told before
        with pytest.raises(TooFast) as told:
            await call
        assert (told.value.seconds, told.value.everywhere) == (seconds, everywhere)
    assert (len(double.calls), channel.messages) == (3, [])


@pytest.mark.parametrize(
    ("fault", "code", "passing"),
    [
        (discord_faults.MISSING_ACCESS, 50001, False),
        (discord_faults.MISSING_PERMISSIONS, 50013, False),
        (discord_faults.UNKNOWN_CHANNEL, 10003, False),
        (discord_faults.UNAUTHORIZED, 0, False),
        (discord_faults.Refused(400, 40003, "You are opening direct messages too fast"), 40003, True),
        (Failed(404), 0, False),
        (Failed(308), 0, False),
    ],
)
async def test_a_no_says_what_it_was_and_whether_it_may_pass(
    double: DiscordRest, wire: Wire, fault: Failed | discord_faults.Refused, code: int, passing: bool
) -> None:
    channel = double.town.add_channel()
    double.fail("create_message", fault)
    with pytest.raises(Refused) as refused:
        await wire.post(channel.id, saying(1_000_010), [], "n")
    assert (refused.value.status, refused.value.code, refused.value.passing) == (fault.status, code, passing)
    assert double.token not in str(refused.value)


@pytest.mark.parametrize("fault", [CutBefore(), Failed(500), Failed(503)])
async def test_a_look_that_fails_may_be_made_again(double: DiscordRest, wire: Wire, fault: Fault) -> None:
    channel = double.town.add_channel()
    double.fail("get_channel", fault, times=None)
    with pytest.raises(Refused) as refused:
        await wire.find(channel.id, [1_000_010], NOW)
    assert refused.value.passing


async def test_what_cannot_be_reached_got_nothing() -> None:
    nobody = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = nobody.sockets[0].getsockname()[1]
    nobody.close()
    await nobody.wait_closed()
    wire = Wire("token", f"http://127.0.0.1:{port}")
    with pytest.raises(RuntimeError, match="not open"):
        await wire.open_dm("5")
    await wire.open()
    with pytest.raises(Refused, match="cannot be reached") as refused:
        await wire.post("1", saying(1_000_010), [], "n")
    await wire.close()
    assert refused.value.passing
