import secrets
from collections.abc import Iterable
from typing import Annotated

from bot.core.chat import Call, Choice, Fields, Reply, Request, Text
from bot.core.command import Group, command
from bot.core.errors import BadArgument
from bot.core.markup import clip, quote
from bot.core.words import join
from bot.features import _streak
from bot.learning.linking import BITS, LIFE, Account, Joined, Linking, Refused, Why, read_code, spell

_MINUTES = _streak.many(int(LIFE.total_seconds() // 60), "minute")

_CODE = Choice("A new code", Call("link"))
_TYPE = Choice("Type a code", Call("link", fill="code"))
_STREAK = Choice("My streak", Call("streak"))


@command(examples=["", "7KQ4-M2XD"], aliases=["connect"], group=Group.LEARNING, costly=lambda _: True)
async def link(
    request: Request,
    linking: Linking,
    code: Annotated[str | None, "The code that I gave you in your other account; without one, I give you one"] = None,
) -> Reply:
    """One streak in all your accounts, on Discord and Slack alike: a code joins them."""
    if code is None:
        return _not_here() if request.in_the_open else await _offer(request, linking)
    read = read_code(code)
    if read is None:
        raise BadArgument(
            f"“{quote(clip(code, 40))}” is no code of mine: those have eight letters and digits, like **7KQ4-M2XD**.",
            [("Type a code", _TYPE.call), ("A new code", _CODE.call)],
        )
    outcome = await linking.join(request.person, read, request.at)
    if isinstance(outcome, Refused):
        return _refused(outcome, for_all=request.in_the_open)
    return _joined(outcome, for_all=request.in_the_open)


async def _offer(request: Request, linking: Linking) -> Reply:
    new = spell(secrets.randbits(BITS))
    accounts = await linking.offer(request.person, new, request.at)
    return Reply(
        "Join your accounts",
        (
            Text(f"Your code: **{new}**"),
            Text(f"Within {_MINUTES}, tell me `link {new}` from your other account. It works once."),
            Text(
                "Then both are one: one streak, no shorter than the longer of the two, and the history of both. That "
                "cannot be undone; so show the code to nobody, and type none that somebody else gave you."
            ),
            *((Text(f"Joined already: {_listed(accounts)}."),) if len(accounts) > 1 else ()),
        ),
        (_CODE, _TYPE, _STREAK),
    )


def _not_here() -> Reply:
    return Reply(
        "Not in front of everyone",
        (Text("A code is for you alone: use my slash command, send me a direct message, or press the button."),),
        (Choice("Show me a code", Call("link"), "primary"),),
    )


def _joined(now_one: Joined, *, for_all: bool) -> Reply:
    standing = now_one.standing
    own = (
        Fields(
            (
                ("Accounts", _listed(now_one.accounts)),
                ("Streak", _streak.length(standing)),
                ("In total", _streak.many(standing.total)),
            )
        ),
        *((Text(_settings(now_one)),) if now_one.changed else ()),
    )
    return Reply(
        "Your accounts are joined",
        (*(() if for_all else own), Text("The history of both is kept. Whichever you answer in, it is one streak.")),
        (_STREAK, Choice("Settings", Call("settings"))),
    )


def _settings(now_one: Joined) -> str:
    zone = now_one.habits.zone
    return (
        f"Their settings were not the same: from now on your days are counted in **{zone}**. `settings` shows the rest."
    )


def _refused(refusal: Refused, *, for_all: bool) -> Reply:
    if refusal.why is Why.OWN:
        return _own(refusal, for_all=for_all)
    if refusal.until is not None:
        again = "in an hour" if for_all else f"after {_streak.moment(refusal.until, refusal.habits.zone)}"
        return Reply(
            "Too many wrong codes", (Text(f"I look at no more of them for now. Try again {again}."),), (_STREAK,)
        )
    said = f"It may be mistyped, used already, replaced by a newer one, or older than {_MINUTES}."
    return Reply("That code does not work", (Text(said),), (_TYPE, _CODE))


def _own(refusal: Refused, *, for_all: bool) -> Reply:
    if len(refusal.accounts) > 1:
        which = "" if for_all else f": {_listed(refusal.accounts)}"
        return Reply(
            "Joined already", (Text(f"That code is your own, and your accounts are joined{which}."),), (_STREAK,)
        )
    said = "You made that code in this very account. Make a new one, and give it to me from the *other* account."
    return Reply("That code is your own", (Text(said),), (_CODE,))


def _listed(accounts: Iterable[Account]) -> str:
    """`Discord (Ada) and Slack (ada.l)`."""
    return join([_named(one) for one in accounts])


def _named(account: Account) -> str:
    name = quote(clip(account.name, 40))
    return f"{account.platform.capitalize()} ({name})" if name else account.platform.capitalize()
