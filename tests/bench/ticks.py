"""What it costs to see which weekly digests are due, among few subscriptions and among a million."""

import statistics
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.delivery.courier import ARMFUL
from bot.delivery.outbox import Outcome, State
from bot.delivery.patience import USUAL
from bot.storage.digests import StoredDigests
from bot.storage.opening import open_store
from bot.storage.outbox import StoredOutbox
from bot.storage.store import Store
from tests.bench.filling import BEGIN, DUE, fill
from tests.bench.load import Goal, Row, Size

NOTES = f"""
A tick: what runs every few seconds looks for subscriptions whose slot has come, puts {DUE} digests into the outbox and
moves their slots on to the next week, committed; and looks again. With the claim: the courier takes them too. Composing
and posting are not in it. Each subscription also has last week's digest on record. The median of all ticks but the
first; "idle" is a tick with nothing due. The ratio is to the smallest of the same engine.
"""


async def measure(fresh: Mapping[str, Callable[[], str]], size: Size) -> list[Row | Goal]:
    rows: list[Row | Goal] = []
    for engine, url in fresh.items():
        smallest: tuple[float, float] | None = None
        for many in size.subscriptions:
            began, where = time.perf_counter(), url()
            async with open_store(where) as store:
                await fill(store, where, many, size.ticks)
                filled = time.perf_counter() - began
                tick, both, idle = await _ticks(store, size.ticks)
            smallest = smallest or (tick, both)
            cells: dict[str, str | int | float] = {
                "subscriptions": many, f"{DUE} due: ms": tick, "ratio": tick / smallest[0],
                "with the claim: ms": both, "ratio ": both / smallest[1], "idle: ms": idle, "filled in s": filled,
            }  # fmt: skip
            rows.append(Row(f"A tick, {engine}", cells))
        what = f"A tick, {engine}, {DUE} due among {many:,}, by that among {size.subscriptions[0]:,}"
        rows.append(Goal(what, tick / smallest[0] if smallest else 0.0, 1.5))
    return rows


async def _ticks(store: Store, ticks: int) -> tuple[float, float, float]:
    """The medians, in milliseconds: of ticks, of ticks with the claim, of ticks with nothing due."""
    digests, outbox = StoredDigests(store), StoredOutbox(store)
    took: list[tuple[float, float, float]] = []
    for tick in range(ticks):
        now = BEGIN + timedelta(minutes=tick)
        began = time.perf_counter()
        await digests.tick(now)
        ticked = time.perf_counter()
        claimed = await outbox.claim("bench", now, now + USUAL.lease, ("p",), frozenset(), ARMFUL)
        ended = time.perf_counter()
        await digests.tick(now)
        took.append((ticked - began, ended - began, time.perf_counter() - ended))
        if len(claimed) != DUE:
            raise RuntimeError(f"{DUE} were due, and {len(claimed)} were put in")
        for one in claimed:
            await outbox.mark(one.delivery, "bench", Outcome(State.DELIVERED), now)
    tick_, both, idle = (1000 * statistics.median(column) for column in zip(*took[1:], strict=True))
    return tick_, both, idle
