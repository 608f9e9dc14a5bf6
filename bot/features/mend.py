from typing import Annotated

from bot.core.chat import Reply, Request, Text
from bot.core.command import Group, command
from bot.core.errors import BadArgument
from bot.core.markup import quote
from bot.core.parameters import Member
from bot.core.ports import Profiles
from bot.features import _streak
from bot.features._rights import require_manager
from bot.learning.port import Learning
from bot.learning.streak import NoRepair

#: Characters: it stands beside each repaired day in `streak why`.
_LONGEST = 120


@command(examples=["<@ada|ada> the bot was down on Friday"], group=Group.BOT, for_managers=True)
async def mend(
    request: Request,
    learning: Learning,
    profiles: Profiles,
    person: Annotated[Member, "Whose streak to mend, by mention, such as @ada"],
    reason: Annotated[str, "Why, in a few words; it is kept, and they can read it"],
) -> Reply:
    """For admins: repair somebody's broken streak, with a reason that they can read."""
    await require_manager(request, profiles)
    why = reason.rstrip(".")
    if len(why) > _LONGEST:
        raise BadArgument(f"That reason has {len(why)} characters; I keep up to {_LONGEST}. Please say it shorter.")
    try:
        done = await learning.mend(request.person, person, why, request.at)
    except NoRepair as sorry:
        return Reply("Nothing to mend", (Text(str(sorry)),))
    if done is None:
        return Reply(
            "Nothing to mend",
            (Text("They don't learn with me here yet: nothing of theirs is kept in this place."),),
        )
    name, standing = done
    return Reply(
        "Mended",
        (
            Text(f"The streak of **{quote(name) or 'that person'}** is repaired: **{_streak.length(standing)}**."),
            Text(f"`streak why` tells them: repaired by an admin: {quote(why)}."),
        ),
    )
