"""The command line as a person runs it: in a process of its own."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from bot import content, settings
from bot.__main__ import cli
from bot.core.chat import Person
from bot.core.errors import CareerbotError
from bot.demo.slack import LocalSlack
from bot.learning.quiz import asked_at
from bot.storage.learning import StoredLearning
from bot.storage.opening import open_store
from tests.conftest import GARDENER

ROOT = Path(__file__).parents[1]


def clean(tmp_path: Path, **more: str) -> dict[str, str]:
    """An environment without any of our settings, in a folder without `.env`; nothing is served over HTTP unasked."""
    names = {row.name for row in settings.rows()}
    kept = {name: value for name, value in os.environ.items() if name not in names}
    ours = {"PYTHONPATH": str(ROOT), "COLUMNS": "100", "HOME": str(tmp_path), "CAREERBOT_HTTP_PORT": "0"}
    return {**kept, **ours, **more}


async def careerbot(tmp_path: Path, *words: str, given: str = "", **env: str) -> tuple[int, str, str]:
    """Run it to its end: exit status, output, errors."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *words,
        cwd=tmp_path,
        env=clean(tmp_path, **env),
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
    )
    out, err = await asyncio.wait_for(process.communicate(given.encode()), 60)
    return process.returncode or 0, out.decode(), err.decode()


