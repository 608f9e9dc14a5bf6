"""Doubles in processes of their own: they outlive whoever talks to them, and tell afterwards what they hold."""

import asyncio
import sys

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack.faults import CutAfter, Slow
from bot.platforms.discord.wire import Refused, Wire
from tests.doubles.control import Json
from tests.doubles.discord_faults import Failed
from tests.doubles.process import Remote, started

#: Posts one message, says so on its output when it is on its way, and waits for the answer.
SENDER = """
import http.client, json, sys, urllib.parse
url, token, body = sys.argv[1:]
at = urllib.parse.urlsplit(url)
line = http.client.HTTPConnection(at.netloc)
line.request("POST", at.path, body, {"Authorization": token, "Content-Type": "application/json"})
print("sent", flush=True)
line.getresponse()
"""


async def sent_and_killed(url: str, token: str, body: str) -> None:
    """Post in a process that is killed before it has its answer."""
    program = (sys.executable, "-c", SENDER, url, token, body)
    sender = await asyncio.create_subprocess_exec(*program, stdout=asyncio.subprocess.PIPE)
    assert sender.stdout
    assert await sender.stdout.readline() == b"sent\n"
    sender.kill()
    await sender.wait()


async def held(double: Remote, channel: str) -> list[Json]:
    """The messages of a channel, as soon as there are any; none after ten seconds."""
    for _ in range(500):
        if messages := (await double.messages())[channel]:
            return messages
        await asyncio.sleep(0.02)
    return []


async def test_a_discord_keeps_what_a_sender_posted_that_was_killed() -> None:
    async with started("tests.doubles.discord_rest", "--channels", "2", "--limited") as double:
        channel, other = double.said["channels"]
        api_url, token = double.said["api_url"], double.said["token"]
        await double.fail("create_message", Slow(0.1))
        await sent_and_killed(f"{api_url}/channels/{channel}/messages", f"Bot {token}", '{"content": "last words"}')
        assert [each["content"] for each in await held(double, channel)] == ["last words"]
        wire = Wire(token, api_url)
        await wire.open()
        await double.change_channel(other, gone=True)
        await double.change_settings(nonce_seconds=0)
        saying = [{"type": 10, "content": "x"}]
        for _ in range(4):
            await wire.post(channel, saying, [], "the same one")
        counts = await double.counts()
        assert counts == {"calls": {"create_message": 5}, "made": 5, "too_fast": 0}
        await double.fail("create_message", Failed(500), times=None)
        await double.heal()
        with pytest.raises(Refused, match="Unknown Channel"):
            await wire.post(other, saying, [], "n")
        await wire.close()


async def test_a_slack_keeps_what_a_sender_posted_that_was_killed() -> None:
    async with started("tests.doubles.slack", "--channels", "3", "--people", "2", "--paced") as double:
        first, second, third = double.said["channels"]
        api_url, token = double.said["api_url"], double.said["token"]
        await double.fail("chat.postMessage", Slow(0.1))
        body = f'{{"channel": "{first}", "text": "last words"}}'
        await sent_and_killed(f"{api_url}chat.postMessage", f"Bearer {token}", body)
        assert [each["text"] for each in await held(double, first)] == ["last words"]
        client = AsyncWebClient(token=token, base_url=api_url, retry_handlers=[])
        await client.chat_postMessage(channel=double.said["people"][1], text="psst")
        metadata = {"event_type": "digest", "event_payload": {"delivery": "w1"}}
        await double.fail("chat.postMessage", CutAfter())
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await client.chat_postMessage(channel=second, text="cut", metadata=metadata)
        assert [each["metadata"] for each in await held(double, second)] == [metadata]
        await double.change_channel(second, joined=False)
        await double.change_channel(third, gone=True)
        assert third not in await double.messages()
        counts = await double.counts()
        assert counts == {"calls": {"chat.postMessage": 3}, "made": 3, "too_fast": 0}
        await double.change_settings(token_error="token_revoked")  # noqa: S106 # an error, no token
        with pytest.raises(SlackApiError, match="token_revoked"):
            await client.auth_test()
