"""A store that tells how long each transaction took, and an outbox that tells what became of each try."""

import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection

from bot.core.errors import StorageUnavailable
from bot.delivery.outbox import Claimed, Delivery, Outbox, Outcome
from bot.storage.store import Store

T = TypeVar("T")


class WatchedStore(Store):
    """Another store, watched. told: "read" or "run", how many seconds, and whether the database could not."""

    def __init__(self, store: Store, told: Callable[[str, float, bool], None]) -> None:
        self._store = store
        self._told = told

    async def __aenter__(self) -> Self:
        await self._store.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._store.__aexit__(kind, error, trace)

    async def run(self, work: Callable[[Connection], T]) -> T:
        with self._timed("run"):
            return await self._store.run(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        with self._timed("read"):
            return await self._store.read(work)

    @contextmanager
    def _timed(self, kind: str) -> Iterator[None]:
        start, failed = time.perf_counter(), False
        try:
            yield
        except StorageUnavailable:
            failed = True
            raise
        finally:
            self._told(kind, time.perf_counter() - start, failed)


class WatchedOutbox:
    """Another outbox, watched: told of each try that has ended, once that is kept."""

    def __init__(self, outbox: Outbox, told: Callable[[Delivery, Outcome, datetime], None]) -> None:
        self._outbox = outbox
        self._told = told

    async def claim(
        self, owner: str, now: datetime, lease: datetime, platforms: Sequence[str], busy: AbstractSet[str], most: int
    ) -> tuple[Claimed, ...]:
        return await self._outbox.claim(owner, now, lease, platforms, busy, most)

    async def mark(self, delivery: Delivery, owner: str, outcome: Outcome, now: datetime) -> bool:
        kept = await self._outbox.mark(delivery, owner, outcome, now)
        if kept:
            self._told(delivery, outcome, now)
        return kept
