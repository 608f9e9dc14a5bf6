"""A transaction is a plain function.

    def record(tx: Connection, answer: Answer) -> Verdict: ...
    verdict = await store.run(lambda tx: record(tx, answer))

One that many run at once may let its steps be seen (`storage/judged.py`).

What such a function may rely on, on both engines alike:

- alone: it reads and writes as though no other transaction ran meanwhile (serializable);
- whole: everything that it wrote is kept, or, where it raises, nothing;
- kept: once `run` has returned, neither `kill -9` nor a power cut takes it back;
- begun is finished: if the caller is cancelled, the function has run wholly or not at all, and no transaction stays
  open. The caller cannot know which; it looks again.

What it keeps to:

- it has no effect but through `tx`, as it may be run again (a conflict, a lost connection, one beside it that failed);
- it returns plain values, never a Result, which dies with the transaction; and it does not wait for anything else;
- it leaves BEGIN, COMMIT and ROLLBACK to the store;
- where it means to survive a failing statement, it runs it inside `with tx.begin_nested():`. PostgreSQL throws away a
  transaction in which a statement failed, even if it is then told to commit; so a swallowed failure raises, on both;
- it locks no rows: serializable makes that needless, and on SQLite SQLAlchemy drops `FOR UPDATE` without a word. (The
  outbox's claim does, to save replicas conflicts; it would be right without.)
"""

import inspect
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine, Result, event
from sqlalchemy.engine import ExceptionContext

from bot.core.errors import CareerbotError

T = TypeVar("T")


class StoreError(CareerbotError):
    """The database cannot be used as it is. The sentence is for the operator, and says what to do."""


class Unreachable(StoreError):
    """It may well be there in a moment."""


class Store(ABC):
    """Where everything that must outlive a restart is kept. Use it as an async context manager.

    Entering brings the database up to date first. Raises StoreError if that, or reaching it, cannot be done.
    """

    @abstractmethod
    async def run(self, work: Callable[[Connection], T]) -> T:
        """Run one transaction that writes. Raises what `work` raises, or StorageUnavailable."""

    @abstractmethod
    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run one transaction that only reads, on one state of the database; writing in it raises."""

    @abstractmethod
    async def __aenter__(self) -> Self: ...

    @abstractmethod
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Watch:
    """Sees every statement fail on an engine, so that a transaction with a swallowed failure is not committed."""

    def __init__(self, engine: Engine) -> None:
        self._failed: weakref.WeakSet[Connection] = weakref.WeakSet()
        event.listen(engine, "begin", lambda connection: self._forget(connection))
        event.listen(engine, "rollback_savepoint", lambda connection, _name, _context: self._forget(connection))
        event.listen(engine, "handle_error", self._note)

    def _note(self, context: ExceptionContext) -> None:
        if context.connection is not None:
            self._failed.add(context.connection)

    def _forget(self, connection: Connection) -> None:
        """What failed has been rolled back."""
        self._failed.discard(connection)

    def result(self, work: Callable[[Connection], T], connection: Connection) -> T:
        """Do the work, and hold it to the rules. Raises TypeError or RuntimeError where it breaks one."""
        try:
            result = work(connection)
        except StopIteration as error:  # no future can be given one: whoever waits would wait on
            raise RuntimeError("a transaction raised StopIteration") from error
        if isinstance(result, Result) or inspect.isawaitable(result):
            if inspect.iscoroutine(result):
                result.close()
            raise TypeError(f"a transaction returns plain values, not a {type(result).__name__}")
        if connection in self._failed:
            raise RuntimeError("a statement failed and was swallowed; run it inside `with tx.begin_nested():`")
        return result
