"""How our statements are put together and run.

They are made once, as making one costs SQLAlchemy more than SQLite needs to run it. To run one costs it three times as
much, too: so those of an answer, which comes more often than all else, are given to the driver as SQLAlchemy compiled
them, once. `fetch` and `write` are for those; wherever it matters less, `tx.execute` is plainer.
"""

from collections import defaultdict, namedtuple
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeGuard

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Connection,
    Dialect,
    FromClause,
    Insert,
    Select,
    Update,
    and_,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import visitors

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
    prefix = _name(table, "")
    return {prefix + name: value for name, value in values.items()}


def fetch(tx: Connection, statement: Select[Any], values: Mapping[str, object]) -> Sequence[Any]:
    """The rows, as `tx.execute(...).all()` gives them. A failure is not to be swallowed: nobody else sees it.

    Raises KeyError, as `write` does, where a value is not given.
    """
    ready = _ready(statement, tx.dialect)
    with _cursor(tx) as cursor:
        cursor.execute(ready.said, ready.given(values))
        return [ready.row(found) for found in cursor.fetchall()]


def fetch_each(tx: Connection, statement: Select[Any], several: Sequence[Mapping[str, object]]) -> list[Sequence[Any]]:
    """What `fetch` gives for each of several, in no order within. PostgreSQL is asked once, and so in one round trip.

    All name the same values.
    """
    if tx.dialect.name == "sqlite":
        return [fetch(tx, statement, values) for values in several]
    lists = {name: [values[name] for values in several] for name in several[0]}
    found: list[list[Any]] = [[] for _ in several]
    for one in fetch(tx, _for_each(statement), lists):
        found[one.nth - 1].append(one)
    return list(found)


def write(tx: Connection, *writes: Write) -> None:
    """Write what needs nothing of each other. PostgreSQL takes one of each kind in one statement, in one round trip.

    A failure is not to be swallowed: nobody else sees it.
    """
    statements = tuple(statement for statement, _ in writes)
    if tx.dialect.name == "sqlite" or len(set(statements)) < len(statements):
        write_each(tx, writes)
    elif writes:
        every = {name: value for _, values in writes for name, value in values.items()}
        ready = _ready(_together(statements), tx.dialect)
        with _cursor(tx) as cursor:
            cursor.execute(ready.said, ready.given(every))


def write_each(tx: Connection, writes: Iterable[Write]) -> None:
    """As `write`, for many: a statement for each kind, with all the values that it is for. One round trip each."""
    kinds: dict[Insert | Update, list[Mapping[str, object]]] = defaultdict(list)
    for statement, values in writes:
        kinds[statement].append(values)
    with _cursor(tx) as cursor:
        for statement, several in kinds.items():
            ready = _ready(statement, tx.dialect)
            cursor.executemany(ready.said, [ready.given(values) for values in several])


@lru_cache(maxsize=64)
def _for_each(statement: Select[Any]) -> Select[Any]:
    """The same for lists of values: `nth` says which of them a row is for, counted from 1.

    www.postgresql.org/docs/current/queries-table-expressions.html: LATERAL, and unnest WITH ORDINALITY.
    """
    asked = {value.key: value for value in visitors.iterate(statement) if _is_asked(value)}
    lists = (bindparam(name, type_=ARRAY(value.type)) for name, value in asked.items())
    wanted = func.unnest(*lists).table_valued(*asked, with_ordinality="nth").render_derived("wanted")
    # As words, lest each part that names a value of the list believe that it must list them itself.
    named = {name: literal_column(f"wanted.{name}", value.type) for name, value in asked.items()}
    one: Any = visitors.replacement_traverse(
        statement, {}, lambda element, **_: named[element.key] if _is_asked(element) else None
    )
    return select(wanted.c.nth, one.lateral("one"))


def _is_asked(part: Any) -> TypeGuard[BindParameter[Any]]:
    return isinstance(part, BindParameter) and part.required


@lru_cache(maxsize=64)
def _together(statements: tuple[Insert | Update, ...]) -> Insert | Update:
    """The last of them, with the others in its `WITH`: www.postgresql.org/docs/current/queries-with.html."""
    *others, last = statements
    return last.add_cte(*(one.cte(f"write_{n}") for n, one in enumerate(others)))


class _Ready:
    """A statement for a driver, with what its values go through on the way there and back."""

    def __init__(self, statement: Select[Any] | Insert | Update, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.said = str(compiled)
        names = compiled.positiontup or ()
        self._usual = {name: compiled.params[name] for name in names if not compiled.binds[name].required}
        self._names = names
        self._there = [
            (n, there)
            for n, name in enumerate(names)
            if (there := compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
        ]
        columns = statement.selected_columns if isinstance(statement, Select) else ()
        self._back = [
            (n, back)
            for n, column in enumerate(columns)
            if (back := column.type.dialect_impl(dialect).result_processor(dialect, None))
        ]
        make: Any = namedtuple  # of names that a type checker cannot know
        self._row = make("Row", [column.name for column in columns])._make

    def given(self, values: Mapping[str, object]) -> list[object]:
        """The values as the driver takes them, in order. Raises KeyError where one is missing."""
        every = {**self._usual, **values} if self._usual else values
        cells = [every[name] for name in self._names]
        for n, there in self._there:
            cells[n] = there(cells[n])
        return cells

    def row(self, found: Sequence[Any]) -> Any:
        """A row of the driver's, as SQLAlchemy would give it."""
        cells = list(found)
        for n, back in self._back:
            cells[n] = back(cells[n])
        return self._row(cells)


@contextmanager
def _cursor(tx: Connection) -> Iterator[Any]:
    """The driver's own, whose failures are told as SQLAlchemy tells of them."""
    cursor = tx.connection.cursor()
    try:
        yield cursor
    except tx.dialect.loaded_dbapi.Error as error:
        lost = tx.dialect.is_disconnect(error, tx.connection.dbapi_connection, None)
        if lost:
            tx.invalidate(error)
        kind: type[Exception] = tx.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(None, None, error, kind, hide_parameters=True, connection_invalidated=lost) from error
    finally:
        cursor.close()


_ready = lru_cache(maxsize=64)(_Ready)


def _name(table: FromClause, column: str) -> str:
    return f"{table.description}_{column}"
