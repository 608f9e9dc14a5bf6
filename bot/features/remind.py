from datetime import datetime
from typing import Annotated, Literal

from bot.core.chat import Call, Choice, Menu, Person, Reply, Request, Text
from bot.core.command import Group, command
from bot.delivery.outbox import Delivery
from bot.features import _streak
from bot.learning.port import Learning
from bot.learning.reminders import Reminders

Hours = Literal["1", "2", "3", "4", "6", "8", "12", "off"]
_OFFERED: tuple[Hours, ...] = ("1", "2", "3", "4", "6", "8", "12")


@command(examples=["3", "off", ""], aliases=["reminder", "reminders"], group=Group.LEARNING)
async def remind(
    request: Request,
    reminders: Reminders,
    learning: Learning,
    hours: Annotated[Hours | None, "How many hours before your day ends, or off"] = None,
) -> Reply:
    """A private message before your day ends, only if it is not kept yet."""
    person, now = request.person, request.at
    if hours is None:
        now_chosen = await reminders.chosen(person)
        said = f"I write to you {before(now_chosen)}, on days that are not kept yet." if now_chosen else "You get none."
        return _card("Reminders", said, on=now_chosen > 0)
    at = await reminders.choose(person, 0 if hours == "off" else int(hours), now)
    if at is None:
        return _card("No more reminders", "I write to you only when you write to me.", on=False)
    zone = (await learning.habits(person)).zone
    said = f"I write to you {before(int(hours))}, on days that are not kept yet. The first may come at "
    return _card("I will remind you", f"{said}{_streak.moment(at, zone)}.", on=True)


async def compose(delivery: Delivery, now: datetime, learning: Learning) -> Reply | None:
    """The reminder itself; None where the day is kept by now."""
    person = Person(delivery.target.platform, delivery.target.workspace, delivery.target.user)
    standing, habits = await learning.standing(person, now)
    if standing.kept or now >= delivery.until:
        return None
    run = f"your streak of {_streak.length(standing)}" if standing.number else "a new streak"
    return Reply(
        "Today is still open",
        (Text(f"One answer keeps {run}. Your day ends at {_streak.moment(standing.ends, habits.zone)}."),),
        (Choice("A question", Call("quiz"), "primary"), Choice("No more reminders", Call.of("remind", hours="off"))),
        "You asked for this with “remind”.",
    )


def _card(title: str, said: str, *, on: bool) -> Reply:
    menu = Menu("Hours before my day ends…", offers())
    off = (Choice("No more reminders", Call.of("remind", hours="off")),) if on else ()
    return Reply(title, (Text(said),), (*off, menu))


def offers() -> tuple[Choice, ...]:
    """How many hours before a day ends one may be reminded."""
    return tuple(Choice(_streak.many(int(hours), "hour"), Call.of("remind", hours=hours)) for hours in _OFFERED)


def before(hours: int) -> str:
    return f"{_streak.many(hours, 'hour')} before your day ends"
