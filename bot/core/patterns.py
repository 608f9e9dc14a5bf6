"""Kinds of parameter whose values are told from other words by how they are written: a time, a day, a place.

A kind of `bot.core.parameters` like any other; here because that file need not know how each is read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from types import MappingProxyType
from typing import Any

from bot.core.times import Until, like_time, like_until, read_time, read_until
from bot.core.zones import Zone, read_zone, speaks_of_zone

#: The most words that such a value has: "95 000 EUR", "rio de janeiro".
LONGEST = 3


@dataclass(frozen=True, slots=True)
class PatternKind:
    """A free kind that finds its value among other words.

    fits: whether words are written as such a value is. It is asked often, so it must be quick; it may say yes to a
    value that there is not, such as 25:00, so that `read` can say what is wrong.
    read: the value. Raises BadValue, whose sentence names the text and the mend.
    """

    fits: Callable[[str], bool]
    read: Callable[[str], Any]
    example: str

    def options(self, world: object) -> tuple[()]:
        return ()

    def parse(self, text: str, world: object) -> Any:
        return self.read(text)


PATTERNS: Mapping[type, PatternKind] = MappingProxyType(
    {
        time: PatternKind(like_time, read_time, "9:00"),
        Until: PatternKind(like_until, read_until, "3 weeks"),
        Zone: PatternKind(speaks_of_zone, lambda text: Zone(read_zone(text)), "Berlin"),
    }
)
