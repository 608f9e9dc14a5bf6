import json
from datetime import UTC, datetime
from typing import Annotated, Literal

from bot.core.chat import Call, Choice, Fields, File, Reply, Request, Text
from bot.core.command import Group, Hidden, command
from bot.core.ports import Kept, Privacy

#: What the kept rows are called, for people; a table that is not named here is told by its own name.
_CALLED = {
    "rotation": "how far you are in the tips",
    "learners": "that you learn here",
    "identities": "your accounts, and your name as it was last",
    "preferences": "your settings",
    "cards": "questions you have met, and when they are due",
    "answers": "your answers",
    "ledger": "days of your streak",
    "reports": "your reports of questions, in your words",
    "unlisted": "that you are on no leaderboard",
    "codes": "codes you asked for, to link your accounts",
    "tries": "how often you gave a wrong code",
    "reminders": "when I remind you, and where",
    "subscriptions": "digests that you get, or set up for a channel",
    "greeted": "that I have told you what I am",
    "deliveries": "private messages that I sent you, or shall send",
}

_EXPORT, _DELETE = Call.of("privacy", do="export"), Call.of("privacy", do="delete")


@command(examples=["export", ""], group=Group.BOT, costly=lambda given: given.get("do") == "export")
async def privacy(
    request: Request,
    keeper: Privacy,
    do: Annotated[Literal["export", "delete"] | None, "Have all of it as a file, or have all of it deleted"] = None,
    sure: Annotated[Literal["yes"] | None, "That you were asked, and want it deleted", Hidden()] = None,
) -> Reply:
    """What I keep about you: see it, have it as a file, have it deleted."""
    if do == "delete" and sure:
        gone = await keeper.forget(request.person)
        return Reply("Forgotten", (Text(f"Everything that I kept about you is deleted: {_entries(gone)}, for good."),))
    counted = await keeper.counted(request.person)
    if not counted:
        return Reply(
            "I keep nothing about you",
            (Text("Only tips, the quiz and your settings leave something. What you ask is never kept."),),
        )
    if do == "delete":
        return _asked()
    if do == "export":
        return _given(await keeper.export(request.person), request.at)
    return Reply(
        "What I keep about you",
        (
            Fields(tuple((_called(name).capitalize(), f"{rows}") for name, rows in counted.items())),
            Text("No message, no question of yours, and nothing of anybody who did not speak to me."),
        ),
        (Choice("Export", _EXPORT), Choice("Delete it all…", _DELETE, "danger")),
        personal=True,
    )


def _asked() -> Reply:
    return Reply(
        "Delete everything?",
        (Text("Your answers, streak and settings go at once and for good, in all your accounts."),),
        (
            Choice("Delete it all", Call.of("privacy", do="delete", sure="yes"), "danger"),
            Choice("Export it first", _EXPORT),
            Choice("Keep it", Call("privacy")),
        ),
        personal=True,
    )


def _given(kept: Kept, at: datetime) -> Reply:
    about = f"All that I keep about you, in all your accounts: {_entries(sum(map(len, kept.rows.values())))}, as JSON."
    return Reply(
        "Your export",
        (File(f"careerbot-{at:%Y-%m-%d}.json", _json(kept, at), "application/json", about),),
        (Choice("What I keep", Call("privacy")), Choice("Delete it all…", _DELETE, "danger")),
        personal=True,
    )


def _json(kept: Kept, at: datetime) -> bytes:
    about = {
        "what": "All that careerbot keeps about you. Moments are in UTC.",
        "at": at.astimezone(UTC).isoformat(),
        "accounts": [dict(zip(("platform", "workspace", "user"), account, strict=True)) for account in kept.accounts],
        "tables": {name: _called(name) for name in kept.rows},
    }
    text = json.dumps({"about": about, "tables": kept.rows}, ensure_ascii=False, indent=2)
    return f"{text}\n".encode(errors="replace")  # half a character, which a text of theirs may hold


def _entries(count: int) -> str:
    return f"{count} entr{'y' if count == 1 else 'ies'}"


def _called(table: str) -> str:
    return _CALLED.get(table, table)
