from typing import Annotated, Literal

from bot.core.catalog import Catalog
from bot.core.chat import Call, Choice, Item, Items, Part, Reply, Request, Text
from bot.core.command import Group, Hidden, command
from bot.core.ports import Profiles

#: What whoever looks after a place does first.
_FIRST_STEPS = (
    Item("Take me into a channel", "On Slack say `/invite @careerbot` there; on Discord I see channels by myself."),
    Item("Give it a weekly digest", "Say `digest subscribe` there: one post a week, and nothing else unasked."),
    Item("Tell the others", "Whoever says `home` to me finds their question of the day. I write to nobody first."),
)

#: What who installed me is told, who may not do that.
_FOR_ADMINS = (
    "Thank you for adding me. Once a week I can post a digest in a channel: ask an admin of this workspace to say "
    "`digest subscribe` there."
)


@command(examples=[""], aliases=["hi", "hey", "welcome", "start"], group=Group.BOT, when_met=True)
async def hello(
    request: Request,
    catalog: Catalog,
    profiles: Profiles,
    to: Annotated[Literal["installer"] | None, "Who has just installed me", Hidden()] = None,
) -> Reply:
    """What I am, in a few words, and how to begin."""
    manages = await profiles.manages(request)
    parts: list[Part] = [
        Text(
            f"I am careerbot. Ask me about {catalog.pack.title}: what to learn, what it pays, where it leads. I answer "
            "from one article and name it, and only you see the answer until you share it."
        ),
        Text("Learn a little each day: one question a day keeps your streak, and **home** shows how you stand."),
    ]
    if manages:
        parts += [Text("You look after this place, so here is how to begin:"), Items(_FIRST_STEPS, numbered=True)]
    elif to == "installer":
        parts.append(Text(_FOR_ADMINS))
    return Reply(
        "Hello!",
        tuple(parts),
        (
            Choice("A question", Call("quiz"), "primary"),
            Choice("What can you do?", Call("help")),
            *((Choice("The weekly digest", Call("digest")),) if manages else ()),
            Choice("What you keep about me", Call("privacy")),
        ),
    )
