"""Choices as rows of buttons and menus.

A button's custom id and a menu option's value are `number:token`: the number makes them unique within the message, the
token is the whole call. So a click needs nothing that we remember, and works after a restart.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bot.core.chat import Call, Choice, Menu
from bot.core.markup import clip
from bot.platforms.discord import limits
from bot.platforms.discord.marks import line

#: A component as Discord's API takes it.
Component = dict[str, Any]

_ROW, _BUTTON, _MENU = 1, 2, 3
_STYLES = {"primary": 1, "secondary": 2, "danger": 4}
#: For a label that has nothing to show: Discord refuses an empty one.
_NOTHING = "…"


def rows(choices: Iterable[Choice | Menu], first: int = 0) -> list[Component]:
    """Buttons first, five a row, then the menus, each a row of its own. They are numbered from `first`."""
    given = tuple(choices)
    buttons = [choice for choice in given if isinstance(choice, Choice)]
    menus = [part for menu in given if isinstance(menu, Menu) for part in _parts(menu)]
    filled = [
        {"type": _ROW, "components": [_button(first + at + nth, choice) for nth, choice in enumerate(row)]}
        for at, row in _batches(buttons, limits.ROW_BUTTONS)
    ]
    return filled + [
        {"type": _ROW, "components": [_menu(number, *menu)]} for number, menu in enumerate(menus, first + len(buttons))
    ]


def size(row: Component) -> int:
    """How many components a row counts for."""
    return 1 + len(row["components"])


def call_of(custom_id: str) -> Call:
    """The call behind a click. Never raises: a foreign id becomes a call that no command answers to."""
    return Call.from_token(custom_id.partition(":")[2])


def id_of(number: int, call: Call) -> str:
    return f"{number}:{call.token()}"


def _button(number: int, choice: Choice) -> Component:
    return {
        "type": _BUTTON,
        "style": _STYLES[choice.style],
        "label": clip(line(choice.label), limits.BUTTON_LABEL) or _NOTHING,
        "custom_id": id_of(number, choice.call),
    }


def _parts(menu: Menu) -> Iterator[tuple[str, Sequence[Choice]]]:
    """A menu in parts that Discord can show, each with its placeholder; none for an empty one."""
    batches = list(_batches(menu.options, limits.MENU_OPTIONS))
    for number, (_, options) in enumerate(batches, 1):
        ordinal = f" ({number} of {len(batches)})" if len(batches) > 1 else ""
        yield clip(line(menu.placeholder), limits.MENU_PLACEHOLDER - len(ordinal)) + ordinal, options


def _menu(number: int, placeholder: str, options: Sequence[Choice]) -> Component:
    return {
        "type": _MENU,
        "custom_id": f"{number}:",
        "placeholder": placeholder,
        "options": [_option(nth, choice) for nth, choice in enumerate(options)],
    }


def _option(number: int, choice: Choice) -> Component:
    option = {
        "label": clip(line(choice.label), limits.OPTION_LABEL) or _NOTHING,
        "value": id_of(number, choice.call),
    }
    if description := clip(line(choice.description), limits.OPTION_DESCRIPTION):
        option["description"] = description
    return option


def _batches(items: Sequence[Choice], size: int) -> Iterator[tuple[int, Sequence[Choice]]]:
    for at in range(0, len(items), size):
        yield at, items[at : at + size]
