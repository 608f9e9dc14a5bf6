"""How a member wants to be counted: zone, late-night border, rest days, weekly goal, pauses.

A wish never reaches back. Rest days hold from the day on which they are chosen, a weekly goal from the next Monday, a
pause from today at the earliest. So a day is judged by what was wished while it lasted, however late somebody looks.

Zone and border are the two that keep no history: call `streak.settle` with the old habits before you change them.
"""

from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import date, time

from bot.core.days import Calendar, calendar, next_to, week

MAX_REST = 2
MAX_GOAL = 7
MAX_PAUSE_DAYS = 92


class Unwanted(ValueError):
    """A wish that the rules do not allow; `str()` says why, for the member."""


@dataclass(frozen=True, slots=True)
class Pause:
    """No streak is asked for from `first` to `last`, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Habits:
    """rest: weekdays (Monday is 0), each set with the date from which it holds, oldest first.
    goals: days a week, 0 for every day; each with the Monday from which it holds, oldest first.
    """

    zone: str = "UTC"
    border: time = time(0)
    rest: tuple[tuple[date, frozenset[int]], ...] = ()
    goals: tuple[tuple[date, int], ...] = ()
    pauses: tuple[Pause, ...] = ()

    @property
    def calendar(self) -> Calendar:
        return calendar(self.zone, self.border)

    def rests(self, day: date) -> bool:
        return bool(self.rest) and day.weekday() in next((d for since, d in reversed(self.rest) if since <= day), ())

    def goal(self, day: date) -> int:
        """Days a week, by the goal that holds on that day; 0 where every day counts."""
        return next((goal for since, goal in reversed(self.goals) if since <= day), 0)

    def pauses_on(self, day: date) -> bool:
        return any(pause.first <= day <= pause.last for pause in self.pauses)


def choose_rest(habits: Habits, weekdays: Set[int], today: date) -> Habits:
    """Rest on these weekdays from today on. Raises Unwanted for more than two."""
    if len(weekdays) > MAX_REST or not weekdays <= set(range(7)):
        raise Unwanted(f"Choose at most {MAX_REST} weekdays to rest on.")
    kept = tuple(entry for entry in habits.rest if entry[0] < today)
    return replace(habits, rest=(*kept, (today, frozenset(weekdays))))


def choose_goal(habits: Habits, days: int, today: date) -> Habits:
    """Days a week from the next Monday on (today, if it is one); 0 goes back to every day."""
    if not 0 <= days <= MAX_GOAL:
        raise Unwanted(f"A weekly goal is 1 to {MAX_GOAL} days.")
    since = today if today.weekday() == 0 else next_to(week(today), 7)
    kept = tuple(entry for entry in habits.goals if entry[0] < since)
    return replace(habits, goals=(*kept, (since, days)))


def pause(habits: Habits, first: date, last: date, today: date) -> Habits:
    """Plan a pause. Raises Unwanted if it began before today, ends before it begins, or is longer than 92 days."""
    if first < today:
        raise Unwanted("A pause can begin today or later. For a day that is over, ask for a repair.")
    if last < first:
        raise Unwanted("A pause ends on the day it begins, or later.")
    if (last - first).days >= MAX_PAUSE_DAYS:
        raise Unwanted(f"A pause is {MAX_PAUSE_DAYS} days at most.")
    return replace(habits, pauses=(*habits.pauses, Pause(first, last)))


def resume(habits: Habits, today: date) -> Habits:
    """End every pause: today and later days count again. Days that are over stay paused."""
    cut = (Pause(p.first, min(p.last, next_to(today, -1))) for p in habits.pauses)
    return replace(habits, pauses=tuple(p for p in cut if p.first <= p.last))
