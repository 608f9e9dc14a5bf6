"""Instructions for one answer, counted by valgrind: a second witness, that holds still where times drift.

Only where it is asked for: a process under valgrind takes half a minute to start, and valgrind must be installed.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from tests.bench.commands import ANEW, BOLT, RAW_CARD, READY, SLACK_SOCKET, TEXT
from tests.bench.load import Row, Size
from tests.bench.staged import Subject, card, on_discord, on_slack

#: Answers that are counted, one at a time.
_COUNTED = 20

NOTES = """
Instructions: of the whole process, for one answer at a time, by valgrind's callgrind; the system's own are not in it.
"""


async def measure(fresh: Mapping[str, Callable[[], str]], size: Size) -> list[Row]:
    """One subject after the other. Raises RuntimeError where there is no valgrind."""
    if not shutil.which("valgrind"):
        raise RuntimeError("this needs valgrind")
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="careerbot-") as folder:
        shown, counts = str(await card(Path(folder))), Path(folder) / "callgrind"
        url, under = fresh["SQLite"], _valgrind(counts)
        discord = [
            on_discord("ours", "ours", lambda at: [url(), "discord", at], under=under),
            on_discord(TEXT, "discord_py", lambda at: [at, "text"], under=under),
            on_discord(ANEW, "discord_py", lambda at: [at, "anew", shown], under=under),
            on_discord(READY, "discord_py", lambda at: [at, "ready", shown], under=under),
            on_discord(RAW_CARD, "raw_discord", lambda at: [at, "card", shown], under=under),
        ]
        slack = [
            on_slack("ours", "ours", lambda at, _: [url(), "socket", at], "socket", ["salary"], under=under),
            on_slack(BOLT, "bolt", lambda at, _: ["socket", at], "socket", ["salary"], under=under),
        ]
        for thing, subjects in (("Discord", discord), (SLACK_SOCKET, slack)):
            for subject in subjects:
                async with AsyncExitStack() as stack:
                    one = await stack.enter_async_context(subject)
                    found.setdefault(thing, {})[one.name] = await _count(one, counts, size)
    return [
        Row(
            f"{thing}, /salary: instructions",
            {"who": name, "thousands": many / 1000, "ours by it": all_["ours"] / many},
        )
        for thing, all_ in found.items()
        for name, many in all_.items()
    ]


def _valgrind(counts: Path) -> list[str]:
    return ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={counts}", "-q"]


async def _count(one: Subject, counts: Path, size: Size) -> float:
    """Instructions an answer."""
    await one.answer(size.warm_up, 1)
    await _control(one.pid, "--instr=on")
    await one.answer(_COUNTED, 1)
    await _control(one.pid, "--instr=off")
    await _control(one.pid, "--dump")
    # It adds a number to the name at each dump.
    totals = [line for file in counts.parent.glob(f"{counts.name}*") for line in file.read_text("utf-8").splitlines()]
    for file in counts.parent.glob(f"{counts.name}*"):
        file.unlink()
    return max(int(line.split()[1]) for line in totals if line.startswith(("summary:", "totals:"))) / _COUNTED


async def _control(pid: int, what: str) -> None:
    quiet = asyncio.subprocess.DEVNULL
    told = await asyncio.create_subprocess_exec("callgrind_control", what, str(pid), stdout=quiet, stderr=quiet)
    if await told.wait():
        raise RuntimeError(f"callgrind_control {what} failed")
