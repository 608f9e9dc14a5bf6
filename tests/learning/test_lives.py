"""Ten thousand random lives, and what must hold in each of them."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.days import Calendar, Counted, Turn, turn
from bot.learning import streak
from bot.learning.explain import explain
from bot.learning.habits import Habits
from bot.learning.ledger import Kind, Ledger, by_day, union
from tests.learning.lives import BORDERS, HOUR, TICK, ZONES, Life, beginning
from tests.learning.reference import Reference

LIVES = 10_000
DAY = timedelta(days=1)


def bounded(ledger: Ledger) -> bool:
    """N counted days take at least (N - 2) * 24 - 3 hours, for every two counted days and all between them."""
    times = sorted(e.at for e in ledger if e.kind is Kind.ANSWERED)
    latest = datetime.min.replace(tzinfo=times[0].tzinfo)
    for n, at in enumerate(times):  # at(j) - 24 j >= at(i) - 24 i - 27 for all i < j: the largest on the right decides
        if n and at - n * DAY < latest - DAY - 3 * HOUR:
            return False
        latest = max(latest, at - n * DAY) if n else at
    return True


def no_date_twice(ledger: Ledger) -> bool:
    days = [e.day for e in ledger if e.kind is Kind.ANSWERED]
    return all(a < b for a, b in pairwise(days))


def live(seed: int, steps: int) -> Life:
    """One life, watched by the reference model, with every promise checked at each step."""
    source = Random(seed)  # noqa: S311 # random lives, no secrets
    life = Life.begin(source)
    model = Reference()

    def watch(what: str, habits: Habits, now: datetime) -> None:
        if what == "answer":
            model.answer(habits, now)
        elif what == "settle":
            model.settle(habits, now)
        else:
            model.letters.update(dict.fromkeys((e.day for e in life.repaired[-1] if e.kind is Kind.REPAIRED), "R"))

    life.watch = watch
    life.childhood()
    for step in range(steps):
        before = life.ledger
        life.step()
        assert life.ledger[: len(before)] == before
        if step % 2 and step < steps - 1:
            continue
        shown = streak.count(life.ledger, life.habits, life.now)
        wanted = model.look(life.habits, life.now)
        assert (shown.days, shown.longest, shown.total) == (wanted.number(), wanted.longest(), len(model.earned)), seed
        assert shown.freezes == wanted.freezes(max(wanted.letters) + DAY), seed
    assert shown == streak.count(life.daily, life.habits, life.now), seed
    life.settle()
    assert union(life.ledger, ()) == union(life.daily, ()), seed
    assert no_date_twice(life.ledger), seed
    assert bounded(life.ledger), seed
    return life


def test_ten_thousand_lives_agree_with_the_reference_and_keep_every_promise() -> None:
    for seed in range(LIVES):
        live(seed, 5)


def test_long_lives() -> None:
    for seed in range(8):
        live(-seed - 1, 120)


@settings(max_examples=60, deadline=None)
@given(st.integers(10**6, 10**9), st.integers(1, 40))
def test_lives_that_hypothesis_picks(seed: int, steps: int) -> None:
    live(seed, steps)


# ── rule 4: 36 hours keep ─────────────────────────────────────────────────────────────────────────────────────────────


def gaps(source: Random) -> timedelta:
    return source.choice((36 * HOUR, 36 * HOUR - TICK, source.uniform(0.01, 36) * HOUR, source.uniform(20, 36) * HOUR))


@pytest.mark.parametrize("goal", [0, 7])
def test_no_change_of_zone_ends_a_streak_kept_by_answering_each_36_hours(goal: int) -> None:
    """Wherever a date was left out, zone or border were changed: so nothing is missed, and no freeze is spent."""
    for seed in range(400):
        source = Random(seed)  # noqa: S311
        now = beginning(source)
        habits = Habits(source.choice(ZONES), source.choice(BORDERS), goals=((now.date() - 40 * DAY, goal),))
        ledger = streak.answered((), habits, now)
        for _ in range(12):
            then, now = now, now + gaps(source)
            kept = habits.calendar.day(now) <= habits.calendar.day(then) + DAY
            ledger += streak.settle(ledger, habits, now)
            if not kept or source.random() < 0.8:
                other = [zone for zone in ZONES if zone != habits.zone]
                habits = replace(habits, zone=source.choice(other), border=source.choice(BORDERS))
            ledger += streak.answered(ledger, habits, now)
            standing = streak.count(ledger, habits, now)
            assert standing.days == standing.total, seed
        assert {e.kind for e in ledger} <= {Kind.ANSWERED, Kind.AGAIN, Kind.SOON, Kind.SKIPPED, Kind.REST}, seed


# ── rules 1 to 3: what a hopper can earn ──────────────────────────────────────────────────────────────────────────────


def honest_hops(ledger: Ledger) -> bool:
    """Rule 2, read from the ledger alone: no two days of one sitting."""
    earned = [e for e in ledger if e.kind is Kind.ANSWERED]
    return all(
        b.at - a.at >= 12 * HOUR or a.calendar == b.calendar or a.calendar.day(b.at) > a.day
        for a, b in pairwise(earned)
    )


def test_a_hopper_who_tries_every_zone_at_every_hour_never_beats_the_bound() -> None:
    """He answers at each step in the first zone, from east to west or in any order, that gives him a day."""
    best = 0
    for seed in range(20):
        source = Random(seed)  # noqa: S311
        start = now = beginning(source)
        ledger: Ledger = ()
        while now < start + 6 * DAY:
            order = source.sample(ZONES, len(ZONES))
            for zone in order:
                new = streak.answered(ledger, Habits(zone, source.choice(BORDERS)), now)
                if new and new[-1].kind is Kind.ANSWERED:
                    ledger += new
                    break
            now += HOUR * source.choice((0.1, 0.5, 1, 5))
        assert bounded(ledger)
        assert honest_hops(ledger)
        assert no_date_twice(ledger)
        best = max(best, sum(e.kind is Kind.ANSWERED for e in ledger))
    assert best <= 6 + 2


def test_the_best_plan_of_a_hopper_who_looks_ahead_is_no_better_than_staying() -> None:
    """A search over plans: every second hour, every zone; of equal plans, those are kept that differ in their end."""
    start = datetime.fromisoformat("2026-03-06T00:00+00:00")
    calendars = [Calendar(zone) for zone in ("Pacific/Pago_Pago", "Pacific/Marquesas", "UTC", "Pacific/Kiritimati")]
    plans: list[tuple[Counted, ...]] = [()]
    for n in range(60):  # two and a half days, hour by hour, and a tick before each hour
        for at in (start + n * HOUR - TICK, start + n * HOUR + 30 * timedelta(minutes=1)):
            grown = [
                (*plan, Counted(calendar.day(at), calendar, at))
                for plan in plans
                for calendar in calendars
                if turn(plan, calendar, at) is Turn.NEW
            ]
            by_end = {(len(p), p[-1].day, p[-1].calendar, p[0].at, p[-1].at): p for p in grown}
            most = max(map(len, [*plans, *grown]))
            plans = [p for p in (*plans, *by_end.values()) if len(p) >= most - 1][-400:]
    assert max(map(len, plans)) <= 4  # staying in one place earns 4 in 60 hours with luck


# ── two ledgers ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_merge_never_shortens_and_does_not_care_who_comes_first() -> None:
    for seed in range(300):
        source = Random(seed)  # noqa: S311
        a = Life.begin(source)
        b = replace(Life.begin(source), now=a.now + HOUR * source.uniform(-200, 200))
        for life in (a, b):
            life.childhood()
            for _ in range(source.randint(1, 12)):
                life.step()
        now = max(a.now, b.now)
        first, second = (a.ledger, a.habits), (b.ledger, b.habits)
        both = streak.merge(first, second, now)
        turned = streak.merge(second, first, now)
        assert union(both, ()) == union(turned, ()), seed
        for ledger, habits in (first, second):
            alone, merged = streak.count(ledger, habits, now), streak.count(both, habits, now)
            assert set(ledger) <= set(both)
            assert merged.days >= alone.days, seed
            assert merged.weeks >= alone.weeks, seed
            assert merged.longest >= alone.longest, seed
            assert merged.total >= alone.total, seed
            again = streak.merge((both, habits), (ledger, habits), now)
            assert again == both, seed


# ── the story ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_number_is_the_answered_days_behind_the_last_missed_one_and_each_day_has_its_cause() -> None:
    for seed in range(150):
        life = live(seed, 12)
        life.settle()
        story = explain(life.ledger, life.habits, life.now, last_days=150)
        row = "".join("X" if one.kind is Kind.MISSED else "A" if one.kind is Kind.ANSWERED else " " for one in story)
        assert row.rpartition("X")[2].count("A") == streak.count(life.ledger, life.habits, life.now).days
        assert all(one.sentence for one in story)
        assert set(by_day(life.ledger)) <= {one.day for one in story} | {story[-1].day + DAY}
