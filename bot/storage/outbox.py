"""The outbox in the store. Each function is one whole transaction, or a part of one that writes what it is about."""

import json
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from bot.core.days import utc
from bot.delivery.outbox import Claimed, Delivery, Outcome, Record, State, Target
from bot.storage.left import left_of
from bot.storage.once import InsertOnce
from bot.storage.statements import by, the
from bot.storage.store import Store
from bot.storage.tables import deliveries

#: Why what is due in a place that we have left is not said.
TAKEN_OUT = "I was taken out of the workspace"
#: What else is to be kept when a delivery of a kind has ended, in the same transaction.
Aftermath = Callable[[Connection, Delivery, Outcome, datetime], None]

_c = deliveries.c
_DUE = (
    select(deliveries)
    # Of an expression, not of the bare column: else SQLite looks up the platform, and so reads all that was ever said.
    .where(_c.next <= bindparam("now"), _c.platform.concat("").in_(bindparam("platforms", expanding=True)))
    .where(_c.workspace.not_in(bindparam("busy", expanding=True)))
    .order_by(_c.next)
    .limit(bindparam("most"))
    # On PostgreSQL replicas pass each other by instead of meeting; SQLite has one writer, and SQLAlchemy leaves it out.
    .with_for_update(skip_locked=True)
)
_TAKE = (
    update(deliveries)
    .where(_c.delivery == bindparam("id"))
    .values(state=State.SENDING.value, owner=bindparam("new_owner"), next=bindparam("lease"), tries=_c.tries + 1)
)
_MARK = (
    update(deliveries)
    .where(_c.delivery == bindparam("id"), _c.owner == bindparam("by"), _c.state == State.SENDING.value)
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        message=bindparam("new_message"),
        next=bindparam("again"),
        ended=bindparam("at"),
        owner=None,
    )
)
_AGAIN = (
    update(deliveries)
    .where(_c.delivery == bindparam("id"))
    .values(
        state=bindparam("new_state"), tries=0, reason="", next=bindparam("now"), until=bindparam("late"), ended=None
    )
)
_HERE = (
    select(deliveries)
    .where(by(deliveries, "platform", "workspace", "channel", "user"))
    .order_by(_c.due.desc())
    .limit(bindparam("most"))
)
_HERE_OF_KIND = _HERE.where(_c.kind == bindparam("kind"))
_ENDED = (
    update(deliveries)
    .where(_c.next.is_not(None), _c.state == bindparam("old_state"))
    .values(state=bindparam("new_state"), reason=TAKEN_OUT, next=None, owner=None, ended=bindparam("at"))
)
_END_ALL, _END_ONE = _ENDED.where(by(deliveries, "platform", "workspace")), _ENDED.where(_c.delivery == bindparam("id"))
#: How many that are due are counted at most: enough to see that there are too many.
COUNTED = 10_000
_FIRST_DUE = select(_c.due).where(_c.next <= bindparam("now")).order_by(_c.next).limit(COUNTED).subquery()
_QUEUE = select(func.count(), func.min(_FIRST_DUE.c.due))
_ANY_DUE = select(_c.delivery).where(_c.next <= bindparam("now")).limit(1)
_PUT = InsertOnce(deliveries)


def put(tx: Connection, new: Delivery) -> bool:
    """Put something into the outbox; False if it is there, or was, already."""
    row = {
        "delivery": new.id, "kind": new.kind, "platform": new.target.platform, "workspace": new.target.workspace,
        "channel": new.target.channel, "user": new.target.user, "about": json.dumps(dict(new.about)),
        "due": utc(new.due), "until": utc(new.until), "state": State.WAITING.value, "tries": 0, "next": utc(new.due),
        "reason": "", "message": "",
    }  # fmt: skip
    return _PUT(tx, row)


def again(tx: Connection, delivery: str, now: datetime, until: datetime) -> State | None:
    """Begin anew with one that ended without being said, and say how it had ended; None for any other."""
    ended = State(tx.scalar(select(_c.state).where(_c.delivery == delivery)) or State.UNKNOWN)
    if ended not in {State.DROPPED, State.MISSED, State.FAILED}:
        return None
    # Of several pages the first may stand there; of what was never tried, none.
    state = State.DOUBTFUL if ended is State.FAILED else State.WAITING
    tx.execute(_AGAIN, {"id": delivery, "new_state": state.value, "now": utc(now), "late": utc(until)})
    return ended


