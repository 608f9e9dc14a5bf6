"""How our statements are put together: made once, as making one costs SQLAlchemy more than SQLite needs to run it."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, FromClause, Insert, Update, and_, bindparam

#: A statement that writes one row, and its values; each statement's parameters have names of their own.
Write = tuple[Insert | Update, Mapping[str, object]]


def by(table: FromClause, *names: str) -> Any:
    """What a row is found by: columns that are given as `the(...)`."""
    return and_(*(table.c[name] == bindparam(f"the_{name}") for name in names))


def the(**values: object) -> dict[str, object]:
    return {f"the_{name}": value for name, value in values.items()}


def given(table: FromClause, *names: str) -> dict[str, Any]:
    """What is written: columns, all if none are named, that are given as `row(table, ...)`."""
    return {name: bindparam(_name(table, name)) for name in names or table.c.keys()}


def row(table: FromClause, **values: object) -> dict[str, object]:
    return {_name(table, name): value for name, value in values.items()}


def write(tx: Connection, *writes: Write) -> None:
    """Write what needs nothing of each other. PostgreSQL takes it in one statement, and so in one round trip."""
    if tx.dialect.name != "postgresql":
        for statement, values in writes:
            tx.execute(statement, values)
        return
    together = _together(tuple(statement for statement, _ in writes))
    tx.execute(together, {name: value for _, values in writes for name, value in values.items()})


@lru_cache(maxsize=64)
def _together(statements: tuple[Insert | Update, ...]) -> Insert | Update:
    """The last of them, with the others in its `WITH`: www.postgresql.org/docs/current/queries-with.html."""
    *others, last = statements
    return last.add_cte(*(one.cte(f"write_{n}") for n, one in enumerate(others)))


def _name(table: FromClause, column: str) -> str:
    return f"{table.description}_{column}"
