from datetime import date
from typing import Annotated, Literal

from bot.core.chat import Call, Choice, Fields, Part, Reply, Request, Text
from bot.core.command import Group, Hidden, command
from bot.core.errors import BadArgument
from bot.core.markup import quote
from bot.features import _streak
from bot.learning.explain import Told
from bot.learning.habits import Habits
from bot.learning.port import Learning
from bot.learning.rules import DAYS_A_FREEZE, MAX_FREEZES
from bot.learning.streak import Break, NoRepair, Standing

#: Days in "why".
_WHY_DAYS = 14


@command(examples=["", "why"], aliases=["streaks"], group=Group.LEARNING)
async def streak(
    request: Request,
    learning: Learning,
    show: Annotated[Literal["why"] | None, "Say why for the cause of each of the last days"] = None,
    mend: Annotated[Literal["repair"] | None, "Repair the streak that broke", Hidden()] = None,
) -> Reply:
    """How many days in a row you have learned, and why."""
    person, now = request.person, request.at
    if mend:
        try:
            await learning.repair(person, now)
        except NoRepair as sorry:
            raise BadArgument(str(sorry), [("My streak", Call("streak"))]) from None
    standing, habits = await learning.standing(person, now)
    if show:
        return _why(standing, await learning.explain(person, now, _WHY_DAYS))
    days = await learning.explain(person, now, _streak.days_shown(standing.today))
    broken = standing.broken
    repairable = broken is not None and broken.until is not None and now < broken.until
    parts: list[Part] = [Text("Your streak is **repaired**.")] if mend else []
    parts.append(Fields(_fields(standing, habits)))
    if broken is not None and (repairable or not standing.days):
        parts.append(Text(_ended(broken, habits, repairable=repairable)))
    parts += [Text(_streak.calendar(days, standing.today)), Text(_streak.LEGEND)]
    return Reply(
        f"Your streak: {_streak.length(standing)}",
        tuple(parts),
        (
            *((Choice("Repair it", Call.of("streak", mend="repair"), "primary"),) if repairable else ()),
            Choice("A question", Call("quiz"), "secondary" if repairable or standing.kept else "primary"),
            Choice("Why?", Call.of("streak", show="why")),
        ),
    )


def _fields(standing: Standing, habits: Habits) -> tuple[tuple[str, str], ...]:
    to_go = DAYS_A_FREEZE - standing.total % DAYS_A_FREEZE
    more = "" if standing.freezes == MAX_FREEZES else f"; one more after {_streak.many(to_go)} of answers"
    fields = [
        ("Today", _streak.today(standing, habits)),
        ("Longest", _streak.many(standing.longest)),
        ("In total", _streak.many(standing.total)),
        ("Freezes left", f"{standing.freezes} of {MAX_FREEZES}{more}"),
    ]
    if standing.this_week:
        fields.insert(1, ("This week", "{} of {} days".format(*standing.this_week)))
    if standing.frozen:
        waiting = f"{_streak.many(len(standing.frozen))} without an answer; freezes will cover it if you answer today"
        fields.append(("Waiting", waiting))
    return tuple(fields)


def _ended(broken: Break, habits: Habits, *, repairable: bool) -> str:
    first = broken.days[0]
    said = f"A streak of {_streak.many(broken.lost)} ended on {_date(first)}: {quote(broken.cause)}."
    if repairable and broken.until is not None:
        return f"{said} You can repair it until {_streak.moment(broken.until, habits.zone)}."
    return said


def _date(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _why(standing: Standing, days: tuple[Told, ...]) -> Reply:
    began = next((n for n, one in enumerate(days) if one.kind is not None), len(days) - 1)
    rows = [f"- **{_date(one.day)}** {quote(one.sentence)}" for one in reversed(days[began:])]
    return Reply(
        f"Why your streak is {_streak.length(standing)}",
        (
            Text("\n".join(rows)),
            Text(
                "The number counts the days with an answer since the last missed one"
                f"{', in weeks whose goal was reached' if standing.goal else ''}. Freezes, rest days, pauses and "
                "repairs hold it together and add nothing."
            ),
        ),
        (Choice("My streak", Call("streak")), Choice("A question", Call("quiz"))),
    )
