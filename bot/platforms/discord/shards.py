"""Which part of Discord a process serves: some shards of so many (developers/events/gateway, "Sharding")."""

import re
from dataclasses import dataclass

from bot.core.errors import CareerbotError

#: More shards than any bot has: a slip of the keyboard must not ask for a million connections.
_MOST = 65_536


@dataclass(frozen=True, slots=True)
class Shards:
    """ids: those of this process, in order. count: how many there are in all processes together."""

    ids: tuple[int, ...]
    count: int

    def has(self, guild: int) -> bool:
        """Whether events of that server come to this process."""
        return (guild >> 22) % self.count in self.ids


def read(shards: str | None, count: int | None) -> Shards | None:
    """The shards as typed: `0-3`, `5`, `0,2`, `0-1,4`; None for all, as many as Discord says.

    Raises CareerbotError with what to type instead.
    """
    if shards is None and count is None:
        return None
    if shards is None or count is None:
        raise CareerbotError("--shards and --shard-count go together, such as: --shards 0-3 --shard-count 16")
    if not 1 <= count <= _MOST:
        raise CareerbotError(f"--shard-count is how many shards there are in all: 1 to {_MOST}, and not {count}.")
    ids = [number for part in shards.split(",") for number in _span(part.strip(), shards)]
    if len(set(ids)) < len(ids):
        raise CareerbotError(f"--shards {shards} names a shard twice.")
    if over := [number for number in ids if number >= count]:
        raise CareerbotError(
            f"--shards {shards}: with --shard-count {count} the last shard is {count - 1}, not {over[-1]}."
        )
    return Shards(tuple(sorted(ids)), count)


def _span(part: str, typed: str) -> range:
    found = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", part, re.ASCII)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if first > last:
        raise CareerbotError(f"--shards {typed} is no list of shards: write 5, or 0,2, or 0-3.")
    return range(first, last + 1)
