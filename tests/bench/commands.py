"""A command over the wire, from the event to the answer: ours beside what its libraries take for "hello"."""

import statistics
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from tests.bench.load import Goal, Row, Size
from tests.bench.staged import Subject, Way, card, on_discord, on_slack
from tests.bench.subjects.looping import SPEEDS
from tests.bench.volley import Shot, middle

DISCORD, SLACK_HTTP, SLACK_SOCKET = "Discord", "Slack, HTTP", "Slack, Socket Mode"
TEXT, ANEW, READY = "discord.py, a sentence", "discord.py, a card", "discord.py, JSON of a card"
RAW, RAW_CARD, BOLT = "aiohttp, a sentence", "aiohttp, bytes of a card", "slack-bolt, a sentence"

_SPEEDS = ", ".join(SPEEDS) or "asyncio's and Python's own; uvloop, orjson and httptools are not installed"

NOTES = f"""
Commands, in milliseconds: `/salary`, which answers with its whole card, a picture, figures, buttons and menus; on Slack
`/career salary`. From outside: an event is sent, and the answer is there once it is received. Ours is all of `careerbot
run` in one process, and each of the others is a process too; the platform is a third, on this machine, which is only
quick. CPU is what the process that answers uses, all its threads and its share of the system's. All run on the same
loop and the same JSON ({_SPEEDS}). Each load is given to all of a platform in turn, round by round; × is ours by it,
the median of the rounds. There is no TLS in it and no compression, which cost all of them the same.

It is always the same question, so ours only sends what it has kept of the first answer; what "A crowd" asks is not all
kept. One person asks all of it, as often as they like (CAREERBOT_REQUESTS_PER_MINUTE=0). Where there is uvloop, ours
has it here; `careerbot run` takes it for a process that says nothing unasked.

slack-bolt answers with process_before_response=True, and behind the same web server; the request is signed, and both
check it.
"""


#: A round's shot of each subject, by how many were asked at a time.
Shots = Mapping[int, Mapping[str, Sequence[Shot]]]


async def measure(fresh: Mapping[str, Callable[[], str]], size: Size) -> list[Row | Goal]:
    found: list[Row | Goal] = []
    with tempfile.TemporaryDirectory(prefix="careerbot-") as folder:
        shown = str(await card(Path(folder)))
        async with AsyncExitStack() as stack:
            come = stack.enter_async_context
            database = fresh["SQLite"]()
            subjects = [
                await come(on_discord("ours", "ours", lambda at: [database, "discord", at])),
                await come(on_discord(TEXT, "discord_py", lambda at: [at, "text"])),
                await come(on_discord(ANEW, "discord_py", lambda at: [at, "anew", shown])),
                await come(on_discord(READY, "discord_py", lambda at: [at, "ready", shown])),
                await come(on_discord(RAW, "raw_discord", lambda at: [at, "text"])),
                await come(on_discord(RAW_CARD, "raw_discord", lambda at: [at, "card", shown])),
            ]
            shots = await compare(subjects, size)
            found += [*rows(f"{DISCORD}, /salary", shots), *_discord_goals(shots, size)]
    ways: Sequence[tuple[str, Way]] = ((SLACK_HTTP, "http"), (SLACK_SOCKET, "socket"))
    for thing, how in ways:
        async with AsyncExitStack() as stack:
            shots = await compare(await _on_slack(stack, fresh["SQLite"](), how), size)
            found += [*rows(f"{thing}, /salary", shots), *_slack_goals(thing, shots, size)]
    return found


async def _on_slack(stack: AsyncExitStack, database: str, how: Way) -> list[Subject]:
    def ours(at: str, port: int) -> list[str]:
        return [database, how, at, *([str(port)] if how == "http" else [])]

    def bare(at: str, port: int) -> list[str]:
        return [how, at, str(port)]

    return [
        await stack.enter_async_context(on_slack("ours", "ours", ours, how, ["salary"])),
        await stack.enter_async_context(on_slack(BOLT, "bolt", bare, how, ["salary"])),
    ]


async def compare(subjects: Sequence[Subject], size: Size) -> Shots:
    for one in subjects:  # what is made once is made
        await one.answer(size.warm_up, 1)
    shots: dict[int, dict[str, list[Shot]]] = {at: defaultdict(list) for at in size.commands}
    for turn in range(size.rounds):
        for at_once, many in size.commands.items():
            for one in subjects[:: 1 if turn % 2 else -1]:
                shots[at_once][one.name].append(await one.answer(many, at_once))
    return shots


def rows(title: str, shots: Shots) -> list[Row]:
    found = []
    for at_once, by_name in shots.items():
        for name in dict.fromkeys(("ours", *by_name)):
            shot = middle(by_name[name])
            cells: dict[str, str | int | float] = {
                "at once": at_once, "who": name, "/s": round(shot.rate), "median": shot.median, "99 %": shot.p99,
                "CPU, µs": round(shot.cpu), "/s ×": ratio(by_name, name, "rate"),
                "median ×": ratio(by_name, name, "median"), "CPU ×": ratio(by_name, name, "cpu"),
            }  # fmt: skip
            found.append(Row(title, cells))
    return found


def ratio(by_name: Mapping[str, Sequence[Shot]], floor: str, figure: str) -> float:
    """Ours by the floor's: the median of the rounds."""
    pairs = zip(by_name["ours"], by_name[floor], strict=True)
    figures = ((getattr(ours, figure), getattr(bare, figure)) for ours, bare in pairs)
    return float(statistics.median(ours / bare for ours, bare in figures))


def _discord_goals(shots: Shots, size: Size) -> list[Goal]:
    by_name = shots[size.usual]
    return [
        Goal("Discord: CPU of /salary, by that of discord.py's sentence", ratio(by_name, TEXT, "cpu"), 1.1),
        Goal("Discord: CPU of /salary, by that of such a card in discord.py", ratio(by_name, ANEW, "cpu"), 0.6),
    ]


def _slack_goals(thing: str, shots: Shots, size: Size) -> list[Goal]:
    return [
        Goal(f"{thing}: median, {at} at a time, by slack-bolt's sentence", ratio(shots[at], BOLT, "median"), 1.5)
        for at in dict.fromkeys((min(size.commands), size.usual))
    ]
