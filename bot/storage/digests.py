"""Subscriptions in the store: who gets a digest, which are due, and what their failures mean.

Each function is one whole transaction, or a part of one.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from bot.core.chat import Person, Place
from bot.core.days import Calendar, next_to, utc
from bot.core.weekly import Weekly, read_week, week_name
from bot.delivery.outbox import Delivery, Outcome, Record, State, Target, delivery_id
from bot.digests.compose import Issue, People
from bot.digests.port import FAILED_WEEKS, Subscription, Taken, issue_of
from bot.storage import leaderboard, outbox, rounds
from bot.storage.left import left_of
from bot.storage.statements import by
from bot.storage.store import Store
from bot.storage.tables import subscriptions

#: How long after its slot a digest is still worth posting, unless the operator says otherwise.
GRACE = timedelta(hours=24)
#: The kinds of delivery: a digest, and the private word that it was paused.
KIND, PAUSED = "digest", "digest-paused"
#: Subscriptions that are looked at in one transaction, and weeks that are made up for after a long silence.
_ARMFUL, _WEEKS = 200, 8
#: How long the word that a digest was paused is worth saying.
_WORTH = timedelta(days=7)
#: How long the question of a digest can be answered.
_OPEN = timedelta(days=7)
#: Learners who are looked at, and of whom how many are told as leaders.
_MANY, _LEADERS = 200, 5
#: Days in a row that are worth telling.
MILESTONES = (7, 30, 50, 100, 200, 365, 500, 1000)

_c = subscriptions.c
_DUE = select(subscriptions).where(_c.next <= bindparam("now")).order_by(_c.next).limit(_ARMFUL)
_ANY_DUE = select(_c.subscription).where(_c.next <= bindparam("now")).limit(1)
_REST = update(subscriptions).where(by(subscriptions, "platform", "workspace")).values(week=None, next=None)
_THERE = select(_c.subscription).where(by(subscriptions, "platform", "workspace")).order_by(_c.subscription)
_FIND = select(subscriptions).where(_c.subscription == bindparam("id"))
_MOVE = (
    update(subscriptions)
    .where(_c.subscription == bindparam("id"))
    .values(week=bindparam("new_week"), next=bindparam("new_next"), paused=bindparam("new_paused"))
)


def subscribe(tx: Connection, target: Target, when: Weekly, by: str, by_name: str, now: datetime) -> Subscription:
    if (known := of_target(tx, target)) is not None:
        raise Taken(known.id)
    new = _scheduled(tx, Subscription(secrets.token_hex(6), target, when, by, by_name), now)
    tx.execute(insert(subscriptions), {"subscription": new.id, "since": utc(now), **_row(new)})
    return new


def of_target(tx: Connection, target: Target) -> Subscription | None:
    here = (_c.platform == target.platform, _c.workspace == target.workspace)
    row = tx.execute(select(subscriptions).where(*here, _c.channel == target.channel, _c.user == target.user)).first()
    return _subscription(row) if row else None


def of_workspace(tx: Connection, platform: str, workspace: str) -> tuple[Subscription, ...]:
    rows = tx.execute(
        select(subscriptions)
        .where(_c.platform == platform, _c.workspace == workspace, _c.user == "")
        .order_by(_c.since, _c.subscription)
    )
    return tuple(map(_subscription, rows))


def every(tx: Connection) -> tuple[Subscription, ...]:
    """All that there are, of channels and of people, in the order in which they were set up."""
    return tuple(map(_subscription, tx.execute(select(subscriptions).order_by(_c.since, _c.subscription))))


def find(tx: Connection, subscription: str) -> Subscription | None:
    row = tx.execute(_FIND, {"id": subscription}).first()
    return _subscription(row) if row else None


def changed(
    tx: Connection, subscription: str, how: Callable[[Subscription], Subscription], now: datetime
) -> Subscription | None:
    known = find(tx, subscription)
    if known is None:
        return None
    new = _scheduled(tx, how(known), now, _put_last(tx, known))
    tx.execute(update(subscriptions).where(_c.subscription == subscription).values(**_row(new)))
    return new


def rest(tx: Connection, platform: str, workspace: str) -> None:
    """The bot was taken out of the workspace: nothing there has a slot any more."""
    tx.execute(_REST, {"the_platform": platform, "the_workspace": workspace})


def go_on(tx: Connection, platform: str, workspace: str, now: datetime) -> None:
    """The bot is back: each goes on with the first slot to come, and no week in between is made up for."""
    for subscription in tx.scalars(_THERE, {"the_platform": platform, "the_workspace": workspace}).all():
        changed(tx, subscription, lambda same: same, now)


def unsubscribe(tx: Connection, subscription: str) -> bool:
    return tx.execute(delete(subscriptions).where(_c.subscription == subscription)).rowcount == 1


def post_now(tx: Connection, subscription: Subscription, now: datetime, grace: timedelta) -> bool:
    if left_of(tx, [(subscription.target.platform, subscription.target.workspace)]):
        return False
    new = _delivery(subscription, subscription.when.week_of(now), utc(now), grace)
    if outbox.put(tx, new):
        changed(tx, subscription.id, lambda same: same, now)  # this week's slot has nothing to do any more
        return True
    ended = outbox.again(tx, new.id, now, new.until)
    if ended is State.FAILED:  # one week counts once
        mine = update(subscriptions).where(_c.subscription == subscription.id, _c.failed > 0)
        tx.execute(mine.values(failed=_c.failed - 1))
    return ended is not None


def put_due(tx: Connection, now: datetime, grace: timedelta) -> int:
    """Put what is due into the outbox, each week once, and say how many subscriptions were looked at.

    A slot that is long over is put in too: the courier finds it late and records the miss.
    """
    now = utc(now)
    rows = tx.execute(_DUE, {"now": now}).all()
    moves = []
    for row in rows:
        one = _subscription(row)
        following, due = one.when.next_after(now)
        # After a long silence only the latest weeks are made up for; the very latest may not be too late.
        week = max(row.week, next_to(following, -7 * _WEEKS))
        while week < following:
            outbox.put(tx, _delivery(one, week, one.when.slot(week), grace))
            week = next_to(week, 7)
        moves.append({"id": one.id, "new_week": following, "new_next": due, "new_paused": None})
    if moves:
        tx.execute(_MOVE, moves)
    return len(rows)


def after(tx: Connection, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    """What the end of a digest means: after some failed weeks in a row, pause, and tell who set it up."""
    known = find(tx, delivery.about["subscription"])
    if known is None or outcome.state not in {State.DELIVERED, State.FAILED}:
        return
    failed = known.failed + 1 if outcome.state is State.FAILED else 0
    if failed == known.failed:
        return
    mine = update(subscriptions).where(_c.subscription == known.id)
    if failed < FAILED_WEEKS:
        tx.execute(mine.values(failed=failed))
        return
    tx.execute(mine.values(failed=failed, paused=date.max, week=None, next=None))
    if known.target.channel:  # who cannot be written to need not be written to about it
        name = delivery_id(PAUSED, known.id, delivery.id)
        target = Target(known.target.platform, known.target.workspace, user=known.by)
        about = {"channel": known.target.channel, "reason": outcome.reason}
        outbox.put(tx, Delivery(name, PAUSED, target, about, now, now + _WORTH))


# ── the place ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def people(tx: Connection, one: Subscription, issue: Issue, now: datetime) -> People:
    if one.target.user:
        return People()
    workspace = Person(one.target.platform, one.target.workspace, "")
    monday = issue.week
    lines = leaderboard.between(tx, workspace, next_to(monday, -7), next_to(monday, -1), _MANY, now)
    since = leaderboard.days_between(tx, workspace, monday, date.max)
    reached = [
        (line.name, milestone)
        for line in lines
        if (milestone := _milestone(line.standing.days - since.get(line.learner, 0), line.days))
    ]
    leaders = tuple((line.name, line.days) for line in lines[:_LEADERS])
    return People(leaders, tuple(reached), _last(tx, one, issue, workspace))


def _milestone(days: int, in_week: int) -> int | None:
    """The highest that a streak of so many days, so many of them in the last week, reached in that week."""
    return max((one for one in MILESTONES if days - in_week < one <= days), default=None)


def _last(tx: Connection, one: Subscription, issue: Issue, viewer: Person) -> tuple[str, int, int] | None:
    """The last question that was posted here, and how it was answered."""
    for record in outbox.records(tx, one.target, _WEEKS, KIND):
        about = record.delivery.about
        if about["week"] < week_name(issue.week):
            found = rounds.tally(tx, about["asked"], viewer)
            return (found.question, found.answers, found.counts[0]) if found else None
    return None


def ask(tx: Connection, one: Subscription, issue: Issue, question: str, opened: datetime) -> None:
    place = Place(one.target.platform, one.target.workspace, one.target.channel)
    rounds.begin(tx, issue.asked, question, place, opened, opened + _OPEN, announced=False)


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _delivery(one: Subscription, week: date, due: datetime, grace: timedelta) -> Delivery:
    about = {"subscription": one.id, "week": week_name(week), "asked": issue_of(one, week, due).asked}
    return Delivery(delivery_id(KIND, one.id, week.isoformat()), KIND, one.target, about, due, due + grace)


def _put_last(tx: Connection, one: Subscription) -> date | None:
    """The latest week whose digest was put into the outbox."""
    records = (record.delivery.about for record in outbox.records(tx, one.target, _WEEKS, KIND))
    return max((read_week(about["week"]) for about in records if about["subscription"] == one.id), default=None)


def _scheduled(tx: Connection, one: Subscription, now: datetime, put_last: date | None = None) -> Subscription:
    """With its next slot: the first after now, after the pause, and of a week that has had none; none where we left."""
    if one.paused == date.max or left_of(tx, [(one.target.platform, one.target.workspace)]):
        return replace(one, week=None, due=None)
    after_pause = utc(now)
    if one.paused is not None:
        over = Calendar(one.when.zone).start(next_to(one.paused)) - timedelta(microseconds=1)
        after_pause = max(after_pause, over)
    week, due = one.when.next_after(after_pause)
    # A zone further west may lead into the week before. A week further off was put by a clock that was wrong.
    if put_last in {week, next_to(week, 7)}:
        week = next_to(put_last, 7)
        due = one.when.slot(week)
    return replace(one, paused=one.paused if after_pause > utc(now) else None, week=week, due=due)


def _row(one: Subscription) -> dict[str, Any]:
    return {
        "platform": one.target.platform, "workspace": one.target.workspace, "channel": one.target.channel,
        "user": one.target.user, "zone": one.when.zone, "weekday": one.when.weekday,
        "at": f"{one.when.time:%H:%M}", "off": " ".join(sorted(one.off)), "by": one.by, "by_name": one.by_name,
        "paused": one.paused, "failed": one.failed, "week": one.week, "next": one.due,
    }  # fmt: skip


def _subscription(row: Any) -> Subscription:
    target = Target(row.platform, row.workspace, row.channel, row.user)
    when = Weekly(row.zone, row.weekday, time.fromisoformat(row.at))
    off = frozenset(row.off.split())
    return Subscription(
        row.subscription, target, when, row.by, row.by_name, off, row.paused, row.failed, row.week, row.next
    )


class StoredDigests:
    """The port over a store, and the tick that puts what is due into the outbox.

    grace: how long after its slot a digest is still worth posting.
    """

    def __init__(self, store: Store, grace: timedelta = GRACE) -> None:
        self._store = store
        self._grace = grace

    async def subscribe(self, target: Target, when: Weekly, by: str, by_name: str, now: datetime) -> Subscription:
        return await self._store.run(lambda tx: subscribe(tx, target, when, by, by_name, now))

    async def of_target(self, target: Target) -> Subscription | None:
        return await self._store.read(lambda tx: of_target(tx, target))

    async def of_workspace(self, platform: str, workspace: str) -> tuple[Subscription, ...]:
        return await self._store.read(lambda tx: of_workspace(tx, platform, workspace))

    async def change(
        self, subscription: str, change: Callable[[Subscription], Subscription], now: datetime
    ) -> Subscription | None:
        return await self._store.run(lambda tx: changed(tx, subscription, change, now))

    async def unsubscribe(self, subscription: str) -> bool:
        return await self._store.run(lambda tx: unsubscribe(tx, subscription))

    async def deliveries(self, target: Target, most: int) -> tuple[Record, ...]:
        return await self._store.read(lambda tx: outbox.records(tx, target, most, KIND))

    async def now(self, subscription: Subscription, now: datetime) -> bool:
        return await self._store.run(lambda tx: post_now(tx, subscription, now, self._grace))

    async def find(self, subscription: str) -> Subscription | None:
        return await self._store.read(lambda tx: find(tx, subscription))

    async def people(self, one: Subscription, issue: Issue, now: datetime) -> People:
        return await self._store.read(lambda tx: people(tx, one, issue, now))

    async def ask(self, one: Subscription, issue: Issue, question: str, opened: datetime) -> None:
        await self._store.run(lambda tx: ask(tx, one, issue, question, opened))

    async def next_due(self) -> datetime | None:
        """When the next digest of all is due."""
        return await self._store.read(lambda tx: tx.scalar(select(func.min(_c.next))))

    async def tick(self, now: datetime) -> None:
        """Raises StorageUnavailable."""
        while await self._store.read(lambda tx: tx.scalar(_ANY_DUE, {"now": utc(now)})) is not None:
            await self._store.run(lambda tx: put_due(tx, now, self._grace))
