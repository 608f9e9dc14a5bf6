"""Kept in this process, and gone with it."""

from collections import OrderedDict

from bot.core.chat import Person


class MemoryRotation:
    """How far each person is in each pool; the longest unused are forgotten beyond `most`."""

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._taken: OrderedDict[tuple[Person, str], int] = OrderedDict()

    async def advance(self, person: Person, pool: str) -> int:
        taken = self._taken.pop((person, pool), 0)
        self._taken[person, pool] = taken + 1
        if len(self._taken) > self._most:
            self._taken.popitem(last=False)
        return taken
