"""Insert a row unless there is one with its key: in one statement, without a look before.

In PostgreSQL two transactions that look and then insert side by side meet, though they insert different rows: a look
for a key that is not there yet also holds its neighbours, and one of the two has to begin anew.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


class InsertOnce:
    """Made once for a table; called with a row, it says whether that is new."""

    def __init__(self, table: Table) -> None:
        self._by_engine: Mapping[str, Any] = {
            "sqlite": sqlite.insert(table).on_conflict_do_nothing(),
            "postgresql": postgresql.insert(table).on_conflict_do_nothing(),
        }

    def __call__(self, tx: Connection, row: Mapping[str, object]) -> bool:
        return bool(tx.execute(self._by_engine[tx.dialect.name], row).rowcount == 1)
