"""What one process of `careerbot run` does: everything, or what `--only` says."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import Settings


class Role(StrEnum):
    """What `--only` takes. `digests`: all that is said unasked, and nothing that hears."""

    DISCORD = "discord"
    SLACK = "slack"
    DIGESTS = "digests"


@dataclass(frozen=True, slots=True)
class Plan:
    """What this process does.

    listens: the platforms whose people it hears. speaks: those on which it says something unasked.
    off: why a platform is left out.
    """

    listens: frozenset[Role]
    speaks: frozenset[Role]
    off: Mapping[str, str]

    @classmethod
    def of(cls, settings: "Settings", only: Collection[Role] = ()) -> "Plan":
        """Without `only`: everything that has its tokens."""
        roles = frozenset(only or Role)
        speaking = Role.DIGESTS in roles
        off = {
            role.value.capitalize(): why
            for role, lacks in _LACKS.items()
            if (why := lacks(settings, role in roles)) and (speaking or role in roles)
        }
        there = {role for role in _LACKS if role.value.capitalize() not in off}
        return cls(frozenset(there & roles), frozenset(there if speaking else ()), MappingProxyType(off))

    @property
    def platforms(self) -> tuple[Role, ...]:
        return tuple(sorted(self.listens | self.speaks))


def _discord_lacks(settings: "Settings", listens: bool) -> str:
    del listens
    return "" if settings.discord_token else "DISCORD_TOKEN is not set"


def _slack_lacks(settings: "Settings", listens: bool) -> str:
    return settings.slack_lacks(listens=listens)


_LACKS: Mapping[Role, Callable[["Settings", bool], str]] = MappingProxyType(
    {Role.DISCORD: _discord_lacks, Role.SLACK: _slack_lacks}
)
