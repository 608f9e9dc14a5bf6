from typing import Annotated

from bot.core.catalog import Catalog, Skill, SkillKind
from bot.core.chat import Call, Choice, Item, Items, Menu, Reply, Text
from bot.core.command import command
from bot.core.words import source_of
from bot.features import _facts


@command(examples=["", "soft", "python"], aliases=["skill"])
async def skills(
    catalog: Catalog,
    kind: Annotated[SkillKind | Skill | None, "A sort of skill, or one skill"] = None,
) -> Reply:
    """What to learn: technical, soft and new skills."""
    every = catalog.all(Skill)
    if isinstance(kind, Skill):
        return _facts.show(catalog, kind, more=(Choice("All skills", Call("skills")),))
    if not every:
        return Reply("Skills", (Text(f"My source names no skills for {catalog.pack.title}."),))
    kinds = catalog.all(SkillKind)
    of_kind = {k: [skill for skill in every if skill.kind == k.id] for k in kinds}
    others = Menu("Sorts of skills…", tuple(Choice(k.title, Call.of("skills", kind=k.id)) for k in kinds if k != kind))
    if kind is None:
        return Reply(
            f"What {catalog.pack.article} {catalog.pack.role} learns",
            (Items(tuple(Item(k.title, _facts.titles(found)) for k, found in of_kind.items() if found)),),
            (Choice("A tip for this week", Call("tip"), "primary"), others, *_facts.menu("One skill…", every)),
            source_of(catalog, *every),
            again=Call("skills"),
        )
    shown = of_kind[kind]
    return Reply(
        kind.title,
        (Items(tuple(Item(skill.title, skill.text) for skill in shown)),),
        (*_facts.menu("More about…", shown), others),
        source_of(catalog, *shown),
        again=Call.of("skills", kind=kind.id),
    )
