"""Subscriptions in the store: who gets a digest, which are due, and what their failures mean.

Each function is one whole transaction, or a part of one.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bot.core.days import Calendar, next_to, utc
from bot.core.weekly import Weekly, week_name
from bot.delivery.outbox import Delivery, Outcome, State, Target, delivery_id
from bot.digests.port import FAILED_WEEKS, Subscription, Taken
from bot.storage import outbox
from bot.storage.tables import subscriptions

#: The kinds of delivery: a digest, and the private word that it was paused.
KIND, PAUSED = "digest", "digest-paused"
#: Subscriptions that are looked at in one transaction, and weeks that are made up for in one go after a long silence.
_ARMFUL, _WEEKS = 200, 8
#: How long the word that a digest was paused is worth saying.
_WORTH = timedelta(days=7)

_c = subscriptions.c
_DUE = select(subscriptions).where(_c.next <= bindparam("now")).order_by(_c.next).limit(_ARMFUL)
_MOVE = (
    update(subscriptions)
    .where(_c.subscription == bindparam("id"))
    .values(week=bindparam("new_week"), next=bindparam("new_next"), paused=bindparam("new_paused"))
)


def subscribe(tx: Connection, target: Target, when: Weekly, by: str, by_name: str, now: datetime) -> Subscription:
    if (known := of_target(tx, target)) is not None:
        raise Taken(known.id)
    new = _scheduled(Subscription(secrets.token_hex(6), target, when, by, by_name), now)
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


def find(tx: Connection, subscription: str) -> Subscription | None:
    row = tx.execute(select(subscriptions).where(_c.subscription == subscription)).first()
    return _subscription(row) if row else None


def change(
    tx: Connection, subscription: str, how: Callable[[Subscription], Subscription], now: datetime
) -> Subscription | None:
    known = find(tx, subscription)
    if known is None:
        return None
    new = _scheduled(how(known), now)
    tx.execute(update(subscriptions).where(_c.subscription == subscription).values(**_row(new)))
    return new


def unsubscribe(tx: Connection, subscription: str) -> bool:
    return tx.execute(delete(subscriptions).where(_c.subscription == subscription)).rowcount == 1


def post_now(tx: Connection, subscription: Subscription, now: datetime, grace: timedelta) -> bool:
    return outbox.put(tx, _delivery(subscription, subscription.when.week_of(now), utc(now), grace))


def put_due(tx: Connection, now: datetime, grace: timedelta) -> int:
    """Put what is due into the outbox, each week once, and say how many subscriptions were looked at.

    A slot that is long over is put in too: the courier finds it late and records the miss.
    """
    now = utc(now)
    rows = tx.execute(_DUE, {"now": now}).all()
    moves = []
    for row in rows:
        one = _subscription(row)
        week, due = one.week, one.due
        for _ in range(_WEEKS):
            if week is None or due is None or due > now:
                break
            outbox.put(tx, _delivery(one, week, due, grace))
            week, due = one.when.next_after(due)
        if due is not None and due <= now:
            week, due = one.when.next_after(now)
        moves.append({"id": one.id, "new_week": week, "new_next": due, "new_paused": None})
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
    if known.by:
        name = delivery_id(PAUSED, known.id, delivery.id)
        target = Target(known.target.platform, known.target.workspace, user=known.by)
        about = {"channel": known.target.channel, "reason": outcome.reason}
        outbox.put(tx, Delivery(name, PAUSED, target, about, now, now + _WORTH))


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _delivery(one: Subscription, week: date, due: datetime, grace: timedelta) -> Delivery:
    about = {"subscription": one.id, "week": week_name(week)}
    return Delivery(delivery_id(KIND, one.id, week.isoformat()), KIND, one.target, about, due, due + grace)


def _scheduled(one: Subscription, now: datetime) -> Subscription:
    """With its next slot: the first after now, and after the pause."""
    if one.paused == date.max:
        return replace(one, week=None, due=None)
    after_pause = utc(now)
    if one.paused is not None:
        over = Calendar(one.when.zone).start(next_to(one.paused)) - timedelta(microseconds=1)
        after_pause = max(after_pause, over)
    week, due = one.when.next_after(after_pause)
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
