"""A process that writes, and says what was acknowledged: `python writer.py URL count|answers FROM TO AT_ONCE`.

It says `ready` first, and begins when it is sent a line.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.core.chat import Person
from bot.storage.opening import open_store
from bot.storage.rotation import StoredRotation
from bot.storage.store import Store
from tests.storage import answering

ROOT = Path(__file__).parents[2]


async def writers(url: str, kind: str, *spans: range, at_once: int) -> list[asyncio.subprocess.Process]:
    """One such process for each span of numbers; they begin together."""
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, __file__, url, kind, str(span.start), str(span.stop), str(at_once),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
        )
        for span in spans
    ]  # fmt: skip
    for process in started:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
    for process in started:
        assert process.stdin
        process.stdin.write(b"go\n")
    return started


def _count(store: Store) -> Callable[[int], Awaitable[int]]:
    taken = StoredRotation(store)
    return lambda _number: taken.advance(Person("test", "w", "ada"), "all")


def _answers(store: Store) -> Callable[[int], Awaitable[int]]:
    from bot import app

    mind = app.dispatcher("ai-engineer", store)

    async def write(number: int) -> int:
        await answering.give(mind, number)
        return number

    return write


async def main(url: str, kind: str, first: int, end: int, at_once: int) -> None:
    async with open_store(url) as store:
        write = {"count": _count, "answers": _answers}[kind](store)

        async def work(numbers: range) -> None:
            for number in numbers:
                _say(await write(number))

        _say("ready")
        sys.stdin.readline()
        await asyncio.gather(*(work(range(first + n, end, at_once)) for n in range(at_once)))


def _say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    address, what, start, stop, several = sys.argv[1:]
    asyncio.run(main(address, what, int(start), int(stop), int(several)))
