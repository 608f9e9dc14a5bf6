"""The peers, a row for each. A new one is its bot, its pins (`make lock-peers`) and a row."""

import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HERE, OUT = Path(__file__).parent, (Path("build") / "peers").absolute()
_PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes")

#: From the platform's address, what to run.
Command = Callable[[str], list[str]]


class LeftOut(Exception):
    """A peer cannot be measured here; why."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another library. name: as its makers call it. file: of its bot, FILE_bot.py, with its pins, FILE.txt; or, in
    another language, of a folder with a bot.js and its package-lock.json. on: where it answers."""

    name: str
    file: str
    on: Literal["Discord", "Slack"] = "Discord"

    @property
    def in_python(self) -> bool:
        return not (HERE / self.file).is_dir()

    @property
    def pins(self) -> Path:
        return HERE / f"{self.file}.txt" if self.in_python else HERE / self.file / "package-lock.json"

    def install(self) -> Command:
        """Once for these pins, into an environment of its own. Raises LeftOut."""
        where = OUT / self.file
        done = where / "installed"  # the pins that it was made from
        if not (done.exists() and done.read_bytes() == self.pins.read_bytes()):
            shutil.rmtree(where, ignore_errors=True)
            try:
                _python(where, self.pins) if self.in_python else _node(where, HERE / self.file)
            except (OSError, subprocess.CalledProcessError) as error:
                raise LeftOut("what it needs could not be installed; the lines above say why") from error
            done.write_bytes(self.pins.read_bytes())
        if self.in_python:
            # Without its assertions, as hikari advises; the others only gain by it.
            return lambda at: [str(where / "bin" / "python"), "-O", str(HERE / f"{self.file}_bot.py"), at]
        return lambda at: ["node", str(where / "bot.js"), at]


PEERS = (
    Peer("discord.js", "discord_js"),
    Peer("nextcord", "nextcord"),
    Peer("py-cord", "pycord"),
    Peer("hikari", "hikari"),
    Peer("Red", "red"),
    Peer("nonebot2", "nonebot"),
    Peer("opsdroid", "opsdroid", on="Slack"),
    Peer("errbot", "errbot", on="Slack"),
)


def _python(where: Path, pins: Path) -> None:
    venv.create(where, with_pip=True)
    _run(str(where / "bin" / "python"), *_PIP, "-r", str(pins))


def _node(where: Path, bot: Path) -> None:
    shutil.copytree(bot, where)
    _run("npm", "ci", "--no-audit", "--no-fund", "--silent", "--prefix", str(where))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=sys.stderr)  # noqa: S603 # what stands above
