"""The streak of one member: `answered` and `settle` say what to add to the ledger, `count` says how it stands.

Every function takes the ledger, the habits and a moment, and changes nothing. The caller stores what they return, in
one transaction with the answer. To settle each day, or only when somebody looks, comes to the same ledger, as long as
the old habits are settled before zone or border change.

The number is how many days somebody answered since the last missed day; with a weekly goal it is how many weeks the
goal was reached in that time. Frozen, rest, paused, skipped and repaired days hold it together and add nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.core.days import GRACE, Turn, next_to, over, span, turn, utc, week
from bot.learning.habits import Habits
from bot.learning.ledger import Entry, Kind, Ledger, by_day, counted, in_order, last_answer, union
from bot.learning.rules import WEEK_FAILED, Settling, Tally, standing_in, tally

#: A broken streak can be repaired until the end of the third day after the day that broke it.
REPAIR_DAYS = 3
#: A member's own repairs are at least so far apart.
REPAIR_EVERY = timedelta(days=30)

OWN_REPAIR = "repaired by yourself"
_KINDS = {Turn.NEW: Kind.ANSWERED, Turn.SAME: Kind.AGAIN, Turn.SOON: Kind.SOON}
_CAUSES = {
    Turn.NEW: "the daily quiz",
    Turn.SAME: "answered once more; this date is counted already",
    Turn.SOON: "answered, but too soon after a change of zone or border to count as one more day",
}


class NoRepair(Exception):
    """Nothing can be repaired now; `str()` says why, for the member."""


@dataclass(frozen=True, slots=True)
class Break:
    """A streak that ended: its missed days, why, and the number lost. `until`: repairable before this moment, if
    ever."""

    days: tuple[date, ...]
    cause: str
    lost: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a streak stands at a moment.

    number: in days, or in weeks where `goal` is a number of days a week.
    days, weeks: both ways to count the streak that is alive.
    longest, total: in days; total is every day ever answered.
    kept: this date is earned, or needs nothing (a rest day, a pause, a goal reached).
    frozen: days that freezes will cover if the member answers in time.
    this_week: days done and asked for, where there is a goal.
    ends: when today is over, in UTC.
    broken: the last break, if nothing has mended it.
    """

    number: int
    days: int
    weeks: int
    longest: int
    total: int
    freezes: int
    kept: bool
    frozen: tuple[date, ...]
    goal: int
    this_week: tuple[int, int] | None
    today: date
    ends: datetime
    broken: Break | None


def answered(ledger: Ledger, habits: Habits, at: datetime) -> Ledger:
    """What an answer adds: the days since the last one, judged, and the answer itself.

    An answer that is no later than the last one is the same one told twice: it adds nothing.
    """
    at = utc(at)
    last = last_answer(ledger)
    calendar = habits.calendar
    today = calendar.day(at)
    if last is None:
        return (Entry(today, Kind.ANSWERED, calendar, _CAUSES[Turn.NEW], at),)
    if at <= last.at:
        return ()
    days = by_day(ledger)
    reach = next(reversed(days))
    through = over(last.calendar, calendar, at)
    if last.calendar != calendar and at - last.at <= GRACE:
        through = min(through, reach)  # rule 4 of bot.core.days
    settling = Settling(ledger, habits)
    new = settling.until(through, calendar, back=at)
    swallowed = tuple(span(next_to(max(reach, through)), next_to(today, -1)))
    if swallowed and tally(in_order(settling.days).values()).first is not None:
        cause = f"swallowed on the way from {last.zone} to {habits.zone}"
        new += [Entry(day, Kind.SKIPPED, calendar, cause, at) for day in swallowed]
    outcome = turn(counted(days), calendar, at)
    new.append(Entry(today, _KINDS[outcome], calendar, _CAUSES[outcome], at))
    return _sorted(new)


def settle(ledger: Ledger, habits: Habits, now: datetime) -> Ledger:
    """What the days that are over add. Nothing within 36 hours after an answer: a journey may still change them."""
    last = last_answer(ledger)
    if last is None or utc(now) - last.at <= GRACE:
        return ()
    return _sorted(Settling(ledger, habits).until(over(last.calendar, habits.calendar, now), habits.calendar))


def count(ledger: Ledger, habits: Habits, now: datetime) -> Standing:
    """How the streak stands, as an answer at this moment would find it."""
    now = utc(now)
    calendar = habits.calendar
    today = calendar.day(now)
    goal = habits.goal(today)
    days, owed = look(ledger, habits, now)
    result = tally(days.values())
    weeks = _weeks(days, habits, result.first, today)
    this_week = _this_week(days, habits, result.first, today) if goal else None
    return Standing(
        number=weeks if goal else result.number,
        days=result.number,
        weeks=weeks,
        longest=result.longest,
        total=result.total,
        freezes=result.freezes,
        kept=_kept(days, habits, today, this_week),
        frozen=tuple(owed),
        goal=goal,
        this_week=this_week,
        today=today,
        ends=calendar.end(today),
        broken=_break(ledger, habits, result, now),
    )