@asynccontextmanager
async def running(tmp_path: Path, *words: str, **env: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run it beside the test; its output and its log come in one stream."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, cwd=tmp_path, env=clean(tmp_path, **env),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line_with(process: asyncio.subprocess.Process, wanted: str) -> str:
    """Read until a line has `wanted` in it. Fails, with all that was read, when there is none."""
    read: list[str] = []
    assert process.stdout
    async with asyncio.timeout(30):
        while line := (await process.stdout.readline()).decode():
            read.append(line)
            if wanted in line:
                return line
    pytest.fail(f"no line has {wanted!r}: {''.join(read)}")


async def stopped(process: asyncio.subprocess.Process) -> int:
    """Tell it to stop; its exit status, within the ten seconds that an operator is promised."""
    process.send_signal(signal.SIGTERM)
    return await asyncio.wait_for(process.wait(), 10)


async def test_without_any_token_it_says_so_and_points_to_the_demo(tmp_path: Path) -> None:
    status, _, log = await careerbot(tmp_path, "run")
    assert status == 0
    assert "Discord is off: DISCORD_TOKEN is not set" in log
    assert "Slack is off: SLACK_BOT_TOKEN is not set" in log
    assert "make demo" in log


@pytest.mark.parametrize(
    ("words", "env", "says"),
    [
        (["--only", "slack"], {"DISCORD_TOKEN": "d"}, ["Slack cannot be served: SLACK_BOT_TOKEN is not set."]),
        (["--only", "digests"], {}, ["Discord cannot be served: DISCORD_TOKEN is not set.", "Slack cannot be served"]),
        (["--shards", "0", "--shard-count", "2"], {}, ["Discord cannot be served: DISCORD_TOKEN is not set."]),
        ([], {"SLACK_BOT_TOKEN": "b"}, ["Slack cannot be served: SLACK_BOT_TOKEN is set, but SLACK_APP_TOKEN is not."]),
        ([], {"SLACK_SIGNING_SECRET": "s"}, ["Slack cannot be served: SLACK_BOT_TOKEN is not set."]),
    ],
)
def test_who_means_to_serve_what_cannot_be_served_is_told_why_and_the_start_has_failed(
    words: list[str], env: dict[str, str], says: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    unset = {row.name: None for row in settings.rows()}
    ended = CliRunner().invoke(cli, ["run", *words], env={**unset, **env})
    assert isinstance(ended.exception, CareerbotError)  # of which `main` prints the sentence, and exits with 1
    assert all(line in str(ended.exception) for line in says)


async def test_a_wrong_setting_is_named_without_a_traceback(tmp_path: Path) -> None:
    status, _, log = await careerbot(tmp_path, "run", CAREERBOT_HTTP_PORT="many")
    assert status == 1
    assert log.startswith("CAREERBOT_HTTP_PORT: ")
    assert "Traceback" not in log


async def test_it_answers_once_as_data(tmp_path: Path) -> None:
    status, out, _ = await careerbot(tmp_path, "chat", "salary entry us", "--json")
    reply = json.loads(out)
    assert status == 0
    assert set(reply) == {"title", "text", "fields", "files", "choices", "source", "private"}
    assert "$90,000 to $120,000" in reply["text"]
    assert {"label": "Compare an offer", "call": "salary level=entry region=us OFFER"} in reply["choices"]


async def test_it_converses_and_a_number_picks_a_choice_and_fills_a_form(tmp_path: Path) -> None:
    status, out, _ = await careerbot(tmp_path, "chat", given="salary entry us\n1\n95k\nq\n")
    assert status == 0
    assert "Hello!" in out
    assert "Your offer, $95,000" in out


async def test_a_sound_pack_is_counted_and_a_broken_one_named_by_file_and_line(tmp_path: Path) -> None:
    status, out, _ = await careerbot(tmp_path, "check", "ai-engineer")
    assert status == 0
    assert re.search(r"tips\.yaml\s+│\s+\d+", out)
    shutil.copytree(GARDENER, tmp_path / "pack")
    pay = tmp_path / "pack" / "pay.yaml"
    pay.write_text(pay.read_text("utf-8").replace("low: 11000", "low: eleven"), "utf-8")
    for command in (["check", "pack"], ["demo", "--self-test", "--pack", "pack"]):
        status, _, err = await careerbot(tmp_path, *command)
        assert status == 1
        assert "pay.yaml:5: pay-apprentice.low: expected a whole number" in err


async def test_the_doctor_says_what_is_set_what_is_missing_and_what_is_next(tmp_path: Path) -> None:
    status, out, _ = await careerbot(tmp_path, "doctor")
    assert status == 0
    assert "not set: Slack is off" in out
    assert "careerbot demo" in out
    status, out, _ = await careerbot(tmp_path, "doctor", SLACK_BOT_TOKEN="xoxp-user")  # noqa: S106 # not a secret
    assert status == 1
    assert "does not begin with xoxb-" in out
    assert "xoxp-user" not in out
    assert not (tmp_path / "careerbot.sqlite3").exists()  # to look is not to make


async def test_the_database_is_made_checked_backed_up_and_restored(tmp_path: Path) -> None:
    assert (await careerbot(tmp_path, "db", "check"))[0] == 1  # there is none yet
    for command, says in (
        ("upgrade", "now at revision"), ("check", "Sound."), ("backup copy.sqlite3", "Written to copy.sqlite3"),
        ("restore copy.sqlite3", "Restored."), ("upgrade", "already at revision"),
    ):  # fmt: skip
        status, out, err = await careerbot(tmp_path, "db", *command.split())
        assert (status, err) == (0, "")
        assert says in out
    (tmp_path / "backups").mkdir()
    assert (await careerbot(tmp_path, "db", "backup", "backups", "--keep", "14"))[0] == 0
    assert [file.name[:13] for file in (tmp_path / "backups").iterdir()] == ["careerbot-202"]
    assert "up to date" in (await careerbot(tmp_path, "doctor"))[1]
    (tmp_path / "careerbot.sqlite3").write_text("<html>" * 1000)
    for words in (["db", "check"], ["doctor"], ["run"]):
        status, out, err = await careerbot(tmp_path, *words, DISCORD_TOKEN="x")  # noqa: S106 # no secret
        assert status == 1
        assert "damaged" in out + err
        assert "Traceback" not in err


async def test_a_database_that_cannot_be_reached_is_said_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://bot:sesame@127.0.0.1:1/bot"
    for words in (["db", "check"], ["db", "upgrade"], ["doctor"]):
        status, out, err = await careerbot(tmp_path, *words, DATABASE_URL=url)
        assert status == 1
        assert "cannot be reached" in re.sub(r"\s+", " ", out + err)
        assert "sesame" not in out + err
        assert "Traceback" not in err
    async with running(tmp_path, "run", DATABASE_URL=url, DISCORD_TOKEN="x") as process:  # noqa: S106 # no secret
        said = await line_with(process, "cannot be reached")  # it may be there in a moment, so it is tried again
        assert "I try again in 1 s" in said
        assert "sesame" not in said
        assert await stopped(process) == 0


async def test_reports_are_shown_beside_a_running_bot_and_never_say_who(tmp_path: Path) -> None:
    catalog, at = content.load(content.find("ai-engineer")), datetime(2026, 11, 23, tzinfo=UTC)
    file = f"sqlite:///{tmp_path / 'careerbot.sqlite3'}"
    assert (await careerbot(tmp_path, "reports"))[0] == 1  # there is no database yet
    async with open_store(file) as store:
        assert "No question is reported." in (await careerbot(tmp_path, "reports"))[1]
        assert json.loads((await careerbot(tmp_path, "reports", "--json"))[1]) == []
        learning, (a, b) = StoredLearning(store, catalog), catalog.bank[:2]
        gone = replace(b, id="q-gone")
        made = ("U-ADA", b, "too easy"), ("U-ADA", a, "[red]\x1b[31m"), ("U-JOAN", b, "typo"), ("U-JOAN", gone, "x")
        for n, (who, question, said) in enumerate(made):
            person = Person("slack", "T1", who, "Lovelace")
            await learning.report(person, question, said, at + timedelta(hours=n))
        _, out, _ = await careerbot(tmp_path, "reports", COLUMNS="200")
        status, data, _ = await careerbot(tmp_path, "reports", "--json")
    assert status == 0
    assert re.search(rf"2 │ 2026-11-23 │ no +│ {b.id} .*- too easy", out)
    assert b.right in out
    assert "The pack has it no more." in out
    assert "[red]" in out
    assert not any(trace in out + data for trace in ("ADA", "JOAN", "Lovelace", "\x1b"))
    first, second, third = json.loads(data)
    assert first == {
        "question": b.id, "reports": 2, "since": at.isoformat(), "void": False, "asks": b.question, "right": b.right,
        "said": ["too easy", "typo"],
    }  # fmt: skip
    assert (second["question"], second["said"]) == (a.id, ["[red]\x1b[31m"])
    assert (third["question"], third["asks"]) == ("q-gone", None)


async def test_a_question_made_void_is_set_right_at_the_next_start(tmp_path: Path) -> None:
    shutil.copytree(GARDENER, tmp_path / "pack")
    catalog, at = content.load(tmp_path / "pack"), datetime(2026, 11, 23, tzinfo=UTC)
    bad, ada, database = catalog.bank[1], Person("slack", "T1", "U1"), f"sqlite:///{tmp_path / 'careerbot.sqlite3'}"
    async with open_store(database) as store:
        await StoredLearning(store, catalog).answer(ada, asked_at(at, 1), bad, 3, at)
        await StoredLearning(store, catalog).report(ada, bad, "two are right", at)
    file = tmp_path / "pack" / "questions.yaml"
    void = "difficulty: 2\n  void: Two of the choices were right."
    heir = "\n- id: q-heir\n  " + file.read_text("utf-8").split(f"- id: {bad.id}\n  ")[1].split("- id:")[0]
    file.write_text(file.read_text("utf-8").replace("difficulty: 2", void) + heir, "utf-8")
    _, out, _ = await careerbot(tmp_path, "reports", "--json", "--pack", "pack")
    assert json.loads(out)[0]["void"] is True
    async with LocalSlack() as slack:
        env = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token, "SLACK_API_URL": slack.api_url}
        async with running(tmp_path, "run", CAREERBOT_PACK="pack", **env) as process:
            await line_with(process, "Answers to void questions that became right: 1")
            await line_with(process, "Slack is ready")
            assert await stopped(process) == 0
    async with open_store(database) as store:
        assert await StoredLearning(store, catalog).missed(ada, None) == ()
    assert json.loads((await careerbot(tmp_path, "reports", "--json", "--pack", "pack"))[1]) == []


async def test_help_needs_neither_the_database_nor_the_platforms(tmp_path: Path) -> None:
    script = (
        "import sys; sys.argv[1:] = ['--help']\nfrom bot.__main__ import main\ntry: main()\nexcept SystemExit: pass\n"
    )
    script += "print([n for n in ('sqlalchemy', 'alembic', 'aiosqlite', 'asyncpg', 'discord') if n in sys.modules])"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, cwd=tmp_path, env=clean(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert out.decode().splitlines()[-1] == "[]"


async def test_it_serves_slack_over_socket_mode_and_stops_when_told(tmp_path: Path) -> None:
    async with LocalSlack() as slack:
        env = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token, "SLACK_API_URL": slack.api_url}
        async with running(tmp_path, "run", **env) as process:
            await line_with(process, "Slack is ready")
            seen = await slack.slash(slack.ada, slack.careers, "/career", "salary senior", replies=1)
            assert "$150,000" in seen.says
            assert await stopped(process) == 0
        assert slack.refusals == []


async def test_it_serves_slack_over_http_and_stops_when_told(tmp_path: Path) -> None:
    async with LocalSlack() as slack:
        env = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.api_url,
            "CAREERBOT_LOG_FORMAT": "json",
        }
        async with running(tmp_path, "run", **env) as process:
            address = json.loads(await line_with(process, "Listening on "))["message"].split()[-1]
            assert json.loads(await line_with(process, "Slack is ready"))["level"] == "info"
            slack.deliver_to(f"{address}/slack/events")
            seen = await slack.slash(slack.ada, slack.careers, "/career", "salary senior", replies=1)
            assert "$150,000" in seen.says
            assert await stopped(process) == 0