def claim(
    tx: Connection,
    owner: str,
    now: datetime,
    lease: datetime,
    platforms: Sequence[str],
    busy: AbstractSet[str],
    most: int,
) -> tuple[Claimed, ...]:
    wanted = {"now": utc(now), "platforms": list(platforms), "busy": sorted(busy), "most": most}
    found = tx.execute(_DUE, wanted).all()
    # Most of what is due in a place that we have left was ended as we left; the rest was put in, or being sent, then.
    left = left_of(tx, ((row.platform, row.workspace) for row in found))
    rows = [row for row in found if (row.platform, row.workspace) not in left]
    if len(rows) < len(found):
        tx.execute(
            _END_ONE, [{"id": row.delivery, **_ending(State(row.state), now)} for row in found if row not in rows]
        )
    if rows:
        tx.execute(_TAKE, [{"id": row.delivery, "new_owner": owner, "lease": utc(lease)} for row in rows])
    return tuple(Claimed(_delivery(row), row.tries + 1, row.state != State.WAITING.value) for row in rows)


def end(tx: Connection, platform: str, workspace: str, now: datetime) -> None:
    """End what waits for a workspace that we were taken out of. What is being sent is its sender's to tell."""
    for state in (State.WAITING, State.DOUBTFUL):
        tx.execute(_END_ALL, {**_ending(state, now), **the(platform=platform, workspace=workspace)})


def _ending(state: State, now: datetime) -> dict[str, Any]:
    """What was never tried is dropped; the rest may stand there, and we can look no more."""
    new = State.DROPPED if state is State.WAITING else State.UNKNOWN
    return {"old_state": state.value, "new_state": new.value, "at": utc(now)}


def mark(tx: Connection, delivery: Delivery, owner: str, outcome: Outcome, now: datetime) -> bool:
    """The fence: only the owner of an unbroken lease may say what became of it."""
    changed = tx.execute(
        _MARK,
        {
            "id": delivery.id,
            "by": owner,
            "new_state": outcome.state.value,
            "new_reason": outcome.reason,
            "new_message": outcome.message,
            "again": outcome.again and utc(outcome.again),
            "at": None if outcome.again else utc(now),
        },
    )
    return changed.rowcount == 1


def queue(tx: Connection, now: datetime) -> tuple[int, datetime | None]:
    """How many are due and nobody is at, COUNTED at most; and since when the longest due of them is."""
    count, oldest = tx.execute(_QUEUE, {"now": utc(now)}).one()
    return count, oldest


def records(tx: Connection, target: Target, most: int, kind: str | None = None) -> tuple[Record, ...]:
    """The last deliveries to a target, of one kind or of all, latest first."""
    wanted = {"most": most, "kind": kind, **the(**asdict(target))}
    return tuple(record(row) for row in tx.execute(_HERE if kind is None else _HERE_OF_KIND, wanted))


def record(row: Any) -> Record:
    outcome = Outcome(State(row.state), row.reason, row.message, row.next)
    return Record(_delivery(row), outcome, row.tries, row.ended)


def _delivery(row: Any) -> Delivery:
    target = Target(row.platform, row.workspace, row.channel, row.user)
    return Delivery(row.delivery, row.kind, target, json.loads(row.about), row.due, row.until)


class StoredOutbox:
    """An Outbox that outlives a restart, and that all replicas on one database share.

    aftermath: by kind, what a delivery's end means for others; runs only where a try has ended it.
    """

    def __init__(self, store: Store, aftermath: Mapping[str, Aftermath] = MappingProxyType({})) -> None:
        self._store = store
        self._aftermath = aftermath

    async def claim(
        self, owner: str, now: datetime, lease: datetime, platforms: Sequence[str], busy: AbstractSet[str], most: int
    ) -> tuple[Claimed, ...]:
        if not await self._store.read(lambda tx: _anything(tx, now)):
            return ()
        return await self._store.run(lambda tx: claim(tx, owner, now, lease, platforms, busy, most))

    async def mark(self, delivery: Delivery, owner: str, outcome: Outcome, now: datetime) -> bool:
        def marked(tx: Connection) -> bool:
            ours = mark(tx, delivery, owner, outcome, now)
            if ours and outcome.again is None and (after := self._aftermath.get(delivery.kind)):
                after(tx, delivery, outcome, now)
            return ours

        return await self._store.run(marked)


def _anything(tx: Connection, now: datetime) -> bool:
    """So that an idle tick only reads."""
    return tx.scalar(_ANY_DUE, {"now": utc(now)}) is not None
