from bot.core.catalog import Catalog, Work
from bot.core.chat import Call, Choice, Reply, Text
from bot.core.command import command
from bot.core.words import source_of
from bot.features import _facts


@command(examples=[""], aliases=["work", "role"])
async def job(catalog: Catalog) -> Reply:
    """What the job is: what they do all day, and with whom."""
    shown = catalog.all(Work)
    if not shown:
        return Reply(
            "The job", (Text(f"My source does not describe the work of {catalog.pack.article} {catalog.pack.role}."),)
        )
    return Reply(
        f"What {catalog.pack.article} {catalog.pack.role} does",
        _facts.overview(shown),
        (
            Choice("What to learn", Call("skills"), "primary"),
            Choice("What it pays", Call("salary")),
            Choice("Where it leads", Call("path")),
            *_facts.menu("More about…", shown),
        ),
        source_of(catalog, *shown),
        again=Call("job"),
    )
