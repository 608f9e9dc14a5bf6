"""How one fact is shown, and how others lead to it. Shared by the commands; itself none."""

from collections.abc import Iterable

from bot.core.catalog import Catalog, Entry, Fact, Tip, Trend
from bot.core.chat import Call, Choice, Menu, Part, Reply, Text
from bot.core.words import source_of


def call_for(entry: Entry) -> Call:
    """The call that shows a fact or a tip in full, from wherever it is mentioned."""
    return Call.of("tip", item=entry.id) if isinstance(entry, Tip) else Call.of("ask", question=entry.id)


def show(catalog: Catalog, fact: Fact, *, more: Iterable[Choice | Menu] = ()) -> Reply:
    """One fact in full: what the article says, what to do about it, and where it leads."""
    parts: list[Part] = [Text(fact.text)]
    if isinstance(fact, Trend):
        parts.append(Text(f"**What to do about it:** {fact.act}"))
    tips = catalog.tips_on(fact)
    related = [entry for entry in catalog.related(fact) if isinstance(entry, Fact | Tip)]
    choices: list[Choice | Menu] = [Choice("A tip on this", call_for(tips[0]), "primary")] if tips else []
    choices += [Choice(entry.title, call_for(entry)) for entry in related[:3]]
    return Reply(fact.title, tuple(parts), (*choices, *more), source_of(catalog, fact), again=call_for(fact))


def menu(placeholder: str, entries: Iterable[Entry]) -> tuple[Menu, ...]:
    """A menu that leads to each entry in full; nothing where there is none."""
    options = tuple(Choice(entry.title, call_for(entry)) for entry in entries)
    return (Menu(placeholder, options),) if options else ()


def titles(entries: Iterable[Entry]) -> str:
    return ", ".join(entry.title for entry in entries)
