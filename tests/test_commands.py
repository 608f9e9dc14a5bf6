"""What holds of every command; and that a new one is one file."""

import io
import re
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bot import app, features
from bot.cli import generate
from bot.core.chat import MAX_TOKEN, Call
from bot.core.command import Command, Registry
from bot.core.dispatch import Dispatcher
from bot.platforms import console
from bot.platforms.discord import commands as discord_commands
from bot.platforms.slack import manifest
from tests.conftest import GARDENER, Say, choices, told

COMMANDS = tuple(Registry.discover(features))
README = Path(__file__).parents[1] / "README.md"

TOY = '''
from typing import Annotated
from bot.core.catalog import Catalog, Topic
from bot.core.chat import Reply, Text
from bot.core.command import command

@command(examples=["compost"])
async def toy(
    catalog: Catalog, topic: Annotated[Topic | None, "What to play with"] = None
) -> Reply:
    """Something to play with."""
    return Reply("A toy", (Text(f"Made of {topic.title if topic else catalog.pack.title}."),))
'''


@pytest.mark.parametrize("found", COMMANDS, ids=lambda found: found.name)
class TestEveryCommand:
    def test_has_a_summary_that_is_a_sentence_and_help_for_each_parameter(self, found: Command) -> None:
        assert found.summary.endswith(".")
        assert found.summary[0].isupper()
        assert all(len(parameter.help) >= 10 for parameter in found.parameters)

    async def test_has_examples_that_run(self, found: Command, say: Say) -> None:
        for example in found.examples:
            reply = await say(f"{found.name} {example}", manages=True)
            failed = {"Not quite", "One more thing", "For admins", "Something went wrong on my side"}
            assert reply.title not in failed, told(reply)

    async def test_has_choices_that_lead_somewhere(self, found: Command, say: Say) -> None:
        reply = await say(f"{found.name} {found.examples[-1]}", manages=True)
        for label, call in choices(reply).items():
            assert len(call.token()) <= MAX_TOKEN
            if call.fill is None:
                assert (await say(call)).title != "Not quite", label

    def test_has_a_row_in_the_readme(self, found: Command) -> None:
        assert re.search(rf"^\| `{re.escape(found.usage)}` \|", README.read_text("utf-8"), re.MULTILINE)


@pytest.fixture
def with_toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dispatcher:
    """The bot with one more file among its features, and nothing else changed."""
    (tmp_path / "toy.py").write_text(TOY, "utf-8")
    monkeypatch.setattr(features, "__path__", [*features.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "bot.features.toy", raising=False)
    return app.dispatcher(GARDENER)


async def test_a_new_command_is_one_file(with_toy: Dispatcher, say: Say) -> None:
    registry, world = with_toy.registry, with_toy.world

    assert "Made of Compost." in told(await say("toy heap", to=with_toy))
    assert "toy [topic]" in told(await say("help", to=with_toy))
    assert "What to play with" in told(await say("help toy", to=with_toy))

    (definition,) = [d for d in discord_commands.definitions(registry, world) if d["name"] == "toy"]
    assert definition["description"] == "Something to play with."
    assert definition["options"][0]["name"] == "topic"

    assert "toy" in manifest.manifest_yaml(registry, mode="socket")
    assert "| `toy [topic]` | Something to play with. | `toy compost` |" in generate.commands_table(registry)

    screen = Console(record=True, width=80, file=io.StringIO())
    console.show(screen, await say(Call("toy"), to=with_toy))
    assert "Made of Gardening." in screen.export_text()


def test_what_is_generated_is_fresh() -> None:
    assert generate.stale(README.parent) == ()
