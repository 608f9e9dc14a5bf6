"""How one fact is shown, and how others lead to it. Shared by the commands; itself none."""

from collections.abc import Iterable, Sequence

from bot.core.catalog import Catalog, Entry, Fact, Pay, Skill, SkillKind, Tip, Tool, ToolKind, Trend
from bot.core.chat import Call, Choice, Item, Items, Menu, Part, Reply, Text
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
    if isinstance(fact, Pay):
        row = tuple((name, word) for name, word in (("level", fact.level), ("region", fact.region)) if word)
        choices += [
            Choice("The salary table", Call("salary", row)),
            Choice("Compare an offer", Call("salary", row, fill="offer")),
        ]
    choices += [Choice(entry.title, call_for(entry)) for entry in related[:3]]
    return Reply(fact.title, tuple(parts), (*choices, *more), source_of(catalog, fact), again=call_for(fact))


def menu(placeholder: str, entries: Iterable[Entry]) -> tuple[Menu, ...]:
    """A menu that leads to each entry in full; nothing where there is none."""
    options = tuple(Choice(entry.title, call_for(entry)) for entry in entries)
    return (Menu(placeholder, options),) if options else ()


def overview(facts: Sequence[Fact], most: int = 6) -> tuple[Part, ...]:
    """The first facts with what they say, the rest by name: an answer is read in a minute, the menu has it all."""
    parts: list[Part] = [Items(tuple(Item(fact.title, fact.text) for fact in facts[:most]))]
    if facts[most:]:
        parts.append(Text(f"**Also:** {titles(facts[most:])}."))
    return tuple(parts)


def by_kind(
    catalog: Catalog,
    command: str,
    heading: str,
    kinds: Sequence[SkillKind] | Sequence[ToolKind],
    every: Sequence[Skill] | Sequence[Tool],
    chosen: Entry | None,
) -> Reply:
    """Facts on shelves, a shelf a kind: all the shelves, one of them, or one fact in full."""
    whole = Choice("All of them", Call(command))
    if isinstance(chosen, Fact):
        return show(catalog, chosen, more=(whole,))
    if not every:
        return Reply(heading, (Text(f"My source names none for {catalog.pack.title}."),))
    shelves = {kind: [fact for fact in every if fact.kind == kind.id] for kind in kinds}
    shelf = next((facts for kind, facts in shelves.items() if kind == chosen), None)
    others = Menu("By kind…", tuple(Choice(k.title, Call.of(command, kind=k.id)) for k in kinds if k != chosen))
    if shelf is None or chosen is None:
        parts: tuple[Part, ...] = (Items(tuple(Item(k.title, titles(facts)) for k, facts in shelves.items() if facts)),)
        lead: tuple[Choice | Menu, ...] = (
            Choice("A tip for this week", Call("tip"), "primary"),
            others,
            *menu("One in full…", every),
        )
        return Reply(heading, parts, lead, source_of(catalog, *every), again=Call(command))
    return Reply(
        chosen.title,
        overview(shelf, most=8),
        (whole, *menu("One in full…", shelf), others),
        source_of(catalog, *shelf),
        again=Call.of(command, kind=chosen.id),
    )


def titles(entries: Iterable[Entry]) -> str:
    return ", ".join(entry.title for entry in entries)
