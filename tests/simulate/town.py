"""Who subscribed where, and so how many digests are due in which second of a week."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time

from bot.core.weekly import Weekly

#: The week that is simulated, by its Monday: no clock is put forward or back in it.
MONDAY = date(2026, 11, 30)
#: Assumed, for want of figures: how communities of people who learn to program are spread over the zones, in percent.
ZONES: Mapping[str, int] = {
    "America/Los_Angeles": 12, "America/Denver": 3, "America/Chicago": 9, "America/New_York": 18,
    "America/Sao_Paulo": 6, "Europe/London": 8, "Europe/Berlin": 16, "Europe/Kyiv": 4, "Africa/Lagos": 3,
    "Asia/Karachi": 2, "Asia/Kolkata": 10, "Asia/Singapore": 4, "Asia/Tokyo": 3, "Australia/Sydney": 2,
}  # fmt: skip
#: Assumed: which weekdays and times people choose, in percent.
_DAYS = {0: 50, 1: 10, 2: 10, 3: 10, 4: 20}
_TIMES = {time(8): 15, time(8, 30): 5, time(9): 50, time(9, 30): 5, time(10): 15, time(12): 5, time(16): 5}


@dataclass(frozen=True, slots=True)
class Habit:
    """When people have their digest.

    spread: minutes over which a moment is spread, evenly. The bot does no such thing; this shows what it would do.
    """

    name: str
    zones: Mapping[str, int]
    days: Mapping[int, int]
    times: Mapping[time, int]
    spread: int = 0


AT_ONCE = Habit("all in one zone, Monday 09:00", {"Europe/Berlin": 1}, {0: 1}, {time(9): 1})
IN_ZONES = Habit("Monday 09:00, each in their zone", ZONES, {0: 1}, {time(9): 1})
AS_CHOSEN = Habit("days and times as people choose", ZONES, _DAYS, _TIMES)
SPREAD = Habit("all in one zone, spread over an hour", {"Europe/Berlin": 1}, {0: 1}, {time(9): 1}, spread=60)
HABITS = (AT_ONCE, IN_ZONES, AS_CHOSEN, SPREAD)


def due(habit: Habit, subscriptions: int) -> Counter[int]:
    """How many are due in which second, counted from the first slot of the week. Their sum is all of them."""
    slots = Counter[int]()
    for share, slot in _slots(habit):
        slots[slot] += share
    first, whole = min(slots), sum(slots.values())
    found, given, shares = Counter[int](), 0, 0
    for slot in sorted(slots):
        shares += slots[slot]
        many = subscriptions * shares // whole - given  # so that what is rounded off is not lost
        given += many
        for second, part in _spread(many, 60 * habit.spread):
            found[slot - first + second] += part
    return found


def _slots(habit: Habit) -> Iterator[tuple[int, int]]:
    """A share, and its slot in seconds: as the bot itself computes it."""
    for zone, by_zone in habit.zones.items():
        for day, by_day in habit.days.items():
            for at, by_time in habit.times.items():
                yield by_zone * by_day * by_time, int(Weekly(zone, day, at).slot(MONDAY).timestamp())


def _spread(many: int, seconds: int) -> Iterator[tuple[int, int]]:
    if not seconds:
        yield 0, many
        return
    for second in range(seconds):
        if part := many * (second + 1) // seconds - many * second // seconds:
            yield second, part
