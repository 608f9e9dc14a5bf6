"""The demo's Discord tries itself, and its page comes and goes as it should."""

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest

from bot.core.dispatch import Dispatcher
from bot.demo.discord import SelfTestFailed, main, run_self_test
from bot.platforms import chart

_START = (
    "import sys; from bot import app; from bot.demo import discord; sys.exit(discord.main(app.dispatcher(sys.argv[1])))"
)
_GARDENER = str(Path(__file__).parents[1] / "packs" / "gardener")


async def test_the_self_test_tells_what_two_people_did_and_saw(gardener: Dispatcher) -> None:
    told = await run_self_test(gardener)
    did = [line for line in told if not line.startswith(" ")]
    assert did[0] == "Ada types /tip"
    assert "Ada clicks “Share”" in did
    assert any("form" in line for line in did)
    assert len(told) == 2 * len(did), "each step shows what came of it"


def test_the_self_test_fails_when_what_came_is_not_what_must_come(
    gardener: Dispatcher, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(chart, "picture", lambda _: 1 / 0)
    assert main(gardener, self_test=True) == 1
    assert "pay comes as a picture" in capsys.readouterr().err
    with pytest.raises(SelfTestFailed):
        asyncio.run(run_self_test(gardener))


@pytest.mark.parametrize("leave", [
    lambda process: process.stdin.close(),
    lambda process: process.send_signal(signal.SIGTERM),
], ids=["its input closes", "SIGTERM comes"])  # fmt: skip
async def test_the_page_is_there_until(leave: Callable[[asyncio.subprocess.Process], None]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _START, _GARDENER, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout
        async with asyncio.timeout(30):
            url = json.loads(await process.stdout.readline())["url"]
            page = await asyncio.to_thread(lambda: urlopen(url.partition("#")[0]).read())  # noqa: S310 # our own page
            assert b"<html" in page
            leave(process)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
