from typing import Annotated

from bot.core.catalog import Catalog
from bot.core.chat import Call, Choice, Fields, Item, Items, Menu, Part, Reply, Text
from bot.core.command import Command, Group, Registry, command
from bot.core.parameters import CommandName, World


@command(examples=["", "salary"], aliases=["commands", "usage"], group=Group.BOT, when_silent=True)
async def help(  # noqa: A001 # the function's name is the command's
    catalog: Catalog,
    registry: Registry,
    world: World,
    name: Annotated[CommandName | None, "The command you would like explained"] = None,
) -> Reply:
    """What I can do, and how to ask for it."""
    found = registry.find(name) if name else None
    if found:
        return _explain(found, registry, world)
    groups = [(group, [c for c in registry if c.group is group]) for group in Group]
    about = f"Ask me about {catalog.pack.title}. What you ask by a command is private until you share it."
    parts: list[Part] = [Text(about)]
    for group, commands in groups:
        parts.append(Text(f"**{group.value}**"))
        parts.append(Items(tuple(Item(c.usage, c.summary) for c in commands)))
    answers = [c for c in registry if c.group is Group.ANSWERS and not c.when_lost]
    learning = [c for c in registry if c.group is Group.LEARNING]
    return Reply(
        "Hello! Here is what I can do",
        tuple(parts),
        (
            *(Choice(c.name.capitalize(), Call(c.name)) for c in (*answers[:4], *learning[:1])),
            Menu("More about a command…", tuple(Choice(c.name, Call.of("help", name=c.name)) for c in registry)),
        ),
    )


def _explain(found: Command, registry: Registry, world: World) -> Reply:
    fields: list[tuple[str, str]] = []
    for parameter in found.visible:
        labels = [option.label for option in parameter.kind.options(world)]
        chosen_from = f" One of: {', '.join(labels)}." if labels else ""
        optional = "" if parameter.required else " *(may be left out)*"
        fields.append((parameter.name, f"{parameter.help}.{optional}{chosen_from}"))
    examples = "\n".join(f"- `{f'{found.name} {example}'.strip()}`" for example in found.shown_examples)
    also = f"\n\nAlso as: {', '.join(f'`{alias}`' for alias in found.aliases)}" if found.aliases else ""
    return Reply(
        found.usage,
        (
            Text(found.summary),
            *((Fields(tuple(fields)),) if fields else ()),
            Text(f"**For example**\n\n{examples}{also}"),
        ),
        (
            _try(found),
            Menu("Another command…", tuple(Choice(c.name, Call.of("help", name=c.name)) for c in registry)),
        ),
    )


def _try(found: Command) -> Choice:
    needed = next((p.name for p in found.visible if p.required), None)
    return Choice("Try it", Call(found.name, fill=needed), "primary")
