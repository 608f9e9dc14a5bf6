from typing import Annotated

from bot.core.catalog import Catalog, Skill, SkillKind
from bot.core.chat import Reply
from bot.core.command import command
from bot.features import _facts


@command(examples=["", "soft", "python"], aliases=["skill"])
async def skills(
    catalog: Catalog,
    kind: Annotated[SkillKind | Skill | None, "A kind of skill, or one skill"] = None,
) -> Reply:
    """What to learn: technical, soft and new skills."""
    heading = f"What {catalog.pack.article} {catalog.pack.role} learns"
    return _facts.by_kind(catalog, "skills", heading, catalog.all(SkillKind), catalog.all(Skill), kind)
