"""How commands are called in other languages: whole, inside Discord's rules, and told to Discord."""

import json
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot import content
from bot.content import packs
from bot.core.dispatch import Dispatcher
from bot.core.errors import PackError
from bot.platforms.discord import limits
from bot.platforms.discord.commands import Definition, definitions, size

LOCALES = content.locales()
#: Discord's own codes (developers/reference, "Locales").
CODES = {"de", "es-ES", "es-419", "fr", "pt-BR"}
#: Choices that come from the pack, and so stay in its language.
OF_THE_PACK = {("salary", "level"), ("salary", "region")}
#: Choices that every language writes alike: numbers, and numbers with their unit.
ALIKE = re.compile(r"\d+[mhd]?")


#: Discord's own description of its API (github.com/discord/discord-api-spec), where somebody has it: the file's path in
#: the environment, or a folder `shared` beside the checkout.
OPENAPI = Path(
    os.environ.get("DISCORD_OPENAPI", "") or Path(__file__).parents[4] / "shared" / "specs" / "discord-openapi.json"
)


@pytest.fixture
def made(mind: Dispatcher) -> list[Definition]:
    return definitions(mind.registry, mind.world, LOCALES)


def below(definition: Definition) -> Iterator[Definition]:
    """Itself, its options and their choices."""
    yield definition
    for key in ("options", "choices"):
        for part in definition.get(key, ()):
            yield from below(part)


def test_there_is_a_file_for_each_language_that_we_promise() -> None:
    assert set(LOCALES) == CODES


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_command_every_option_and_every_choice_has_its_words_and_no_other_has(
    code: str, made: list[Definition]
) -> None:
    called = LOCALES[code].commands
    assert set(called) == {definition["name"] for definition in made}
    for definition in made:
        options = called[definition["name"]].options
        assert set(options) == {option["name"] for option in definition["options"]}, definition["name"]
        for option in definition["options"]:
            values = {choice["value"] for choice in option.get("choices", ()) if not ALIKE.fullmatch(choice["value"])}
            wanted = set() if (definition["name"], option["name"]) in OF_THE_PACK else values
            assert set(options[option["name"]].choices) == wanted, (definition["name"], option["name"])


@pytest.mark.parametrize("code", sorted(CODES))
def test_in_each_language_a_name_names_one_thing(code: str, made: list[Definition]) -> None:
    english = {definition["name"] for definition in made}
    names = {definition["name"]: definition["name_localizations"][code] for definition in made}
    assert len(set(names.values())) == len(names)
    assert not [name for name, called in names.items() if called in english - {name}]
    for definition in made:
        options = [option["name_localizations"][code] for option in definition["options"]]
        assert len(set(options)) == len(options), definition["name"]
        for option in definition["options"]:
            shown = [
                choice.get("name_localizations", {}).get(code, choice["name"]) for choice in option.get("choices", ())
            ]
            assert len(set(shown)) == len(shown), (definition["name"], option["name"])


def test_every_name_and_description_is_inside_discords_rules(made: list[Definition]) -> None:
    for part in (part for definition in made for part in below(definition)):
        is_choice = "value" in part
        for name in part.get("name_localizations", {}).values():
            assert 1 <= len(name) <= (limits.CHOICE_NAME if is_choice else 32)
            assert is_choice or (name == name.lower() and all(_fits(letter) for letter in name)), name
            assert name == unicodedata.normalize("NFC", name), "a letter and its accent are one character"
        for description in part.get("description_localizations", {}).values():
            assert 1 <= len(description) <= limits.COMMAND_DESCRIPTION
    assert max(map(size, made)) <= limits.COMMAND_TEXT


def _fits(letter: str) -> bool:
    """Discord's pattern for names: letters, numbers, - _ and '."""
    return letter in "-_'" or unicodedata.category(letter)[0] in "LN"


@pytest.mark.skipif(not OPENAPI.is_file(), reason="Discord's OpenAPI file is not here; set DISCORD_OPENAPI to it")
def test_discords_own_description_takes_them(made: list[Definition]) -> None:
    api = json.loads(OPENAPI.read_text("utf-8"))
    put = api["paths"]["/applications/{application_id}/commands"]["put"]
    schema = put["requestBody"]["content"]["application/json"]["schema"]
    jsonschema.validate(made, {**schema, "components": api["components"]})


def test_of_each_text_the_longest_language_counts() -> None:
    choice = {"name": "a", "value": "bb", "name_localizations": {"de": "cccc"}}
    option = {
        "name": "dd",
        "description": "e",
        "description_localizations": {"de": "ff", "fr": "ggg"},
        "choices": [choice],
    }
    assert size({"name": "hhh", "description": "iiii", "options": [option]}) == 3 + 4 + 2 + 3 + 4 + 2


def test_options_and_choices_are_told_in_each_language_too(made: list[Definition]) -> None:
    (board,) = [one for one in made if one["name"] == "leaderboard"]
    period, _ = board["options"]
    assert period["name_localizations"]["fr"] == "période"
    week = {"de": "Woche", "es-419": "Semana", "es-ES": "Semana", "fr": "Semaine", "pt-BR": "Semana"}
    assert period["choices"][0] == {"name": "week", "value": "week", "name_localizations": week}


def test_a_language_that_is_like_another_has_its_words_where_it_has_none_of_its_own() -> None:
    spain, america = LOCALES["es-ES"].commands, LOCALES["es-419"].commands
    assert (spain["salary"].name, america["salary"].name) == ("sueldo", "salario")
    assert {name for name in spain if spain[name] != america[name]} == {"salary"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "commands:\n  tip:\n    name: Tipp\n    description: x\n",
            "x.yaml:4: commands.tip.name: expected small letters, digits, - and _",
        ),
        (
            "commands:\n  tip:\n    name: a tip\n    description: x\n",
            "x.yaml:4: commands.tip.name: expected small letters, digits, - and _",
        ),
        ("commands:\n  tip:\n    name: tipp\n", "x.yaml:3: "),
        (f"commands:\n  tip:\n    name: tipp\n    description: {'x' * 101}\n", "x.yaml:5: "),
        ("commands:\n  tip:\n    name: tipp\n    description: x\n    colour: red\n", "x.yaml:6: "),
    ],
    ids=["capital", "blank", "nothing said", "too long", "no such key"],
)
def test_a_slip_is_told_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, line: str) -> None:
    (tmp_path / "locales").mkdir()
    (tmp_path / "locales" / "x.yaml").write_text(f"language: X\n{text}", "utf-8")
    monkeypatch.setattr("bot.content.languages.SHELVES", (tmp_path,))
    with pytest.raises(PackError) as slip:
        content.locales()
    assert line in str(slip.value)


def test_languages_and_packs_are_not_taken_for_each_other() -> None:
    with pytest.raises(PackError):
        packs.find("locales")


def test_mend_is_hidden_from_who_may_not_and_all_else_is_for_all(made: list[Definition]) -> None:
    hidden: dict[str, Any] = {one["name"]: one["default_member_permissions"] for one in made}
    assert hidden.pop("mend") == 1 << 5
    assert set(hidden.values()) == {None}
