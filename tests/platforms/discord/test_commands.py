"""The registry as Discord's slash commands: inside its limits, and told to it only when something changed."""

import re
from typing import Annotated, Any, Literal

import pytest

from bot import content
from bot.core.chat import Call, Reply
from bot.core.command import Hidden, Registry, command
from bot.core.dispatch import Dispatcher
from bot.core.errors import DefinitionError
from bot.core.parameters import MAX_TEXT
from bot.platforms.discord.commands import Definition, call_of, completions, definitions
from bot.platforms.discord.registration import register
from tests.conftest import NOW

_NAME = re.compile(r"^[-_'\w]{1,32}$")


def _inside_every_limit(definition: Definition) -> None:
    assert _NAME.match(definition["name"])
    assert definition["name"] == definition["name"].lower()
    assert 1 <= len(definition["description"]) <= 100
    assert len(definition["options"]) <= 25
    total = len(definition["name"]) + len(definition["description"])
    required = [option["required"] for option in definition["options"]]
    assert required == sorted(required, reverse=True), "what must be given comes first"
    for option in definition["options"]:
        assert _NAME.match(option["name"])
        assert 1 <= len(option["description"]) <= 100
        assert len(option.get("choices", ())) <= 25
        assert not (option.get("autocomplete") and option.get("choices"))
        total += len(option["name"]) + len(option["description"])
        for choice in option.get("choices", ()):
            assert 1 <= len(choice["name"]) <= 100
            assert 1 <= len(choice["value"]) <= 100
            total += len(choice["name"]) + len(choice["value"])
    assert total <= 8_000


@pytest.mark.parametrize("pack", ["mind", "gardener"])
def test_every_command_and_every_parameter_that_is_typed_is_there_and_inside_the_limits(
    pack: str, request: pytest.FixtureRequest
) -> None:
    dispatcher: Dispatcher = request.getfixturevalue(pack)
    made = {definition["name"]: definition for definition in definitions(dispatcher.registry, dispatcher.world)}
    assert list(made) == [found.name for found in dispatcher.registry]
    for found in dispatcher.registry:
        _inside_every_limit(made[found.name])
        assert [o["name"] for o in made[found.name]["options"]] == [parameter.name for parameter in found.visible]
        assert made[found.name]["contexts"] == [0, 1, 2]
        assert made[found.name]["integration_types"] == [0, 1]


def test_few_values_are_a_list_and_many_are_completed_while_typing(mind: Dispatcher) -> None:
    made = {definition["name"]: definition for definition in definitions(mind.registry, mind.world)}
    level, *_ = made["salary"]["options"]
    assert {"name": "Senior level", "value": "senior"} in level["choices"]
    (topic,) = made["tip"]["options"]
    assert topic["autocomplete"] is True
    (question,) = made["ask"]["options"]
    assert (question["required"], question["max_length"]) == (True, MAX_TEXT)


@pytest.mark.parametrize(
    ("typed", "first"),
    [("", "Python and coding"), ("pyth", "Python and coding"), ("scaling", "Deployment and scaling"),
     ("promt enginering", "Prompt engineering"), ("<@1> \ud800", None), ("x" * 400, None)],
)  # fmt: skip
def test_completion_finds_what_begins_so_or_holds_it_or_is_like_it(
    mind: Dispatcher, typed: str, first: str | None
) -> None:
    data = {"name": "tip", "options": [{"name": "topic", "type": 3, "value": typed, "focused": True}]}
    found = completions(mind.registry, mind.world, data, NOW)
    assert len(found) <= 25
    assert (found[0]["name"] if found else None) == first


@pytest.mark.parametrize("data", [{}, {"name": "gone"}, {"name": "tip"}, {"name": "tip", "options": [
    {"name": "gone", "value": "x", "focused": True}]}])  # fmt: skip
def test_completion_of_what_is_not_known_is_empty(mind: Dispatcher, data: dict[str, Any]) -> None:
    assert completions(mind.registry, mind.world, data, NOW) == []


def test_a_slash_command_is_a_call() -> None:
    data = {"name": "salary", "options": [{"name": "level", "value": "senior"}, {"name": "offer", "value": "95k"}]}
    assert call_of(data) == Call.of("salary", level="senior", offer="95k")


_MANY = Literal["aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff", "gggg", "hhhh", "iiii"]


@command(examples=["x"])
async def wide(
    plain: Annotated[str, "x" * 100],
    one: Annotated[_MANY | None, "One of a few"] = None,
    secret: Annotated[str | None, "Only a button gives it", Hidden()] = None,
) -> Reply:
    """A command with all that a definition may hold."""
    return Reply("wide")


def test_what_only_a_button_gives_is_not_shown_and_the_limits_hold_at_their_edge(gardener: Dispatcher) -> None:
    (definition,) = definitions(Registry([wide]), gardener.world)
    assert [option["name"] for option in definition["options"]] == ["plain", "one"]
    _inside_every_limit(definition)


def test_more_commands_than_discord_takes_are_refused_before_the_start(gardener: Dispatcher) -> None:
    registry = Registry([wide])
    registry.commands *= 101
    with pytest.raises(DefinitionError, match="101 commands"):
        definitions(registry, gardener.world)


class _Discord:
    """Keeps commands as Discord does: gives back more than it was given, and counts the writes."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []
        self.writes = 0

    async def get_global_commands(self, application_id: int) -> list[dict[str, Any]]:
        return self.kept

    async def bulk_upsert_global_commands(self, application_id: int, payload: list[Definition]) -> None:
        self.writes += 1
        self.kept = [self._as_kept(definition) for definition in reversed(payload)]

    def _as_kept(self, definition: Definition) -> dict[str, Any]:
        options = []
        for given in definition["options"]:
            option = {key: value for key, value in given.items() if value is not False}
            options.append({"name_localizations": None, "description_localizations": None, **option})
        added: dict[str, Any] = {
            "id": "1",
            "version": "2",
            "application_id": "3",
            "nsfw": False,
            "default_member_permissions": None,
        }
        rights = definition["default_member_permissions"]
        added["default_member_permissions"] = None if rights is None else str(rights)
        return {**definition, **added, "options": options, "contexts": [2, 1, 0], "integration_types": [1, 0]}


async def test_a_word_in_another_language_is_told_to_discord_once_too(gardener: Dispatcher) -> None:
    discord, locales = _Discord(), content.locales()
    assert await register(discord, 3, definitions(gardener.registry, gardener.world, locales))
    assert not await register(discord, 3, definitions(gardener.registry, gardener.world, locales))
    for depth in range(3):
        wanted = definitions(gardener.registry, gardener.world, locales)
        (board,) = [one for one in wanted if one["name"] == "leaderboard"]
        period = board["options"][0]
        (board, period, period["choices"][0])[depth]["name_localizations"]["de"] += "n"
        assert await register(discord, 3, wanted)


async def test_discord_is_written_to_once_and_again_only_when_a_definition_changed(gardener: Dispatcher) -> None:
    discord = _Discord()
    wanted = definitions(gardener.registry, gardener.world)
    assert await register(discord, 3, wanted)
    assert not await register(discord, 3, wanted)
    assert discord.writes == 1
    wanted[0]["description"] += "!"
    assert await register(discord, 3, wanted)
    assert not await register(discord, 3, wanted)
    wanted[-1]["options"] = []
    assert await register(discord, 3, wanted)
    assert await register(discord, 3, wanted[1:]), "a command that is gone is taken back"
    assert discord.writes == 4
