"""How the settings of a learner are put into words. Shared by the commands; itself none."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Literal

from bot.core.days import next_to
from bot.core.times import Weekday
from bot.core.words import join
from bot.features import _streak
from bot.learning.habits import Habits

What = Literal["zone", "border", "rest", "goal", "pause"]

LABELS: Mapping[What, str] = MappingProxyType(
    {"zone": "Zone", "border": "A day ends at", "rest": "Rest days", "goal": "Goal", "pause": "Pause"}
)


def values(habits: Habits, today: date) -> dict[What, str]:
    ahead = next_to(today, 7)
    goal, soon = habits.goal(today), habits.goal(ahead)
    wanted = _goal(goal) if goal == soon else f"{_goal(goal)}; {_goal(soon)} from next Monday"
    rest = [day.label for day in Weekday if day in (habits.rest[-1][1] if habits.rest else ())]
    pauses = [f"{p.first} to {p.last}" for p in habits.pauses if p.last >= today]
    return {
        "zone": habits.zone,
        "border": f"{habits.border:%H:%M}",
        "rest": join(rest) or "none",
        "goal": wanted,
        "pause": join(pauses) or "none",
    }


def _goal(days: int) -> str:
    return f"{_streak.many(days)} a week" if days else "every day"
