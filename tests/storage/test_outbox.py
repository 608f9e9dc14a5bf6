"""What the outbox asks of the database."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, event

from bot.storage import outbox
from bot.storage.opening import open_store

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("busy", [frozenset(), {"w"}], ids=["none busy", "one busy"])
async def test_a_claim_in_sqlite_reads_what_is_due_and_not_all_that_was_ever_said(busy: set[str]) -> None:
    def plan(tx: Connection) -> list[str]:
        asked: list[tuple[str, Any]] = []
        event.listen(tx, "before_cursor_execute", lambda _c, _cursor, sql, values, *_: asked.append((sql, values)))
        outbox.claim(tx, "me", NOW, NOW, ("discord", "slack"), busy, 16)
        ((sql, values),) = asked
        return [str(row[-1]) for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]

    async with open_store("sqlite://") as store:
        first, *_ = await store.run(plan)
    assert first == "SEARCH deliveries USING INDEX ix_deliveries_next (next<?)"
