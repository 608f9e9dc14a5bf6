"""`make bench-peers`: our whole /salary beside one sentence of other libraries, each in an environment of its own.

They are installed into build/peers, in the versions that stand in this folder; what a system cannot have is left out.
"""

import asyncio
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from rich.console import Console

from tests.bench import picture, report
from tests.bench.commands import RAW, TEXT, compare, ratio, rows
from tests.bench.discord_town import DiscordTown
from tests.bench.load import FULL, QUICK, Goal, Row, Size
from tests.bench.staged import SALARY, Subject, on_discord, running, until
from tests.bench.volley import Volley

HERE, OUT = Path(__file__).parent, Path("build") / "peers"
NEXTCORD, DISCORD_JS = "nextcord, a sentence", "discord.js, a sentence"
#: Those in our own language, before which we want to be.
IN_PYTHON = (TEXT, NEXTCORD)

NOTES = """
Peers: other libraries that answer `/salary` with one sentence, beside our whole card. All are asked as in `make bench`.
"""
#: From the platform's address, what to run.
Command = Callable[[str], list[str]]


def installed(console: Console) -> Mapping[str, Command]:
    """By name; the console is told of those that are left out."""
    found: dict[str, Command] = {}
    for name, install in ((NEXTCORD, _nextcord), (DISCORD_JS, _discord_js)):
        try:
            found[name] = install()
        except (OSError, subprocess.CalledProcessError) as error:
            console.print(f"{name} is left out: {error}")
    return found


def _nextcord() -> Command:
    where = OUT / "nextcord"
    python = str(where / "bin" / "python")
    if not where.exists():
        venv.create(where, with_pip=True)
        _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(HERE / "nextcord.txt"))
    return lambda at: [python, str(HERE / "nextcord_bot.py"), at]


def _discord_js() -> Command:
    where = OUT / "discord_js"
    if not (where / "node_modules").exists():
        shutil.copytree(HERE / "discord_js", where, dirs_exist_ok=True)
        _run("npm", "ci", "--no-audit", "--no-fund", "--silent", "--prefix", str(where))
    return lambda at: ["node", str(where / "bot.js"), at]


def _run(*command: str) -> None:
    subprocess.run(command, check=True)  # noqa: S603 # what stands above


@asynccontextmanager
async def _peer(name: str, command: Command) -> AsyncIterator[Subject]:
    volley = Volley()
    town = DiscordTown(volley, SALARY)
    async with running(*command(await town.open())) as pid:
        await until(lambda: town.connected)
        yield Subject(name, pid, volley, town)
    await town.close()


async def measure(peers: Mapping[str, Command], size: Size) -> list[report.Measured]:
    with tempfile.TemporaryDirectory(prefix="careerbot-") as folder:
        async with AsyncExitStack() as stack:
            come = stack.enter_async_context
            database = f"sqlite:///{folder}/ours.sqlite3"
            subjects = [
                await come(on_discord("ours", "ours", lambda at: [database, "discord", at])),
                await come(on_discord(TEXT, "discord_py", lambda at: [at, "text"])),
                await come(on_discord(RAW, "raw_discord", lambda at: [at, "text"])),
                *[await come(_peer(name, command)) for name, command in peers.items()],
            ]
            shots = await compare(subjects, size)
    usual = shots[size.usual]
    goals = [
        Goal(f"Answers a second, {size.usual} at a time, by {name}", ratio(usual, name, "rate"), 1.0, at_least=True)
        for name in IN_PYTHON
        if name in usual
    ]
    return [*rows("Discord", shots), *goals]


def main() -> None:
    size = QUICK if "--quick" in sys.argv else FULL
    console = Console()
    OUT.mkdir(parents=True, exist_ok=True)
    measured = asyncio.run(measure(installed(console), size))
    report.show(console, measured, NOTES, size)
    report.write(OUT.parent / "peers.json", measured)
    picture.draw(OUT.parent / "peers.png", [one for one in measured if isinstance(one, Row)], size.usual)


if __name__ == "__main__":
    main()
