from typing import Annotated

from bot.core.catalog import Catalog, Tool, ToolKind
from bot.core.chat import Call, Choice, Item, Items, Menu, Reply, Text
from bot.core.command import command
from bot.core.words import source_of
from bot.features import _facts


@command(examples=["", "frameworks", "pytorch"], aliases=["tool", "stack"])
async def tools(
    catalog: Catalog,
    kind: Annotated[ToolKind | Tool | None, "A sort of tool, or one tool"] = None,
) -> Reply:
    """The tools of the trade, sort by sort, and what each is for."""
    every = catalog.all(Tool)
    if isinstance(kind, Tool):
        return _facts.show(catalog, kind, more=(Choice("All tools", Call("tools")),))
    if not every:
        return Reply("Tools", (Text(f"My source names no tools for {catalog.pack.title}."),))
    kinds = catalog.all(ToolKind)
    of_kind = {k: [tool for tool in every if tool.kind == k.id] for k in kinds}
    others = Menu("Sorts of tools…", tuple(Choice(k.title, Call.of("tools", kind=k.id)) for k in kinds if k != kind))
    if kind is None:
        shelves = tuple(Item(k.title, _facts.titles(found)) for k, found in of_kind.items() if found)
        return Reply(
            f"The {catalog.pack.role}'s toolbox",
            (Items(shelves),),
            (others, *_facts.menu("One tool…", every)),
            source_of(catalog, *every),
            again=Call("tools"),
        )
    shown = of_kind[kind]
    return Reply(
        kind.title,
        (Items(tuple(Item(tool.title, tool.text) for tool in shown)),),
        (*_facts.menu("More about…", shown), others),
        source_of(catalog, *shown),
        again=Call.of("tools", kind=kind.id),
    )
