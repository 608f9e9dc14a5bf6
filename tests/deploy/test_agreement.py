"""What deploy/ says of the bot is so: each setting exists, and each command line is understood."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml

from bot.__main__ import cli
from bot.settings import rows
from deploy.container.containerfile import stages

DEPLOY = Path(__file__).parents[2] / "deploy"
_LISTS = (*DEPLOY.glob("kubernetes/**/*.yaml"), *DEPLOY.glob("compose/*.yaml"))
#: In prose, a row of dots stands for a name.
_WORDS = re.compile(r"(?:exec \S+ -- |/bin/|--wait |`)careerbot ((?:db \w+|doctor|invite|manifest|run)\b[^`|\n#]*)")


def settings() -> Iterator[tuple[Path, str]]:
    """Every name in deploy/ that looks like one of the bot's settings."""
    for file in DEPLOY.rglob("*"):
        if (
            file.is_file()
            and file.suffix in (".yaml", ".md", ".service", ".conf", "")
            and "monitoring" not in file.parts
        ):
            found = re.findall(r"\b(?:CAREERBOT|SLACK|DISCORD)_[A-Z_]+\b", file.read_text("utf-8"))
            yield from ((file, name) for name in found)


def command_lines() -> Iterator[str]:
    """Every command line of careerbot in deploy/, in manifests, units and prose."""
    for file in _LISTS:
        for words in re.findall(r"(?m)(?:args|command): (\[(?:run|db).*\])$", file.read_text("utf-8")):
            yield " ".join(yaml.safe_load(words))
    for file in DEPLOY.rglob("*.service"):
        yield from re.findall(r"ExecStart=\S+/careerbot (.+)", file.read_text("utf-8"))
    for file in DEPLOY.rglob("*.md"):
        yield from (words.strip() for words in _WORDS.findall(file.read_text("utf-8")))
    yield " ".join(stages(DEPLOY / "container" / "Containerfile")[-1].last("CMD").exec_form)


def test_each_setting_that_is_named_exists() -> None:
    known = {row.name for row in rows()}
    named = list(settings())
    assert len(named) > 10
    assert [f"{file.name}: {name}" for file, name in named if name not in known] == []


@pytest.mark.parametrize("line", sorted(set(command_lines())))
def test_each_command_line_is_understood(line: str) -> None:
    command = typer.main.get_command(cli)
    name, *words = line.replace("$(SHARD)", "0").split()
    while isinstance(command, typer.core.TyperGroup):
        found = command.commands.get(name)
        assert found, f"there is no {name}"
        command = found
        if isinstance(command, typer.core.TyperGroup):
            name, *words = words
    command.make_context(name, words)  # raises for words that it does not take


def test_each_way_says_how_a_backup_is_taken_up_again() -> None:
    """By the title under which deploy/README.md sends people there."""
    assert '"Take a backup up again" in its README' in (DEPLOY / "README.md").read_text("utf-8")
    for way in ("systemd", "compose", "kubernetes", "container"):
        said = (DEPLOY / way / "README.md").read_text("utf-8").partition("Take a backup up again")[2]
        assert said.count("restore"), way


def test_what_is_looked_for_is_found() -> None:
    lines = set(command_lines())
    assert {"run", "run --only slack", "run --only digests", "db backup /data --keep 14", "doctor"} <= lines
