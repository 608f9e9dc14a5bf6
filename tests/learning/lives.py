"""Random lives: a member who answers, travels, rests, pauses, changes goals and repairs, driven by a seeded source.

Not a test by itself; `test_lives.py` lives them and looks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from random import Random

from bot.core.days import next_to
from bot.learning import habits as wishes
from bot.learning import streak
from bot.learning.habits import Habits
from bot.learning.ledger import Ledger

ZONES = (
    "America/New_York Europe/Budapest Australia/Lord_Howe America/Santiago Asia/Kathmandu Pacific/Kiritimati "
    "Pacific/Honolulu Pacific/Pago_Pago Pacific/Auckland Asia/Tokyo UTC Pacific/Chatham America/St_Johns "
    "Pacific/Marquesas Asia/Beirut Antarctica/Troll Africa/Casablanca America/Havana"
).split()
BORDERS = (time(0), time(0), time(0), time(3), time(4, 30), time(6), time(2, 30))
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)

#: Told of each thing that happens: what, the habits in force, and when.
Watcher = Callable[[str, Habits, datetime], None]


def beginning(source: Random) -> datetime:
    """Most often some days before a change of clocks."""
    months = ((2026, 3), (2026, 4), (2026, 9), (2026, 10), (2024, 2), (2027, 1))
    year, month = source.choice(months)
    return datetime(year, month, source.randint(1, 28), source.randrange(24), source.randrange(60), tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Temper:
    """How likely they are to travel and to forget, and whether they answer whenever they land."""

    travel: float
    forget: float
    hurry: float
    dutiful: int  # days answered without fail before anything else happens


TEMPERS = (
    Temper(travel=0.10, forget=0.10, hurry=0.15, dutiful=0),
    Temper(travel=0.05, forget=0.20, hurry=0.10, dutiful=7),
    Temper(travel=0.15, forget=0.30, hurry=0.10, dutiful=14),
    Temper(travel=0.70, forget=0.05, hurry=0.60, dutiful=0),
    Temper(travel=0.50, forget=0.10, hurry=0.30, dutiful=2),
)


@dataclass(slots=True)
class Life:
    """`daily` is the same ledger, settled at many moments in between."""

    source: Random
    habits: Habits
    now: datetime
    temper: Temper
    ledger: Ledger = ()
    daily: Ledger = ()
    watch: Watcher = lambda what, habits, now: None
    repaired: list[Ledger] = field(default_factory=list)

    @classmethod
    def begin(cls, source: Random) -> "Life":
        temper = source.choice(TEMPERS)
        return cls(source, Habits(source.choice(ZONES), source.choice(BORDERS)), beginning(source), temper)

    def childhood(self) -> None:
        """The dutiful days."""
        for _ in range(self.temper.dutiful):
            self.answer()
            self.now += HOUR * 24
        self.answer()

    def wait(self) -> None:
        """Minutes, about a day, some days; often to the edge of a day, a microsecond before or after."""
        source, before = self.source, self.now
        dice = source.random()
        if dice < self.temper.hurry:
            self.now += HOUR * source.uniform(0.001, 14)
        elif dice < 0.7:
            self.now += HOUR * source.uniform(16, 32)
        elif dice < 0.8:
            end = self.habits.calendar.end(self.habits.calendar.day(self.now))
            self.now = max(end + source.choice((-TICK, timedelta(0), TICK)), self.now + TICK)
        elif dice < 0.9:
            self.now += HOUR * 36 + source.choice((-TICK, timedelta(0), TICK))
        else:
            self.now += HOUR * source.uniform(30, 130)
        while (before := before + HOUR * source.uniform(5, 30)) < self.now:
            self.daily += streak.settle(self.daily, self.habits, before)
            self.watch("settle", self.habits, before)

    def answer(self) -> Ledger:
        new = streak.answered(self.ledger, self.habits, self.now)
        self.ledger += new
        self.daily += streak.answered(self.daily, self.habits, self.now)
        self.watch("answer", self.habits, self.now)
        return new

    def settle(self) -> None:
        self.ledger += streak.settle(self.ledger, self.habits, self.now)
        self.daily += streak.settle(self.daily, self.habits, self.now)
        self.watch("settle", self.habits, self.now)

    def travel(self) -> None:
        self.settle()
        if self.source.random() < 0.8:
            self.habits = replace(self.habits, zone=self.source.choice(ZONES))
        else:
            self.habits = replace(self.habits, border=self.source.choice(BORDERS))

    def wish(self) -> None:
        """A rest day, a pause, a goal, or the end of pauses."""
        source, today = self.source, self.habits.calendar.day(self.now)
        dice = source.random()
        if dice < 0.4:
            self.habits = wishes.choose_rest(self.habits, set(source.sample(range(7), source.randint(0, 2))), today)
        elif dice < 0.7:
            first = next_to(today, source.randint(0, 4))
            self.habits = wishes.pause(self.habits, first, next_to(first, source.randint(0, 6)), today)
        elif dice < 0.9:
            self.habits = wishes.choose_goal(self.habits, source.choice((0, 0, 1, 3, 4, 5, 7)), today)
        else:
            self.habits = wishes.resume(self.habits, today)

    def repair(self) -> None:
        self.settle()
        try:
            new = streak.repair(self.ledger, self.habits, self.now, admin=self.source.choice(("", "", "an outage")))
        except streak.NoRepair:
            return
        self.ledger += new
        self.daily += new
        self.repaired.append(new)
        self.watch("repair", self.habits, self.now)

    def step(self) -> None:
        self.wait()
        if self.source.random() < self.temper.travel:
            self.travel()
        dice = self.source.random()
        if dice < 0.08:
            self.wish()
        elif dice < 0.12:
            self.repair()
        if self.source.random() > self.temper.forget:
            self.answer()
