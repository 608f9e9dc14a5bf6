"""How a streak is put into words. Shared by the commands; itself none."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.core.days import next_to, span, week
from bot.core.words import many as many
from bot.learning.explain import Told
from bot.learning.habits import Habits
from bot.learning.ledger import Kind
from bot.learning.port import Verdict
from bot.learning.streak import Standing

#: Weeks in the calendar.
_WEEKS = 4
#: All as wide as each other on every platform, so that the weeks stand in columns.
_SIGNS = {
    Kind.ANSWERED: "🟩",
    Kind.REPAIRED: "🟦",
    Kind.FROZEN: "🧊",
    Kind.REST: "⬜",
    Kind.PAUSED: "⬜",
    Kind.SKIPPED: "⬜",
    Kind.SOON: "🟦",
    Kind.LINKED: "🟦",
    Kind.MISSED: "🟥",
}
_NOTHING, _OPEN = "⬛", "🟨"
LEGEND = "🟩 answered, 🧊 frozen, ⬜ free, 🟦 held together, 🟥 missed, ⬛ nothing, 🟨 today, still open"


def length(standing: Standing) -> str:
    """How long the streak is, in its own unit."""
    return many(standing.number, "week" if standing.goal else "day")


@lru_cache(maxsize=1024)  # most days end at the same moments
def moment(at: datetime, zone: str) -> str:
    """`00:00 on Tuesday 24 November (Europe/Berlin)`."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%H:%M} on {local:%A} {local.day} {local:%B} ({zone})"


def line(verdict: Verdict) -> str:
    """What an answer did to the streak, and what is next."""
    stands, habits = verdict.standing, verdict.habits
    said = [f"**{'Week' if stands.goal else 'Day'} {stands.number}.**"]
    if verdict.again:
        said.append("You had answered this one before, so nothing new was counted.")
    elif verdict.daily:
        said.append("Today counts." if stands.goal else "Kept for today.")
    else:
        said.append("Today is kept already; this was practice.")
    if verdict.frozen:
        said.append(f"{many(verdict.frozen, 'freeze')} held the streak while you were away.")
    if stands.this_week:
        said.append("{} of {} days this week.".format(*stands.this_week))
    said.append(f"The next day begins at {moment(stands.ends, habits.zone)}.")
    return " ".join(said)


def hint(verdict: Verdict) -> str:
    """Said once, with the first day that somebody keeps whose zone nobody knows; "" otherwise."""
    first = verdict.daily and verdict.standing.total == 1
    return "Your days end at 00:00 UTC until you tell me your zone." if first and verdict.unset else ""


def today(standing: Standing, habits: Habits) -> str:
    """Whether today is safe, and until when."""
    until = moment(standing.ends, habits.zone)
    if standing.kept:
        return f"Kept. The next day begins at {until}."
    return f"Open until {until}."


def days_shown(today: date) -> int:
    """How many days the calendar needs to know, today with them."""
    return 7 * (_WEEKS - 1) + today.weekday() + 1


def calendar(days: tuple[Told, ...], today: date) -> str:
    """A row a week, Monday first, with the Monday's date behind it."""
    signs = {one.day: _SIGNS[one.kind] if one.kind else _OPEN if one.day == today else _NOTHING for one in days}
    mondays = [next_to(week(today), -7 * n) for n in reversed(range(_WEEKS))]
    rows = ["".join(signs.get(day, "") for day in span(monday, next_to(monday, 6))) for monday in mondays]
    return "\n".join(f"{row} week of {monday.day} {monday:%B}" for monday, row in zip(mondays, rows, strict=True))
