"""What whoever looks after a place is told once, when the bot is new there. Shared by platforms; itself no command."""

from bot.core.chat import Call, Choice, Reply, Text

_HOW = (
    "In the channel where you want it, say **digest subscribe monday 9:00 Berlin**, with your own day, time and city: "
    "once a week I post a trend, a tip and a question there. Nothing comes unasked before that."
)


def added(place: str) -> Reply:
    """To whoever added the bot, in private. place: what people call it."""
    return Reply(
        "Thank you for adding me",
        (
            Text(f"I am in {place} now, and everybody there can ask me: **help** shows what."),
            Text(_HOW),
        ),
    )


def beside() -> Reply:
    """To the first of those who look after the place, beside an answer to something else."""
    return Reply(
        "You look after this place, so one more word",
        (Text(_HOW),),
        (Choice("The digest", Call("digest"), "primary"), Choice("What can you do?", Call("help"))),
    )