def repair(ledger: Ledger, habits: Habits, now: datetime, *, admin: str = "") -> Ledger:
    """Mends the last broken streak: its missed days, and those since then without an answer, bridge.

    A member may do so until the end of the third day after, and once in 30 days; an admin at any time, with a reason.
    Raises NoRepair with what to tell the member.
    """
    now = utc(now)
    new = settle(ledger, habits, now)
    days, _ = look((*ledger, *new), habits, now)
    broken = _break((*ledger, *new), habits, tally(days.values()), now)
    if broken is None:
        raise NoRepair("No broken streak is there to repair.")
    if not admin and broken.until is None:
        raise NoRepair("You repaired a streak in the last 30 days. An admin can still repair this one.")
    if not admin and broken.until is not None and now >= broken.until:
        raise NoRepair(f"A streak can be repaired for {REPAIR_DAYS} days after it broke. An admin still can.")
    calendar = habits.calendar
    cause = f"repaired by an admin: {admin}" if admin else OWN_REPAIR
    following = next((day for day in days if day > broken.days[-1] and days[day].kind is not Kind.MISSED), None)
    gap = span(next_to(broken.days[-1]), next_to(min(following or date.max, calendar.day(now)), -1))
    bridged = [*broken.days, *(day for day in gap if not habits.goal(day))]
    return (*new, *(Entry(day, Kind.REPAIRED, calendar, cause, now) for day in bridged))


def excuse(habits: Habits, first: date, last: date, now: datetime, reason: str) -> Ledger:
    """An admin's word on days that are over (an outage, an illness): they bridge from now on."""
    now = utc(now)
    calendar = habits.calendar
    if not first <= last < calendar.day(now):
        raise NoRepair("Name days that are over, the first one first.")
    cause = f"repaired by an admin: {reason}"
    return tuple(Entry(day, Kind.REPAIRED, calendar, cause, now) for day in span(first, last))


def merge(one: tuple[Ledger, Habits], other: tuple[Ledger, Habits], now: datetime) -> Ledger:
    """One ledger of two, for a member who links two accounts. Neither streak is shorter for it.

    Nothing is left out; a date that both answered is one day. What either streak had pending (days that its freezes
    would have covered, a week that is not over) is settled kindly: such days are `linked`.
    """
    now = utc(now)
    for ledger, within in ((one[0], other[0]), (other[0], one[0])):
        if set(ledger) <= set(within):
            return within
    ledgers = [(*ledger, *settle(ledger, habits, now)) for ledger, habits in (one, other)]
    both = union(*ledgers)
    known = by_day(both)
    linked: dict[date, Entry] = {}
    for ledger, (_, habits) in zip(ledgers, (one, other), strict=True):
        days, _ = look(ledger, habits, now)
        first = tally(days.values()).first
        if first is None:
            continue
        # The other may stand further east, and have missed what is still today, or tomorrow, here.
        last = max(next_to(habits.calendar.day(now), -1), *known)
        if _began_in_a_failed_week(known, first) and not _began_in_a_failed_week(days, first):
            first = week(first)  # the failure is the other's
        for day in span(first, last):
            if day not in known or known[day].kind is Kind.MISSED:
                word = Entry(
                    day, Kind.LINKED, habits.calendar, "kept by the other account when the two were linked", now
                )
                linked[day] = min(linked.get(day, word), word, key=lambda e: (e.zone, e.calendar.border))
    return (*both, *(linked[day] for day in sorted(linked)))


# ── looking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _sorted(new: list[Entry]) -> Ledger:
    return tuple(sorted(new, key=lambda one: (one.at, one.day)))


def look(ledger: Ledger, habits: Habits, now: datetime) -> tuple[dict[date, Entry], list[date]]:
    """Each date's strongest entry as an answer now would find it, and the days that freezes would cover."""
    last = last_answer(ledger)
    if last is None:
        return by_day(ledger), []
    through = over(last.calendar, habits.calendar, now)
    if last.calendar != habits.calendar and now - last.at <= GRACE:
        through = min(through, max(by_day(ledger)))
    settling = Settling(ledger, habits)
    settling.until(through, habits.calendar)
    return in_order(settling.days), settling.owed


def _kept(days: dict[date, Entry], habits: Habits, today: date, this_week: tuple[int, int] | None) -> bool:
    earned = max((day for day, one in days.items() if one.kind is Kind.ANSWERED), default=date.min)
    if today <= earned or habits.pauses_on(today):
        return True
    if this_week is not None:
        return this_week[0] >= this_week[1]
    return habits.rests(today) or (today in days and days[today].kind is not Kind.MISSED)


def _this_week(days: dict[date, Entry], habits: Habits, first: date | None, today: date) -> tuple[int, int]:
    sunday = next_to(week(today), 6)
    return standing_in(days, habits, max(week(today), first or today), sunday)


def _weeks(days: dict[date, Entry], habits: Habits, first: date | None, today: date) -> int:
    """Weeks of the run that is alive: those that are over, and this one as soon as its goal is reached."""
    if first is None:
        return 0
    whole = (week(today) - week(first)).days // 7
    failed = _began_in_a_failed_week(days, first)
    reached = False
    if habits.goal(today):
        done, asked = _this_week(days, habits, first, today)
        reached = 0 < asked <= done
    return max(0, whole - failed) + (reached and not (whole == 0 and failed))


def _began_in_a_failed_week(days: dict[date, Entry], first: date) -> bool:
    """Whether the run began with the last days of a week that failed its goal: that week is not one of its own."""
    before = (days[day] for day in span(week(first), next_to(first, -1)) if day in days)
    return any(one.kind is Kind.MISSED and one.cause.startswith(WEEK_FAILED) for one in before)


def _break(ledger: Ledger, habits: Habits, result: Tally, now: datetime) -> Break | None:
    """The last break, with the moment until which the member may repair it: none if the month's repair is used up."""
    if not result.broken or not result.lost:
        return None
    worst = result.broken[-1]
    own = (one.at for one in ledger if one.kind is Kind.REPAIRED and one.cause == OWN_REPAIR)
    used = now - max(own, default=now - REPAIR_EVERY) < REPAIR_EVERY
    until = None if used else habits.calendar.end(next_to(worst.day, REPAIR_DAYS))
    return Break(tuple(one.day for one in result.broken), worst.cause, result.lost, until)
