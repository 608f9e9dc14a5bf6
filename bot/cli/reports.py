"""`careerbot reports`: what people find wrong in the quiz, for its authors. It never says who."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from bot.core.catalog import Catalog, Question
from bot.core.markup import bare
from bot.storage import migrate
from bot.storage.opening import open_store
from bot.storage.reports import Reported, reported


@dataclass(frozen=True, slots=True)
class Finding:
    """A question's reports, and the question; None where the pack has it no more."""

    reported: Reported
    question: Question | None


async def gather(url: str, catalog: Catalog) -> tuple[Finding, ...]:
    """Every reported question, the most reported first. Raises StoreError if the database cannot be read."""
    async with open_store(url, look=True) as store:
        migrate.require(await store.read(migrate.revision))
        found = await store.read(reported)
    return tuple(Finding(one, catalog.find(one.question, Question)) for one in found)


def render(findings: Sequence[Finding]) -> RenderableType:
    """A row a question. What people typed is plain text, and styles nothing."""
    if not findings:
        return "No question is reported."
    table = Table(show_lines=True)
    table.add_column("Reports", justify="right")
    for name in ("Since", "Void", "Question", "What people say"):
        table.add_column(name)
    for one in findings:
        said = "\n".join(f"- {bare(words)}" for words in one.reported.said)
        void = "yes" if one.question and one.question.void else "no"
        cells = (str(len(one.reported.said)), f"{one.reported.since:%Y-%m-%d}", void, _question(one), said)
        table.add_row(*map(Text, cells))
    return table


def to_json(findings: Sequence[Finding]) -> str:
    """The same for machines; times in UTC, and nothing but ASCII, so that no character acts on a terminal."""
    return json.dumps([_as_data(one) for one in findings], indent=2)


def _question(one: Finding) -> str:
    if one.question is None:
        return f"{one.reported.question}\nThe pack has it no more."
    return f"{one.question.id}\n{one.question.question}\nRight: {one.question.right}"


def _as_data(one: Finding) -> dict[str, object]:
    question = one.question
    return {
        "question": one.reported.question,
        "reports": len(one.reported.said),
        "since": one.reported.since.isoformat(),
        "void": bool(question and question.void),
        "asks": question.question if question else None,
        "right": question.right if question else None,
        "said": list(one.reported.said),
    }
