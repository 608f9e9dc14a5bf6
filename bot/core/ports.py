"""What the core asks of the outside."""

from typing import Protocol

from bot.core.chat import Person


class Rotation(Protocol):
    """Remembers how far each person is in each pool, so that nothing comes twice before all has come once."""

    async def advance(self, person: Person, pool: str) -> int:
        """Count one more taken from the pool, and say how many had been taken before: 0, 1, 2, ..."""
