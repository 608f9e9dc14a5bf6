"""`careerbot generate`: the files, and parts of files, that the code writes about itself.

`make check` fails when one is stale, so a new command or setting cannot be forgotten in the docs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot import app, features, settings
from bot.core.command import Registry
from bot.operations.metrics import Metrics


@dataclass(frozen=True, slots=True)
class File:
    path: Path
    text: str

    def write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.text, encoding="utf-8")


def stale(root: Path) -> tuple[File, ...]:
    """The generated files under `root` that are not as the code would write them now."""
    return tuple(file for file in _files(root) if not file.path.is_file() or file.path.read_text("utf-8") != file.text)


def _files(root: Path) -> Iterator[File]:
    readme = (root / "README.md").read_text("utf-8")
    readme = _between(readme, "commands", commands_table(Registry.discover(features)))
    yield File(root / "README.md", _between(readme, "settings", settings_table()))
    yield File(root / ".env.example", env_example())
    monitoring = root / "deploy" / "monitoring" / "README.md"
    yield File(monitoring, _between(monitoring.read_text("utf-8"), "metrics", metrics_table()))
    for mode in ("socket", "http"):
        yield File(root / "deploy" / "slack" / f"manifest.{mode}.yaml", app.slack_manifest(mode))


def commands_table(registry: Registry) -> str:
    """A Markdown table: a row a command, with its first example that takes an argument."""
    rows = [
        f"| `{found.usage}` | {found.summary} | `{found.name} {next(filter(None, found.shown_examples), '')}".rstrip()
        + "` |"
        for found in registry
    ]
    return "\n".join(["| Command | What it does | For example |", "| --- | --- | --- |", *rows])


def settings_table() -> str:
    rows = [f"| `{row.name}` | {f'`{row.default}`' if row.default else ''} | {row.help} |" for row in settings.rows()]
    return "\n".join(["| Setting | Default | What it is for |", "| --- | --- | --- |", *rows])


def metrics_table() -> str:
    rows = [
        f"| `{one.name}` | {one.kind} | {', '.join(f'`{label}`' for label in one.labels)} | {one.about} |"
        for one in Metrics(()).described
    ]
    return "\n".join(["| Metric | Kind | Labels | What it tells |", "| --- | --- | --- | --- |", *rows])


def env_example() -> str:
    """A commented `.env`: every setting, with its default."""
    lines = ["# Copy to .env and fill in what you need. Every line is optional; see README.", ""]
    for row in settings.rows():
        lines += [f"# {row.help.replace('`', '')}", f"# {row.name}={row.default}", ""]
    return "\n".join(lines)


def _between(text: str, name: str, table: str) -> str:
    """Put the table between `<!-- name -->` and `<!-- /name -->`. Raises ValueError if the marks are not there."""
    marked = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)", re.DOTALL)
    if not marked.search(text):
        raise ValueError(f"There is no <!-- {name} --> … <!-- /{name} --> to write between.")
    return marked.sub(lambda match: f"{match[1]}{table}{match[2]}", text)
