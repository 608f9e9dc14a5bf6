"""What the files beside the code may hold, as plain frozen dataclasses, each with the rules for whoever reads one.

Pydantic reads them (`bot/content/files.py`), and only there is it imported: a process that serves has no use for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, dataclass_transform


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Frozen:
    """Every subclass is a frozen dataclass, whose keys are all that a file may have there, each of its very type."""

    __pydantic_config__: ClassVar = {"extra": "forbid", "strict": True}
    #: All of them, by name.
    kinds: ClassVar[dict[str, type["Frozen"]]] = {}

    def __init_subclass__(cls) -> None:
        Frozen.kinds[cls.__name__] = dataclass(frozen=True, kw_only=True)(cls)


class Rules:
    """What a value must be, as pydantic-core's schemas name it: `max_length`, `ge`, `pattern`, ..."""

    def __init__(self, **rules: Any) -> None:
        self._rules = rules

    def __get_pydantic_core_schema__(self, kind: Any, handler: Callable[[Any], Any]) -> Any:
        return {**handler(kind), **self._rules}
