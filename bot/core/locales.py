"""How commands are called in other languages, where a platform shows that. What the bot says stays as it is."""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated

from bot.core.schema import Frozen, Rules

#: Discord's rule for names (developers/interactions/application-commands, "Naming"), as far as Latin letters go: small
#: letters alone.
Name = Annotated[str, Rules(pattern=r"^[-_'\w&&[^\p{Lu}\p{Lt}]]+$", max_length=32)]
Line = Annotated[str, Rules(min_length=1, max_length=100)]


class Option(Frozen):
    """choices: by value; a value that is not there is shown as it is."""

    name: Name
    description: Line
    choices: Mapping[str, Line] = field(default_factory=dict)


class Command(Frozen):
    name: Name
    description: Line
    options: Mapping[str, Option] = field(default_factory=dict)


class Locale(Frozen):
    """One language. language: its name in itself.

    like: another language's code, whose words stand wherever this one has none of its own.
    """

    language: str
    like: str | None = None
    commands: Mapping[str, Command] = field(default_factory=dict)


#: By Discord's code of the language, such as de or pt-BR.
Locales = Mapping[str, Locale]
