from typing import Annotated

from bot.core.catalog import Catalog, Employer, Industry, Pivot, Stage, Step
from bot.core.chat import Call, Choice, Item, Items, Part, Reply, Text
from bot.core.command import command
from bot.core.words import source_of
from bot.features import _facts


@command(examples=["", "senior", "product manager"], aliases=["career", "careers", "paths"])
async def path(
    catalog: Catalog,
    step: Annotated[Step | None, "A stage, a pivot, a sort of employer or an industry"] = None,
) -> Reply:
    """Where a career can go: stages, pivots, employers and industries."""
    if step:
        return _facts.show(catalog, step, more=(*_neighbours(catalog, step), Choice("The whole path", Call("path"))))
    stages, pivots = catalog.all(Stage), catalog.all(Pivot)
    employers, industries = catalog.all(Employer), catalog.all(Industry)
    if not catalog.all(Step):
        return Reply("Career paths", (Text(f"My source does not describe career paths in {catalog.pack.title}."),))
    parts: list[Part] = (
        [Items(tuple(Item(stage.title, stage.text) for stage in stages), numbered=True)] if stages else []
    )
    for heading, steps in (("Or change to", pivots), ("For whom", employers), ("In which field", industries)):
        if steps:
            parts.append(Text(f"**{heading}:** {_facts.titles(steps)}."))
    return Reply(
        f"Where {catalog.pack.article} {catalog.pack.role} can go",
        tuple(parts),
        (
            *_facts.menu("A stage…", stages),
            *_facts.menu("A pivot…", pivots),
            *_facts.menu("A sort of employer…", employers),
            *_facts.menu("An industry…", industries),
        ),
        source_of(catalog, *catalog.all(Step)),
        again=Call("path"),
    )


def _neighbours(catalog: Catalog, step: Step) -> tuple[Choice, ...]:
    """For a rung of the ladder: the one below and the one above."""
    ladder = catalog.all(Stage)
    if not isinstance(step, Stage):
        return ()
    at = ladder.index(step)
    below = [Choice(f"Before: {s.title}", Call.of("path", step=s.id)) for s in ladder[max(at - 1, 0) : at]]
    above = [Choice(f"Next: {s.title}", Call.of("path", step=s.id)) for s in ladder[at + 1 : at + 2]]
    return (*below, *above)
