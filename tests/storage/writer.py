"""A process that writes, and says what was acknowledged: `python writer.py URL count|rows FROM TO AT_ONCE`."""

import asyncio
import sys

from bot.core.chat import Person
from bot.storage.opening import open_store
from bot.storage.rotation import StoredRotation


async def main(url: str, kind: str, first: int, end: int, at_once: int) -> None:
    numbers = iter(range(first, end))
    async with open_store(url) as store:
        taken = StoredRotation(store)

        async def write() -> None:
            for number in numbers:
                pool = "all" if kind == "count" else str(number)
                done = await taken.advance(Person("test", "w", "ada"), pool)
                sys.stdout.write(f"{done if kind == 'count' else number}\n")
                sys.stdout.flush()

        await asyncio.gather(*(write() for _ in range(at_once)))


if __name__ == "__main__":
    address, what, start, stop, several = sys.argv[1:]
    asyncio.run(main(address, what, int(start), int(stop), int(several)))
