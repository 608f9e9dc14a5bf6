"""All digests at a glance, for whoever runs the bot: read alone, beside a bot that may be running."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from bot.core.days import utc
from bot.delivery.outbox import Record, State, Target
from bot.digests.port import Subscription
from bot.storage import outbox
from bot.storage.digests import KIND, every
from bot.storage.tables import deliveries

#: Deliveries that are told of each subscription; and how far back what was due counts as under way.
LAST, LATELY = 3, timedelta(hours=1)

_c = deliveries.c
_place = (_c.platform, _c.workspace, _c.channel, _c.user)
_ranked = (
    select(deliveries, func.row_number().over(partition_by=_place, order_by=_c.due.desc()).label("nth"))
    .where(_c.kind == KIND)
    .subquery()
)


@dataclass(frozen=True, slots=True)
class Overview:
    """subscriptions: in the order in which they were set up, each with its last deliveries, the latest first.

    lately: how many of those that were due in the last hour, or are not over yet, are in which state.
    """

    subscriptions: tuple[tuple[Subscription, tuple[Record, ...]], ...]
    lately: Mapping[State, int]


def overview(tx: Connection, now: datetime) -> Overview:
    last: dict[Target, list[Record]] = {}
    for row in tx.execute(select(_ranked).where(_ranked.c.nth <= LAST).order_by(_ranked.c.due.desc())):
        record = outbox.record(row)
        last.setdefault(record.delivery.target, []).append(record)
    found = ((one, tuple(last.get(one.target, ()))) for one in every(tx))
    return Overview(tuple(found), _lately(tx, utc(now)))


def channels(tx: Connection) -> tuple[Target, ...]:
    """Where a digest is due again: what is paused for good is looked at when somebody resumes it."""
    return tuple(one.target for one in every(tx) if one.target.channel and one.due is not None)


def _lately(tx: Connection, now: datetime) -> Mapping[State, int]:
    counted = (
        select(_c.state, func.count())
        .where(_c.kind == KIND, _c.due <= now, or_(_c.due > now - LATELY, _c.ended.is_(None)))
        .group_by(_c.state)
    )
    return {State(state): many for state, many in tx.execute(counted)}
