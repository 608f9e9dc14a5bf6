"""How commands are called in other languages, where a platform shows that. What the bot says stays as it is."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


def _name(text: str) -> str:
    if text != text.lower():
        raise ValueError("expected small letters alone")
    return text


#: Discord's rule for names (developers/interactions/application-commands, "Naming"), as far as Latin letters go.
Name = Annotated[str, StringConstraints(pattern=r"^[-_'\w]+$", max_length=32), AfterValidator(_name)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Option(_Words):
    """choices: by value; a value that is not there is shown as it is."""

    name: Name
    description: Line
    choices: Mapping[str, Line] = {}


class Command(_Words):
    name: Name
    description: Line
    options: Mapping[str, Option] = {}


class Locale(_Words):
    """One language. language: its name in itself.

    like: another language's code, whose words stand wherever this one has none of its own.
    """

    language: str
    like: str | None = None
    commands: Mapping[str, Command] = {}


#: By Discord's code of the language, such as de or pt-BR.
Locales = Mapping[str, Locale]
