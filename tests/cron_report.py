"""`python -m tests.cron_report`: what APScheduler's own cron trigger does where a clock is changed, and what we do.

Weekly jobs on every weekday and quarter-hour, in each zone on earth, in each week from 2026 to 2031 in which its clock
is changed and in the week after. Prints a table and writes build/cron.json; exit status 1 if ours fails in one week.
It takes some minutes.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import apscheduler
from apscheduler.triggers.cron import CronTrigger
from rich.console import Console
from rich.table import Table

from bot.core.weekly import Weekly, week_name
from tests.core.walls import DAY, QUARTERS, WEEK, around, distinct, weeks_of_change

FIRST, LAST = date(2025, 12, 29), date(2032, 1, 5)
FAULTS = ("lost", "doubled", "moved")

#: The next run of a job after a moment; the run before it, if there was one.
Next = Callable[[datetime | None, datetime], datetime]


@dataclass
class Account:
    """How a scheduler did.

    A week is lost without a run, doubled with several, moved if its one run is not at its time; or, where there is no
    such time, not when the clock has leapt over it.
    """

    weeks: int = 0
    faults: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FAULTS, 0))
    zones: dict[str, set[str]] = field(default_factory=lambda: {fault: set() for fault in FAULTS})
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, weekly: Weekly, monday: date, runs: list[datetime], due: datetime) -> None:
        self.weeks += 1
        if runs == [due]:
            return
        fault = "moved" if len(runs) == 1 else "doubled" if runs else "lost"
        self.faults[fault] += 1
        self.zones[fault].add(weekly.zone)
        ran = " and ".join(f"{run:%a %d %b %H:%M %z}" for run in (r.astimezone(ZoneInfo(weekly.zone)) for r in runs))
        said = f"{weekly.zone}, {'Mon Tue Wed Thu Fri Sat Sun'.split()[weekly.weekday]} {weekly.time:%H:%M}"
        self.examples.setdefault(fault, f"{said}, {week_name(monday)}: {ran or 'no run'}")


def cron(weekly: Weekly) -> Next:
    at = weekly.time
    trigger = CronTrigger(
        day_of_week=weekly.weekday, hour=at.hour, minute=at.minute, second=0, timezone=ZoneInfo(weekly.zone)
    )

    def run(before: datetime | None, now: datetime) -> datetime:
        found: datetime = trigger.get_next_fire_time(before, now)
        return found

    return run


def ours(weekly: Weekly) -> Next:
    return lambda _, now: weekly.next_after(now)[1]


def runs(following: Next, zone: str, first: date, last: date) -> Iterator[tuple[date, datetime]]:
    """Each run from one date to another, and the Monday of the local week that it falls into.

    As APScheduler's clock does it: what is next is asked for when a run is over, a second after its time.
    """
    info = ZoneInfo(zone)
    before, now = None, datetime.combine(first, time(0), UTC)
    while now < datetime.combine(last, time(0), UTC):
        before = following(before, now.astimezone(info))
        run = before.astimezone(UTC)
        if run < now:
            raise RuntimeError(f"{zone}: after {now} comes {run}")
        day = run.astimezone(info).date()
        yield day - day.weekday() * DAY, run
        now = run + timedelta(seconds=1)


def judge(zone: str, schedulers: Sequence[tuple[Callable[[Weekly], Next], Account]]) -> None:
    """All jobs of a zone, in the weeks in which its clock is changed and those after them."""
    changed = weeks_of_change(zone, FIRST, LAST)
    for monday in changed:
        reached = around(zone, monday, 2)
        looked_at = [monday] if monday + WEEK in changed else [monday, monday + WEEK]
        for weekly in (Weekly(zone, weekday, at) for weekday in range(7) for at in QUARTERS):
            for scheduler, account in schedulers:
                found = list(runs(scheduler(weekly), zone, monday - WEEK, monday + 2 * WEEK + DAY))
                for one in looked_at:
                    due = reached[datetime.combine(one + weekly.weekday * DAY, weekly.time)]
                    account.add(weekly, one, [at for week, at in found if week == one], due)


def written(accounts: Mapping[str, Account], zones: Mapping[str, list[str]]) -> dict[str, object]:
    """The report as data; `names` counts every name of the zones in which a fault was found."""
    return {
        scheduler: {
            "weeks": account.weeks,
            **account.faults,
            "names": {fault: sum(len(zones[zone]) for zone in found) for fault, found in account.zones.items()},
            "examples": account.examples,
        }
        for scheduler, account in accounts.items()
    }


def print_out(accounts: Mapping[str, Account]) -> None:
    table = Table("", "Weeks", *(fault.capitalize() for fault in FAULTS))
    for scheduler, account in accounts.items():
        counts = (f"{account.faults[fault]:,} in {len(account.zones[fault])} zones" for fault in FAULTS)
        table.add_row(scheduler, f"{account.weeks:,}", *counts)
    console = Console()
    console.print(table)
    for scheduler, account in accounts.items():
        for fault, example in account.examples.items():
            console.print(f"{scheduler}: {fault}: {example}")


def main() -> int:
    zones = {zone: names for zone, names in distinct(FIRST, LAST).items() if weeks_of_change(zone, FIRST, LAST)}
    theirs, own = Account(), Account()
    for zone in zones:
        judge(zone, ((cron, theirs), (ours, own)))
    accounts = {f"APScheduler {apscheduler.__version__}, CronTrigger": theirs, "careerbot, bot.core.weekly": own}
    names = sum(map(len, zones.values()))
    print_out(accounts)
    Console().print(f"{len(zones) * 7 * len(QUARTERS):,} jobs, in {len(zones)} zones that go by {names} names.")
    out = Path("build") / "cron.json"
    out.parent.mkdir(exist_ok=True)
    counted = {"zones": len(zones), "names": names, "schedulers": written(accounts, zones)}
    out.write_text(json.dumps(counted, indent=2), "utf-8")
    return 1 if any(own.faults.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
