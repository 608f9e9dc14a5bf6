"""A small language for saying what a JSON value may be. Every mistake is collected, none is thrown.

A check is a function of (value, pointer, inspection). `pointer` is the JSON pointer that Slack's own errors carry.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Json: TypeAlias = dict[str, Any]
Surface: TypeAlias = Literal["message", "modal", "home"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at one place. `error` is the Web API's error code, where it is not the payload's usual one."""

    pointer: str
    says: str
    error: str = ""

    def __str__(self) -> str:
        return f"{self.says} [json-pointer:{self.pointer}]"


@dataclass(slots=True)
class Inspection:
    """What one payload is held against, and what was found.

    has_file: whether an image's `slack_file` names an uploaded file that is ready to be shown.
    """

    surface: Surface
    has_file: Callable[[Json], bool]
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, pointer: str, says: str, error: str = "") -> None:
        self.problems.append(Problem(pointer, says, error))


Check: TypeAlias = Callable[[Any, str, Inspection], None]


def string(most: int, least: int = 1, pattern: str = "") -> Check:
    """A string of `least` to `most` characters, matching `pattern` as a whole if one is given."""

    def check(value: Any, at: str, look: Inspection) -> None:
        if not isinstance(value, str):
            look.refuse(at, f"must be a string, is {kind_of(value)}")
        elif len(value) < least:
            look.refuse(at, f"must have at least {least} character{'s' * (least != 1)}, has {len(value)}")
        elif len(value) > most:
            look.refuse(at, f"must have at most {most} characters, has {len(value)}")
        elif pattern and not re.fullmatch(pattern, value):
            look.refuse(at, f"must look like {pattern}, is {value!r}")

    return check


def web_address(most: int) -> Check:
    return string(most, pattern=r"https?://[^\s]+")


def flag(value: Any, at: str, look: Inspection) -> None:
    if not isinstance(value, bool):
        look.refuse(at, f"must be true or false, is {kind_of(value)}")


def whole(least: int, most: int) -> Check:
    """An integer from `least` to `most`."""

    def check(value: Any, at: str, look: Inspection) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            look.refuse(at, f"must be a whole number, is {kind_of(value)}")
        elif not least <= value <= most:
            look.refuse(at, f"must be from {least} to {most}, is {value}")

    return check


def word(*allowed: str) -> Check:
    def check(value: Any, at: str, look: Inspection) -> None:
        if value not in allowed:
            look.refuse(at, f"must be one of {', '.join(allowed)}; is {value!r}")

    return check


def anything(value: Any, at: str, look: Inspection) -> None:
    """Not looked at."""


def many(item: Check, least: int, most: int) -> Check:
    """A list of `least` to `most` items."""

    def check(value: Any, at: str, look: Inspection) -> None:
        if not isinstance(value, list):
            look.refuse(at, f"must be a list, is {kind_of(value)}")
            return
        if not least <= len(value) <= most:
            look.refuse(at, f"must have {least} to {most} items, has {len(value)}")
        for index, each in enumerate(value):
            item(each, f"{at}/{index}", look)

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these keys and no others."""
    known = {**(optional or {}), **required}

    def check(value: Any, at: str, look: Inspection) -> None:
        if not isinstance(value, dict):
            look.refuse(at, f"must be an object, is {kind_of(value)}")
            return
        for name in required:
            if value.get(name) is None:
                look.refuse(at, f"must have a {name!r}")
        for name, each in value.items():
            if name not in known:
                look.refuse(f"{at}/{name}", f"unknown key {name!r}")
            elif each is not None or name not in required:
                known[name](each, f"{at}/{name}", look)

    return check


def also(*checks: Check) -> Check:
    """All of these."""

    def check(value: Any, at: str, look: Inspection) -> None:
        for each in checks:
            each(value, at, look)

    return check


def tagged(what: str, table: Mapping[str, Check], unmodelled: frozenset[str] = frozenset()) -> Check:
    """An object whose `type` says which check holds. `unmodelled`: types that Slack knows, but not this one."""

    def check(value: Any, at: str, look: Inspection) -> None:
        if not isinstance(value, dict):
            look.refuse(at, f"must be an object, is {kind_of(value)}")
            return
        kind = str(value.get("type"))
        if kind in table:
            table[kind](value, at, look)
        elif kind in unmodelled:
            look.refuse(f"{at}/type", f"Slack knows {what} {kind!r}, but this local Slack does not model it")
        else:
            look.refuse(
                f"{at}/type", f"unsupported type of {what}: {kind!r}; here it may be {', '.join(sorted(table))}"
            )

    return check


def kind_of(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", int: "a number"}
    return "null" if value is None else names.get(type(value), type(value).__name__)
