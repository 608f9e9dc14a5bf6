"""The end of a process, as a supervisor brings it about: nothing that was answered is lost."""

import asyncio
import itertools
import signal
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from sqlalchemy import select

from bot.demo.slack import LocalSlack
from bot.storage.opening import open_store
from bot.storage.tables import rotation
from tests.platforms.slack.test_http import FORM, signed
from tests.test_command_line import line_with, running


class Crowd:
    """Asks for tips through Slack's door, each time as somebody else; notes who was answered.

    However quick the answers are, it asks on until it is refused: so there is a load when the end comes.
    """

    def __init__(self, url: str, secret: str) -> None:
        self.answered: list[str] = []
        self.refused = 0
        self.warm = asyncio.Event()
        self._url = url
        self._secret = secret

    async def ask(self, session: aiohttp.ClientSession, asker: int) -> None:
        for name in (f"U{asker}x{n}" for n in itertools.count()):
            said = {"command": "/career", "text": "tip", "team_id": "T1", "channel_id": "C1", "user_id": name}
            body = urlencode(said).encode()
            headers = {**signed(body, secret=self._secret), "Content-Type": FORM}
            try:
                async with session.post(self._url, data=body, headers=headers) as answer:
                    assert answer.status == 200
                    await answer.read()
                self.answered.append(name)
            except aiohttp.ClientError:
                self.refused += 1
                return
            if len(self.answered) >= 60:
                self.warm.set()


def http_mode(slack: LocalSlack, **more: str) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        **more,
    }


async def test_told_to_stop_under_load_it_finishes_what_it_began_and_counts_each_once(tmp_path: Path) -> None:
    async with LocalSlack() as slack, running(tmp_path, "run", **http_mode(slack)) as process:
        address = (await line_with(process, "Listening on ")).split()[-1]
        await line_with(process, "Slack is ready")
        crowd = Crowd(f"{address}/slack/commands", slack.signing_secret)
        async with aiohttp.ClientSession() as session:
            asking = asyncio.gather(*(crowd.ask(session, asker) for asker in range(12)))
            await asyncio.wait_for(crowd.warm.wait(), 60)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 10) == 0
            await asking
        assert process.stdout
        log = (await process.stdout.read()).decode()
    assert crowd.refused == 12
    assert "Stopping" in log
    assert "Traceback" not in log
    async with open_store(f"sqlite:///{tmp_path / 'careerbot.sqlite3'}", look=True) as store:
        rows = await store.read(lambda tx: tx.execute(select(rotation.c.user, rotation.c.taken)).all())
    counted = Counter({str(user): int(taken) for user, taken in rows})
    assert {name for name in crowd.answered if counted[name] != 1} == set()
    assert set(counted.values()) == {1}


@pytest.mark.slow  # that a person has a pace at all is tested in tests/core
async def test_one_person_who_asks_on_and_on_is_told_to_wait_by_the_bot_as_it_runs(tmp_path: Path) -> None:
    async with LocalSlack() as slack, running(tmp_path, "run", **http_mode(slack)) as process:
        address = (await line_with(process, "Listening on ")).split()[-1]
        await line_with(process, "Slack is ready")
        told = []
        async with aiohttp.ClientSession() as session:
            for number in range(25):
                said = {"command": "/career", "text": "job", "team_id": "T1", "channel_id": "C1", "user_id": "U1"}
                body = urlencode(said | {"n": str(number)}).encode()
                headers = {**signed(body, secret=slack.signing_secret), "Content-Type": FORM}
                async with session.post(f"{address}/slack/commands", data=body, headers=headers) as answer:
                    told.append("One moment" in await answer.text())
    assert told[:20] == [False] * 20
    assert any(told)


@pytest.mark.slow  # its small sibling, of the lock alone, stands in tests/storage
async def test_a_second_process_on_the_same_file_is_told_what_to_do(tmp_path: Path) -> None:
    async with LocalSlack() as slack, running(tmp_path, "run", **http_mode(slack)) as first:
        await line_with(first, "Slack is ready")
        async with running(tmp_path, "run", **http_mode(slack)) as second:
            said = await line_with(second, "Another careerbot is using")
            assert "Stop it first; or, to run several, set DATABASE_URL to a PostgreSQL database" in said
            assert await second.wait() == 1
