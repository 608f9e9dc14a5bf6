"""`careerbot check`: what is in a content pack, counted."""

from collections import Counter

from rich.console import Group, RenderableType
from rich.table import Table

from bot.core.catalog import FILES, Catalog, Entry, Fact, Tip, Topic


def report(catalog: Catalog) -> RenderableType:
    """Three tables: entries by file, facts by section, tips by topic."""
    pack = catalog.pack
    facts = Counter(fact.section for fact in catalog.all(Fact))
    tips = Counter(topic for tip in catalog.all(Tip) for topic in tip.topics)
    kinds: dict[str, type[Entry]] = dict(FILES)
    total = sum(len(catalog.all(kind)) for kind in kinds.values())
    return Group(
        f"{pack.id}: {pack.title}. The pack is sound: {total} entries, {sum(facts.values())} of them facts.",
        _table("File", {f"{name}.yaml": len(catalog.all(kind)) for name, kind in kinds.items()}),
        _table("Section of the source", {section.title: facts[section.id] for section in pack.sections}, "Facts"),
        _table("Topic", {topic.title: tips[topic.id] for topic in catalog.all(Topic)}, "Tips"),
    )


def _table(name: str, counts: dict[str, int], counted: str = "Entries") -> Table:
    table = Table(name, title_justify="left")
    table.add_column(counted, justify="right")
    for key, count in counts.items():
        table.add_row(key, str(count))
    return table
