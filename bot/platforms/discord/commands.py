"""Discord's slash commands, from the registry: their definitions, what completes while typing, and what was typed."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.core.chat import Call
from bot.core.command import Command, Parameter, Registry
from bot.core.errors import DefinitionError
from bot.core.markup import clip
from bot.core.parameters import MAX_TEXT, MentionKind, Option, World, nearest, normal
from bot.platforms.discord import limits
from bot.platforms.discord.marks import line

#: As Discord's API takes and gives them.
Definition = dict[str, Any]

_SLASH, _STRING = 1, 3
#: An option that is a mention: its type by its sign, and the sign by its type.
_MENTIONS = {"@": 6, "#": 7}
_SIGNS = {number: sign for sign, number in _MENTIONS.items()}
#: Channels that can be posted in: text, and announcements.
_TEXT_CHANNELS = [0, 5]
#: Where commands may be used: in servers, in direct messages with the bot, in other private channels.
_CONTEXTS = [0, 1, 2]
#: By whom the bot may be installed: by a server, by a person.
_INSTALLS = [0, 1]
#: Up to so many values are shown as a fixed list; more are completed while typing, where free words are taken too.
_MOST_SHOWN = 10


def definitions(registry: Registry, world: World) -> list[Definition]:
    """A slash command for each command. Raises DefinitionError if there are more than Discord takes."""
    if len(registry.commands) > limits.COMMANDS:
        raise DefinitionError(f"{len(registry.commands)} commands; Discord takes {limits.COMMANDS}.")
    return [_definition(found, world) for found in registry]


def completions(registry: Registry, world: World, data: Mapping[str, Any], at: datetime) -> list[dict[str, str]]:
    """What may be meant by the words so far, for the option that is being typed; [] for what we do not know.

    at: the present moment.
    """
    found = registry.find(str(data.get("name", "")))
    typed = next((option for option in data.get("options", ()) if option.get("focused")), None)
    parameter = found.parameter(str(typed.get("name"))) if found and typed else None
    if parameter is None or typed is None:
        return []
    words = str(typed.get("value", ""))
    if parameter.suggest:
        meant = list(parameter.suggest(words, dict(call_of(data).arguments), at))
    else:
        meant = _matching(words, list(parameter.kind.options(world)))
    return [_choice(option) for option in meant if len(option.value) <= limits.CHOICE_VALUE][: limits.CHOICES]


def call_of(data: Mapping[str, Any]) -> Call:
    """The call that a slash command stands for."""
    given = tuple((str(option["name"]), _text(option)) for option in data.get("options", ()))
    return Call(str(data.get("name", "")), given)


def _text(option: Mapping[str, Any]) -> str:
    value = str(option.get("value", ""))
    sign = _SIGNS.get(option.get("type", 0))
    return f"<{sign}{value}>" if sign else value


def _definition(found: Command, world: World) -> Definition:
    shown = found.visible[: limits.COMMAND_OPTIONS]
    options = [_option(parameter, world, most=_MOST_SHOWN) for parameter in shown]
    definition = {
        "type": _SLASH,
        "name": found.name,
        "description": clip(line(found.summary), limits.COMMAND_DESCRIPTION),
        "options": options,
        "contexts": _CONTEXTS,
        "integration_types": _INSTALLS,
    }
    if sum(len(text) for text in _texts(definition)) > limits.COMMAND_TEXT:
        definition["options"] = [_option(parameter, world, most=0) for parameter in shown]
    return definition


def _option(parameter: Parameter, world: World, *, most: int) -> Definition:
    option: Definition = {
        "type": _STRING,
        "name": parameter.name,
        "description": clip(line(parameter.help), limits.COMMAND_DESCRIPTION),
        "required": parameter.required,
    }
    if isinstance(parameter.kind, MentionKind):
        only = {"channel_types": _TEXT_CHANNELS} if parameter.kind.sign == "#" else {}
        return option | {"type": _MENTIONS[parameter.kind.sign]} | only
    values = parameter.kind.options(world)
    if not values and parameter.suggest is None:
        option["max_length"] = MAX_TEXT
    elif 0 < len(values) <= most and all(len(value.value) <= limits.CHOICE_VALUE for value in values):
        option["choices"] = [_choice(value) for value in values]
    else:
        option |= {"autocomplete": True, "max_length": MAX_TEXT}
    return option


def _choice(option: Option) -> dict[str, str]:
    return {"name": clip(line(option.label), limits.CHOICE_NAME) or option.value, "value": option.value}


def _matching(typed: str, options: list[Option]) -> list[Option]:
    """Options that begin with what was typed, then those that hold it, then those that are like it."""
    said = normal(typed)
    if not said:
        return options
    names = {option.value: [normal(name) for name in (option.label, option.value, *option.names)] for option in options}
    begins = [o for o in options if any(name.startswith(said) for name in names[o.value])]
    holds = [o for o in options if any(said in name for name in names[o.value])]
    return list({option.value: option for option in (*begins, *holds, *nearest(typed, options))}.values())


def _texts(definition: Definition) -> Iterator[str]:
    """All that counts toward a command's length: names, descriptions and values, of itself and all below."""
    for key, value in definition.items():
        if key in {"name", "description", "value"}:
            yield str(value)
        elif key in {"options", "choices"}:
            for below in value:
                yield from _texts(below)
