"""Buttons and menus: what carries a `Call` through Slack and back."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from bot.core.chat import Call, Choice, Menu
from bot.core.markup import clip
from bot.platforms.slack import limits
from bot.platforms.slack.rich import Json, clean

#: How every `action_id` of ours begins; a number follows, as Slack wants them unique.
ACTION = "call:"
#: The token of a call that says nothing, as Slack takes no empty value. Reads back as the same call.
_SILENT = "?"

T = TypeVar("T")


def call_of(action: Json) -> Call:
    """The call behind one of a payload's `actions`."""
    chosen = action.get("selected_option")
    value = chosen.get("value") if isinstance(chosen, dict) else action.get("value")
    return Call.from_token(value if isinstance(value, str) else "")


def rows(choices: Iterable[Choice | Menu]) -> Iterator[Json]:
    """Rows of buttons, then rows of menus, in the order given. A button all alone stands among the menus.

    They have no `action_id` yet: `number` gives it.
    """
    every = [element for choice in choices for element in _elements(choice)]
    buttons = [element for element in every if element["type"] == "button"]
    menus = [element for element in every if element["type"] != "button"]
    for elements in (buttons, menus) if len(buttons) > 1 else (every,):
        for row in chunks(elements, limits.ACTIONS_IN_A_ROW, limits.ROW_CHARACTERS):
            yield {"type": "actions", "elements": row}


def number(blocks: Iterable[Json]) -> None:
    """Give every button and menu among these blocks its `action_id`, as they are shown together."""
    count = itertools.count()
    for block in blocks:
        for element in block["elements"] if block["type"] == "actions" else ():
            element["action_id"] = f"{ACTION}{next(count)}"


def characters_of(value: object) -> int:
    """How much text a piece of Block Kit shows: every string under the key `text`."""
    many = 0
    if isinstance(value, dict):
        for key, each in value.items():
            if not isinstance(each, str):
                many += characters_of(each)
            elif key == "text":
                many += len(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            many += characters_of(each)
    return many


def chunks(
    items: Iterable[T], most: int, characters: int, size: Callable[[T], int] = characters_of
) -> Iterator[list[T]]:
    """Lists of at most `most` items, whose text together has at most that many characters; one item at least."""
    kept: list[T] = []
    room = characters
    for item in items:
        its = size(item)
        if kept and (len(kept) == most or its > room):
            yield kept
            kept, room = [], characters
        kept.append(item)
        room -= its
    if kept:
        yield kept


def label(text: str, limit: int, otherwise: str = "…") -> Json:
    """A plain text object: nothing in it styles, links or turns into an emoji."""
    shown = " ".join(clean(text).split())
    return {"type": "plain_text", "text": clip(shown, limit) or otherwise, "emoji": False}


def _elements(choice: Choice | Menu) -> Iterator[Json]:
    if isinstance(choice, Menu):
        yield from _menus(choice)
    else:
        yield _button(choice)


def _button(choice: Choice) -> Json:
    button: Json = {
        "type": "button",
        "text": label(choice.label, limits.BUTTON_LABEL),
        "value": choice.call.token() or _SILENT,
    }
    return button if choice.style == "secondary" else {**button, "style": choice.style}


def _menus(menu: Menu) -> Iterator[Json]:
    """One menu, or several where it has too many options; none where it has none."""
    options: dict[str, Json] = {}  # Slack tells us only the value that was picked, so each stands once
    for choice in menu.options:
        options.setdefault(choice.call.token(), _option(choice))
    parts = list(chunks(options.values(), limits.OPTIONS, limits.ROW_CHARACTERS - limits.PLACEHOLDER))
    for number, part in enumerate(parts, start=1):
        count = f" ({number} of {len(parts)})" if len(parts) > 1 else ""
        placeholder = label(menu.placeholder, limits.PLACEHOLDER - len(count), "Choose…")
        placeholder["text"] += count
        yield {"type": "static_select", "placeholder": placeholder, "options": part}


def _option(choice: Choice) -> Json:
    option: Json = {
        "text": label(choice.label, limits.OPTION_LABEL),
        "value": choice.call.token() or _SILENT,
    }
    if choice.description.strip():
        option["description"] = label(choice.description, limits.OPTION_DESCRIPTION)
    return option
