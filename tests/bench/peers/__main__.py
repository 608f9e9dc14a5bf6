"""`make bench-peers`: our whole /salary beside one sentence of other libraries, each in an environment of its own.

They are installed into build/peers, in the versions that stand in this folder; what a system cannot have is left out,
and said to be.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from rich.console import Console

from tests.bench import picture, report
from tests.bench.commands import BOLT, RAW, TEXT, Shots, compare, ratio, rows
from tests.bench.discord_town import DiscordTown
from tests.bench.load import FULL, QUICK, Goal, Row, Size
from tests.bench.peers.registry import OUT, PEERS, Command, LeftOut, Peer
from tests.bench.slack_town import SlackTown
from tests.bench.staged import SALARY, Subject, on_discord, on_slack, running, until
from tests.bench.volley import Volley
from tests.reports import screen

#: What all of them say, as far as it looks the same in JSON and in a form.
SAID = b"Entry-level"
#: Seconds for a peer's first answer.
_PATIENCE = 20.0

NOTES = """
Peers: other libraries, each with a bot that says one sentence, beside our whole card. All are asked as in `make bench`,
on the loop and with the JSON that their own installation brings: uvloop and orjson with Red, asyncio and Python's own
with the others that are in Python. Their stores and caches are as they are by default, they log warnings only, and run
with `python -O`, without their assertions. ×: ours by theirs.

Discord: the same `/salary` for all. nextcord, hikari and discord.js answer in the event of an interaction, which is
the least that they can do; py-cord, Red and nonebot2 through their slash commands, as their makers show it.

Slack: errbot and opsdroid hear messages, so all are sent `salary` as direct messages, over Socket Mode, and answer with
a message of their own; slack-bolt does with `say`. Ours notes in its database that it is at that event, and then that
it is done, so that no replica answers it twice; the others note nothing. Before each answer errbot asks Slack who and
where that was, three calls which the real one would slow down; it answers in ten threads.
"""


def installed(console: Console) -> Mapping[str, Command]:
    """By name; the console is told of those that are left out."""
    found: dict[str, Command] = {}
    for peer in PEERS:
        try:
            found[peer.name] = peer.install()
        except LeftOut as why:
            console.print(f"{peer.name} is left out: {why}")
    return found


@asynccontextmanager
async def _peer(peer: Peer, command: Command) -> AsyncIterator[Subject]:
    """Running, in an empty folder which is its home. Raises LeftOut."""
    volley = Volley()
    town = DiscordTown(volley, SALARY) if peer.on == "Discord" else SlackTown(volley, ["salary"])
    log = OUT / f"{peer.file}.log"
    with tempfile.TemporaryDirectory(prefix="careerbot-") as home, log.open("wb") as errors:
        alone = ["env", "-C", home, f"HOME={home}", f"TMPDIR={home}"]
        alone += [f"XDG_{kind}_HOME={home}" for kind in ("CACHE", "CONFIG", "DATA", "STATE")]
        address = await town.open()
        try:
            async with running(*alone, *command(address), errors=errors) as pid:
                subject = Subject(peer.name, pid, volley, town)
                await _first_answer(subject, log)
                yield subject
        finally:
            await town.close()


async def _first_answer(subject: Subject, log: Path) -> None:
    """Raises LeftOut."""
    town = subject.town
    try:
        await until(lambda: town.connected or not Path(f"/proc/{subject.pid}").exists())
        if isinstance(town, SlackTown):
            town.by_message()
        async with asyncio.timeout(_PATIENCE):
            await subject.answer(1, 1)
    except (OSError, TimeoutError) as error:
        raise LeftOut(f"it did not come, or did not answer; {log} may say why") from error
    if SAID not in town.last:
        raise LeftOut(f"it answered something else: {town.last[:200]!r}")


async def _discord(come: AsyncExitStack, database: str) -> list[Subject]:
    return [
        await come.enter_async_context(on_discord("ours", "ours", lambda at: [database, "discord", at])),
        await come.enter_async_context(on_discord(RAW, "raw_discord", lambda at: [at, "text"])),
        await come.enter_async_context(on_discord(TEXT, "discord_py", lambda at: [at, "text"])),
    ]


async def _slack(come: AsyncExitStack, database: str) -> list[Subject]:
    def ours(at: str, port: int) -> list[str]:
        del port
        return [database, "socket", at]

    return [
        await come.enter_async_context(on_slack("ours", "ours", ours, "message", ["salary"])),
        await come.enter_async_context(
            on_slack(BOLT, "bolt", lambda at, port: ["socket", at, str(port)], "message", ["salary"])
        ),
    ]


async def measure(console: Console, ready: Mapping[str, Command], size: Size) -> list[report.Measured]:
    found: list[report.Measured] = []
    with tempfile.TemporaryDirectory(prefix="careerbot-") as folder:
        for on, title, bare, ours in (
            ("Discord", "Discord, /salary", TEXT, _discord),
            ("Slack", "Slack, salary in a direct message, Socket Mode", BOLT, _slack),
        ):
            there = [peer for peer in PEERS if peer.on == on]
            async with AsyncExitStack() as stack:
                subjects = await ours(stack, f"sqlite:///{folder}/{on}.sqlite3")
                for peer in there:
                    if peer.name in ready:
                        try:
                            subjects.append(await stack.enter_async_context(_peer(peer, ready[peer.name])))
                        except LeftOut as why:
                            console.print(f"{peer.name} is left out: {why}")
                shots = await compare(subjects, size)
            wanted = [bare, *(peer.name for peer in there if peer.in_python)]
            found += [*rows(title, shots), *_goals(on, wanted, shots, size)]
    return found


def _goals(on: str, wanted: Sequence[str], shots: Shots, size: Size) -> list[Goal]:
    """Before all that are in our own language we want to be."""
    usual = shots[size.usual]
    return [
        Goal(
            f"{on}: answers a second, {size.usual} at a time, by {name}",
            ratio(usual, name, "rate") if name in usual else None,
            1.0,
            at_least=True,
        )
        for name in wanted
    ]


def main() -> None:
    size = QUICK if "--quick" in sys.argv else FULL
    console = screen()
    OUT.mkdir(parents=True, exist_ok=True)
    measured = asyncio.run(measure(console, installed(console), size))
    report.show(console, measured, NOTES, size)
    report.write(OUT.parent / "peers.json", measured)
    picture.draw(OUT.parent / "peers.png", [one for one in measured if isinstance(one, Row)], size.usual)


if __name__ == "__main__":
    main()
