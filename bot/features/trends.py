from typing import Annotated

from bot.core.catalog import Catalog, Outlook, Role, Trend
from bot.core.chat import Call, Choice, Reply, Text
from bot.core.command import command
from bot.core.words import source_of
from bot.features import _facts


@command(examples=["", "ethics"], aliases=["trend", "future", "outlook"])
async def trends(
    catalog: Catalog,
    about: Annotated[Outlook | None, "One trend, or one of the new roles"] = None,
) -> Reply:
    """Where the field is headed, the new roles, and what to do about it."""
    if about:
        return _facts.show(catalog, about, more=(Choice("All trends", Call("trends")),))
    coming, roles = catalog.all(Trend), catalog.all(Role)
    if not coming and not roles:
        return Reply("Trends", (Text(f"My source does not say where {catalog.pack.title} is headed."),))
    return Reply(
        f"Where {catalog.pack.title} is headed",
        (
            *_facts.overview(coming),
            *((Text(f"**New roles:** {_facts.titles(roles)}."),) if roles else ()),
        ),
        (*_facts.menu("What to do about…", coming), *_facts.menu("A new role…", roles)),
        source_of(catalog, *coming, *roles),
        again=Call("trends"),
    )
