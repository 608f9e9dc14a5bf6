"""Subscriptions by the million, made fast: the database makes the rows itself."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import asyncpg
from sqlalchemy import Connection, bindparam, text, update

from bot.storage.store import Store
from bot.storage.tables import subscriptions

#: The first tick, with so many due at each.
BEGIN, DUE = datetime(2026, 11, 23, 8, 0, tzinfo=UTC), 10
#: Rows in one transaction: on PostgreSQL a statement has ten seconds.
_ARMFUL = 50_000
_NUMBERS = "WITH RECURSIVE n(n) AS (SELECT CAST(:first AS INTEGER) UNION ALL SELECT n + 1 FROM n WHERE n < :last)"
#: Each has its slot in some minute of the week after all ticks.
_LATER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:00.000000', '2026-12-07', '+' || (n * 7919 % 10080) || ' minutes')",
    "postgresql": "timestamp '2026-12-07' + CAST(n AS bigint) * 7919 % 10080 * interval '1 minute'",
}
_SUBSCRIPTIONS = """
INSERT INTO subscriptions
  (subscription, platform, workspace, channel, "user", zone, weekday, at, off, "by", by_name, failed, since, week, next)
SELECT 's' || n, 'p', 'w' || n / 10, 'c' || n, '', 'Europe/Berlin', 0, '09:00', '', 'ada', 'Ada', 0,
  '2026-11-01 08:00:00.000000', '2026-12-07', {later}
FROM n
"""
#: Last week's digest of each stands on record.
_DELIVERIES = """
INSERT INTO deliveries (delivery, kind, platform, workspace, channel, "user", about, due, until, state, tries, reason,
  message, ended)
SELECT 'd' || n, 'digest', 'p', 'w' || n / 10, 'c' || n, '', '{{}}', '2026-11-16 08:00:00.000000',
  '2026-11-17 08:00:00.000000', 'delivered', 1, '', 'https://example.org', '2026-11-16 08:00:05.000000'
FROM n
"""
_MAKE_DUE = update(subscriptions).where(subscriptions.c.subscription == bindparam("id"))


async def fill(store: Store, url: str, many: int, ticks: int) -> None:
    """So many subscriptions, of which ten, scattered, are due at each tick: one a minute, the first at BEGIN."""
    for first in range(0, many, _ARMFUL):
        numbers = {"first": first, "last": min(first + _ARMFUL, many) - 1}
        await store.run(partial(_insert, numbers))
    await store.run(lambda tx: _make_due(tx, many, ticks))
    if url.startswith("postgresql"):  # as it does by itself before long
        connection = await asyncpg.connect(url)
        await connection.execute("VACUUM ANALYZE")
        await connection.close()


def _insert(numbers: dict[str, int], tx: Connection) -> None:
    for rows in (_SUBSCRIPTIONS, _DELIVERIES):
        tx.execute(text(_NUMBERS + rows.format(later=_LATER[tx.dialect.name])), numbers)


def _make_due(tx: Connection, many: int, ticks: int) -> None:
    step = many // (ticks * DUE)
    for tick in range(ticks):
        ids = [{"id": f"s{(tick * DUE + number) * step}"} for number in range(DUE)]
        due = _MAKE_DUE.values(week=date(2026, 11, 23), next=BEGIN + timedelta(minutes=tick))
        tx.execute(due, ids)
