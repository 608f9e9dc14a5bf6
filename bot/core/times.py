"""Weekdays, times of day and days to come, as people type them."""

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import IntEnum

from bot.core.errors import BadValue
from bot.core.markup import clip, quote

_WORDS = {"noon": time(12), "midday": time(12), "midnight": time(0)}
_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2})(?:[:.h](?P<minute>[0-9]{2}))?\s*(?:h|(?P<half>[ap])\.?m\.?)?", re.IGNORECASE | re.ASCII
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AHEAD = re.compile(r"(?P<number>[0-9]{1,3})\s*(?P<unit>d|days?|w|weeks?)", re.IGNORECASE | re.ASCII)


class Weekday(IntEnum):
    """A day of the week, with the number that `date.weekday` gives it."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6

    @property
    def label(self) -> str:
        """`Monday`."""
        return self.name.capitalize()

    @property
    def names(self) -> tuple[str, ...]:
        """Every way to write it, in lower case: whole, in the plural, or cut short to two letters at least."""
        name = self.name.lower()
        return (f"{name}s", *(name[:length] for length in range(len(name), 1, -1)))


def read_weekday(text: str) -> Weekday:
    """A weekday: "Monday", "mondays", "mon.". Raises BadValue for anything else."""
    wanted = text.strip().rstrip(".").casefold()
    for day in Weekday:
        if wanted in day.names:
            return day
    raise BadValue(f"“{_said(text)}” is not a weekday. Write it like **Monday** or **mon**.")


def like_time(text: str) -> bool:
    """Whether it is written as a time of day, be there such a time or not."""
    return text.strip().casefold() in _WORDS or _TIME.fullmatch(text.strip()) is not None


def read_time(text: str) -> time:
    """A time of day on the minute: "9", "09:30", "9 am", "17h", "noon". Raises BadValue for anything else."""
    wanted = text.strip().casefold()
    if wanted in _WORDS:
        return _WORDS[wanted]
    if found := _TIME.fullmatch(wanted):
        hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found["half"]
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "p" else 0)
        elif half:
            hour = 24  # there is no 13 pm, and no 0 am
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise BadValue(f"“{_said(text)}” is not a time of day. Write it like **9:00**, **17:30** or **5 pm**.")


@dataclass(frozen=True, slots=True)
class Until:
    """A day to come, as it was typed: a date, or a number of days from today."""

    day: date | None = None
    days: int = 0

    def counted_from(self, today: date) -> date:
        """The day that is meant by who says it today. A date may be over; whoever asks must look."""
        return self.day or today + timedelta(days=self.days)


def like_until(text: str) -> bool:
    """Whether it is written as a day to come, be there such a day or not."""
    return any(form.fullmatch(text.strip()) for form in (_DATE, _AHEAD))


def read_until(text: str) -> Until:
    """A day to come: "2026-12-24", "10 days", "3 weeks". Raises BadValue for anything else."""
    wanted = text.strip().casefold()
    if (found := _AHEAD.fullmatch(wanted)) and (number := int(found["number"])):
        return Until(days=number * (7 if found["unit"].startswith("w") else 1))
    try:
        if _DATE.fullmatch(wanted):
            return Until(date.fromisoformat(wanted))
    except ValueError:  # 31 February
        pass
    raise BadValue(f"“{_said(text)}” is not a day that I can read. Write it like **2026-12-24** or **3 weeks**.")


def _said(text: str) -> str:
    return quote(clip(text.strip(), 60))
