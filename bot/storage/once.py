"""Insert a row unless there is one with its key: in one statement, without a look before.

In PostgreSQL two transactions that look and then insert side by side meet, though they insert different rows: a look
for a key that is not there yet also holds its neighbours, and one of the two has to begin anew.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Table


class InsertOnce:
    """Made once for a table, and for the engine that is there; called with a row, it says whether that is new."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._by_engine: dict[str, Any] = {}

    def __call__(self, tx: Connection, row: Mapping[str, object]) -> bool:
        engine = tx.dialect.name
        if engine not in self._by_engine:
            insert = import_module(f"sqlalchemy.dialects.{engine}").insert  # both have the same; each is slow to import
            self._by_engine[engine] = insert(self._table).on_conflict_do_nothing()
        return bool(tx.execute(self._by_engine[engine], row).rowcount == 1)
