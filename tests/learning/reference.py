"""The rules of the streak once more: slow, without a ledger, and written differently, to compare the number with.

A life is a row of letters, one a date: A answered, s too soon, f frozen, r rest, p paused, k skipped, g free by the
week's goal, R repaired, X missed, a dot where nothing is known yet. The number is the count of A behind the last X.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot.core.days import Calendar
from bot.learning.habits import Habits

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass
class Reference:
    letters: dict[date, str] = field(default_factory=dict)
    earned: list[tuple[datetime, date, Calendar]] = field(default_factory=list)
    said: tuple[datetime, Calendar] | None = None  # the last answer of any sort

    def row(self, until: date | None = None) -> str:
        if not self.letters:
            return ""
        last = max(self.letters) if until is None else until
        first = min(self.letters)
        return "".join(self.letters.get(first + n * DAY, ".") for n in range((last - first).days + 1))

    def number(self) -> int:
        return self.row().rpartition("X")[2].count("A")

    def longest(self) -> int:
        return max(run.count("A") for run in self.row().split("X"))

    def freezes(self, before: date) -> int:
        have = 0
        answered = 0
        for letter in self.row(before - DAY) if self.letters and before > min(self.letters) else "":
            answered += letter == "A"
            if letter == "A" and answered % 7 == 0:
                have = min(2, have + 1)
            have -= letter == "f"
        return have

    def alive(self, before: date) -> bool:
        """Whether a run goes on at the end of the day before."""
        return any(c not in ".X" for c in self.row(before - DAY).rpartition("X")[2]) if self.known(before) else False

    def known(self, before: date) -> bool:
        return bool(self.letters) and before > min(self.letters)

    def answer(self, habits: Habits, at: datetime) -> None:
        here = habits.calendar
        today = here.day(at)
        if self.said is None:
            self.letters[today] = "A"
            self.earned.append((at, today, here))
        else:
            self.judge(habits, at, returning=True)
            travelled = self.said[1] != here
            top = max(self.letters)
            if self.alive(max(top + DAY, today)):
                day = max(top + DAY, self.closed(habits, at) + DAY)
                while day < today:
                    self.letters.setdefault(day, "k")
                    day += DAY
                assert travelled or top >= today - DAY or day >= today
            if today > self.earned[-1][1]:
                if self.fair(here, at, today):
                    self.letters[today] = "A"
                    self.earned.append((at, today, here))
                elif self.letters.get(today, "X") == "X":
                    self.letters[today] = "s"
        self.said = (at, here)

    def fair(self, here: Calendar, at: datetime, today: date) -> bool:
        """Rule 2 by its words, and rule 3 by its theorem: every stretch of days is checked against the clock."""
        last_at, last_day, there = self.earned[-1]
        if here != there and at - last_at < 12 * HOUR and there.day(at) == last_day:
            return False
        spans = ((at - then, len(self.earned) - n + 1) for n, (then, _, _) in enumerate(self.earned))
        return all(took >= (days - 2) * DAY - 3 * HOUR for took, days in spans)

    def closed(self, habits: Habits, at: datetime) -> date:
        """The last date that is over for good, by rules 4 and 5."""
        assert self.said is not None
        then, there = self.said
        here = habits.calendar
        days = [here.day(at) - DAY, there.day(at) - DAY]
        if here != there and at - then <= 36 * HOUR:
            days.append(max(self.letters))
        return min(days)

    def settle(self, habits: Habits, at: datetime) -> None:
        if self.said is not None and at - self.said[0] > 36 * HOUR:
            self.judge(habits, at, returning=False)

    def look(self, habits: Habits, at: datetime) -> "Reference":
        """As an answer at this moment would find it."""
        copy = Reference(dict(self.letters), list(self.earned), self.said)
        if self.said is not None:
            copy.judge(habits, at, returning=False)
        return copy

    def judge(self, habits: Habits, at: datetime, *, returning: bool) -> None:
        end = self.closed(habits, at)
        open_days: list[date] = []
        day = min(self.letters)
        while day <= end:
            if self.letters.get(day, ".") == "." and self.alive(day):
                if habits.pauses_on(day):
                    self.letters[day] = "p"
                elif habits.goal(day) == 0 and habits.rests(day):
                    self.letters[day] = "r"
                elif habits.goal(day) == 0:
                    open_days.append(day)
                    if len(open_days) > self.freezes(day):
                        self.letters.update(dict.fromkeys(open_days, "X"))
                        open_days = []
            if day.isoweekday() == 7 and habits.goal(day):
                open_days = self.judge_week(habits, day, open_days)
            day += DAY
        if returning:
            self.letters.update(dict.fromkeys(open_days, "f"))

    def judge_week(self, habits: Habits, sunday: date, open_days: list[date]) -> list[date]:
        week = [sunday - n * DAY for n in range(6, -1, -1)]
        row = "".join(self.letters.get(day, ".") for day in week)
        start = len(row) if not self.alive(sunday + DAY) else row.rfind("X") + 1
        mine = row[start:]
        if self.alive(sunday + DAY) and not self.alive(week[0]) and start == 0:
            mine = mine.lstrip(".")
        if "." not in mine:
            return open_days
        done = mine.count("A") + mine.count("R")
        reached = done >= min(habits.goal(sunday), done + mine.count("."))
        for day in week[7 - len(mine) :]:
            if self.letters.get(day, ".") == ".":
                self.letters[day] = "g" if reached else "X"
        if not reached:
            self.letters.update(dict.fromkeys(open_days, "X"))
            return []
        return open_days
