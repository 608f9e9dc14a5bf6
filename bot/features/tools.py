from typing import Annotated

from bot.core.catalog import Catalog, Tool, ToolKind
from bot.core.chat import Reply
from bot.core.command import command
from bot.features import _facts


@command(examples=["", "frameworks", "pytorch"], aliases=["tool", "stack"])
async def tools(
    catalog: Catalog,
    kind: Annotated[ToolKind | Tool | None, "A kind of tool, or one tool"] = None,
) -> Reply:
    """The tools of the trade, kind by kind, and what each is for."""
    heading = f"The {catalog.pack.role}'s toolbox"
    return _facts.by_kind(catalog, "tools", heading, catalog.all(ToolKind), catalog.all(Tool), kind)
