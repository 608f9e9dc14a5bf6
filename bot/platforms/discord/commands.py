"""Discord's slash commands, from the registry: their definitions, what completes while typing, and what was typed."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from bot.core import locales as locales_
from bot.core.chat import Call
from bot.core.command import Command, Parameter, Registry
from bot.core.errors import DefinitionError
from bot.core.locales import Locales
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
#: Whoever may manage the server, as a number of rights. An admin may give the command to others too.
_MANAGE_SERVER = 1 << 5
_NO_LOCALES: Locales = MappingProxyType({})
#: Up to so many values are shown as a fixed list; more are completed while typing, where free words are taken too.
_MOST_SHOWN = 10


def definitions(registry: Registry, world: World, locales: Locales = _NO_LOCALES) -> list[Definition]:
    """A slash command for each command. Raises DefinitionError if there are more than Discord takes.

    locales: how they are called in other languages.
    """
    if len(registry.commands) > limits.COMMANDS:
        raise DefinitionError(f"{len(registry.commands)} commands; Discord takes {limits.COMMANDS}.")
    return [_definition(found, world, locales) for found in registry]


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


def _definition(found: Command, world: World, locales: Locales) -> Definition:
    shown = found.visible[: limits.COMMAND_OPTIONS]
    called = {code: locale.commands[found.name] for code, locale in locales.items() if found.name in locale.commands}

    def options(most: int) -> list[Definition]:
        return [_option(parameter, world, called, most=most) for parameter in shown]

    definition = {
        "type": _SLASH,
        "name": found.name,
        "description": clip(line(found.summary), limits.COMMAND_DESCRIPTION),
        "options": options(_MOST_SHOWN),
        "contexts": _CONTEXTS,
        "integration_types": _INSTALLS,
        "default_member_permissions": _MANAGE_SERVER if found.for_managers else None,
        **_localized(called),
    }
    if size(definition) > limits.COMMAND_TEXT:
        definition["options"] = options(0)
    return definition


def _option(parameter: Parameter, world: World, called: Mapping[str, locales_.Command], *, most: int) -> Definition:
    words = {code: one.options[parameter.name] for code, one in called.items() if parameter.name in one.options}
    option: Definition = {
        "type": _STRING,
        "name": parameter.name,
        "description": clip(line(parameter.help), limits.COMMAND_DESCRIPTION),
        "required": parameter.required,
        **_localized(words),
    }
    if isinstance(parameter.kind, MentionKind):
        only = {"channel_types": _TEXT_CHANNELS} if parameter.kind.sign == "#" else {}
        return option | {"type": _MENTIONS[parameter.kind.sign]} | only
    values = parameter.kind.options(world)
    if not values and parameter.suggest is None:
        option["max_length"] = MAX_TEXT
    elif 0 < len(values) <= most and all(len(value.value) <= limits.CHOICE_VALUE for value in values):
        option["choices"] = [_shown(value, words) for value in values]
    else:
        option |= {"autocomplete": True, "max_length": MAX_TEXT}
    return option


def _shown(option: Option, words: Mapping[str, locales_.Option]) -> Definition:
    """A choice of a fixed list."""
    names = {code: one.choices[option.value] for code, one in words.items() if option.value in one.choices}
    return {**_choice(option), **({"name_localizations": names} if names else {})}


def _localized(words: Mapping[str, locales_.Command] | Mapping[str, locales_.Option]) -> Definition:
    """What something is called in other languages; nothing where it is in none."""
    if not words:
        return {}
    return {
        "name_localizations": {code: one.name for code, one in words.items()},
        "description_localizations": {code: one.description for code, one in words.items()},
    }


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


def size(definition: Definition) -> int:
    """What counts toward a command's length: names, descriptions and values, of itself and all below; of each, the
    longest of all languages (developers/interactions/application-commands, "Slash Commands")."""
    own = sum(
        max(map(len, (str(value), *definition.get(f"{key}_localizations", {}).values())))
        for key, value in definition.items()
        if key in {"name", "description", "value"}
    )
    return own + sum(size(below) for key in ("options", "choices") for below in definition.get(key, ()))
