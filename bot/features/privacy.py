from typing import Annotated, Literal

from bot.core.chat import Call, Choice, Fields, Reply, Request, Text
from bot.core.command import Group, Hidden, command
from bot.core.ports import Privacy

#: What the kept rows are called, for people; a table that is not named here is told by its own name.
_CALLED = {
    "rotation": "how far you are in the tips",
    "learners": "that you learn here",
    "identities": "your account, and your name as it was last",
    "preferences": "your settings",
    "cards": "questions you have met, and when they are due",
    "answers": "your answers",
    "ledger": "days of your streak",
    "reports": "your reports of questions",
}


@command(examples=[""], group=Group.BOT)
async def privacy(
    request: Request,
    keeper: Privacy,
    delete: Annotated[Literal["ask", "yes"] | None, "The steps of deleting it all", Hidden()] = None,
) -> Reply:
    """What I keep about you, and how to have it deleted."""
    if delete == "yes":
        gone = await keeper.forget(request.person)
        return Reply("Forgotten", (Text(f"Everything that I kept about you is deleted: {gone} entries, for good."),))
    kept = await keeper.counted(request.person)
    if not kept:
        return Reply(
            "I keep nothing about you",
            (Text("Only tips, the quiz and your settings leave something. What you ask is never kept."),),
        )
    if delete == "ask":
        return Reply(
            "Delete everything?",
            (Text("Your answers, streak and settings go at once and for good, in all your accounts."),),
            (Choice("Delete it all", Call.of("privacy", delete="yes"), "danger"), Choice("Keep it", Call("privacy"))),
        )
    return Reply(
        "What I keep about you",
        (
            Fields(tuple((_CALLED.get(name, name).capitalize(), f"{rows}") for name, rows in kept.items())),
            Text("No message, no question of yours, and nothing of anybody who did not speak to me."),
        ),
        (Choice("Delete it all…", Call.of("privacy", delete="ask"), "danger"),),
    )
