"""A database that is not there yet, and one that goes away: what goes on, what says so, and that all comes back. And
what a process does that is told to stop, but not at once.
"""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

from bot.demo.slack import LocalSlack
from tests.cable import Cable
from tests.operations.test_stopping import http_mode
from tests.test_command_line import line_with, running


async def test_look_ups_go_on_writes_say_so_and_all_comes_back_and_a_drain_serves_on(
    postgres: Callable[[], str], tmp_path: Path
) -> None:
    cable = Cable(postgres())
    await cable.plug_in()
    cable.cut()
    async with (
        LocalSlack() as slack,
        running(tmp_path, "run", **http_mode(slack, DATABASE_URL=cable.url, CAREERBOT_DRAIN_SECONDS="300")) as process,
        aiohttp.ClientSession() as session,
    ):
        address = (await line_with(process, "Listening on ")).split()[-1]

        async def asked(path: str) -> tuple[int, Any]:
            async with session.get(address + path) as answer:
                return answer.status, await answer.json()

        async def becomes(status: str) -> tuple[int, Any]:
            """The first answer of /readyz with that status; a look is good for two seconds, so one asks on."""
            for _ in range(100):
                told = await asked("/readyz")
                if told[1]["status"] == status:
                    return told
                await asyncio.sleep(0.1)
            raise AssertionError(f"it does not become {status}: {told}")

        async def says(text: str) -> str:
            return (await slack.slash(slack.ada, slack.careers, "/career", text, replies=1)).says

        # At the start it is waited for: the process lives, but is not ready.
        await line_with(process, "cannot be reached at the address in DATABASE_URL")
        assert await asked("/healthz") == (200, {"status": "ok"})
        assert await asked("/readyz") == (503, {"status": "starting", "parts": {}})
        await cable.plug_in()
        await line_with(process, "Slack is ready")
        slack.deliver_to(f"{address}/slack/events")
        well = {"database": {"ok": True}, "slack": {"ok": True}}
        assert await asked("/readyz") == (200, {"status": "ok", "parts": well})
        first = await says("tip")
        assert "can't remember" not in first

        cable.cut()
        assert "$150,000" in await says("salary senior")
        assert "I can't remember anything just now" in await says("tip")
        away = {"ok": False, "why": "it cannot be reached"}
        assert await becomes("degraded") == (200, {"status": "degraded", "parts": well | {"database": away}})

        await cable.plug_in()
        again = await says("tip")
        assert "can't remember" not in again
        assert again != first
        assert (await becomes("ok"))[0] == 200

        # Told to stop, it says so first, and serves on while others notice; a second word ends it at once.
        process.send_signal(signal.SIGTERM)
        await line_with(process, "Draining for 300 s")
        told = await asked("/readyz")
        assert (told[0], told[1]["status"]) == (503, "draining")
        assert "$150,000" in await says("salary senior")
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == -signal.SIGTERM
    cable.cut()