async def test_a_token_that_slack_refuses_is_said_without_showing_it(tmp_path: Path) -> None:
    async with LocalSlack() as slack:
        env = {"SLACK_BOT_TOKEN": "xoxb-wrong", "SLACK_APP_TOKEN": slack.app_token, "SLACK_API_URL": slack.api_url}
        status, _, log = await careerbot(tmp_path, "run", **env)
    assert status == 1
    assert "Slack refused the bot token" in log
    assert "xoxb-wrong" not in log
    assert "Traceback" not in log


async def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    async with LocalSlack() as slack:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            status, _, log = await careerbot(
                tmp_path, "run", SLACK_BOT_TOKEN=slack.bot_token, SLACK_SIGNING_SECRET=slack.signing_secret,
                SLACK_API_URL=slack.api_url, CAREERBOT_HTTP_PORT=str(port),
            )  # fmt: skip
    assert status == 1
    assert f"cannot listen on 127.0.0.1:{port}" in log
    assert "Traceback" not in log


async def test_the_demo_tries_both_platforms_without_a_browser(tmp_path: Path) -> None:
    status, out, err = await careerbot(tmp_path, "demo", "--self-test")
    assert status == 0, out + err
    assert "Both sides answered as they should." in out
    assert "Unclosed" not in err


async def test_the_demo_shows_a_start_page_that_leads_to_both(tmp_path: Path) -> None:
    async with running(tmp_path, "demo", "--no-open") as process:
        line = await line_with(process, "ready to talk")
        (address,) = re.findall(r"http://127\.0\.0\.1:\d+/", line)
        async with aiohttp.ClientSession() as session, session.get(address) as response:
            page = await response.text()
        links = re.findall(r'class="open" href="(http://127\.0\.0\.1:[^"]+)"', page)
        assert len(links) == 2
        async with aiohttp.ClientSession() as session:
            for link in links:
                async with session.get(link) as response:
                    assert response.status == 200
        assert await stopped(process) == 0
