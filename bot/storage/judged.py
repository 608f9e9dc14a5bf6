"""Transactions in three steps: they read by one statement, judge what they read, and write. Many take each together."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Select

from bot.storage.statements import Write, fetch, fetch_each, write, write_each

T = TypeVar("T")
Work = Callable[[Connection], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Judged(Generic[T]):
    """A transaction as any other, that lets its steps be seen.

    reads: its statement, for these `values`.
    judge: what it comes to, and what it writes, by the rows that it read. It may read and write by itself as well, as
    long as that is about its `keys` alone.
    keys: by the same rows, all that it is about. Two that share one are never in the same step.
    """

    reads: Select[Any]
    values: Mapping[str, object]
    judge: Callable[[Connection, Sequence[Any]], tuple[T, Iterable[Write]]]
    keys: Callable[[Sequence[Any]], Collection[Hashable]]

    def __call__(self, tx: Connection) -> T:
        result, writes = self.judge(tx, fetch(tx, self.reads, self.values))
        write(tx, *writes)
        return result


def run_all(tx: Connection, works: Sequence[Work], run: Callable[[Work], Any]) -> list[Any]:
    """The result of each, as though they had run one after the other. run: runs one, and holds it to the rules."""
    results: dict[int, Any] = {}
    alike: dict[Select[Any], dict[int, Judged[Any]]] = defaultdict(dict)
    for n, work in enumerate(works):
        if isinstance(work, Judged):
            alike[work.reads][n] = work
    for reads, several in alike.items():
        if len(several) > 1:
            results |= run(partial(_in_step, reads, several))
    return [results[n] if n in results else run(work) for n, work in enumerate(works)]


def _in_step(reads: Select[Any], several: Mapping[int, Judged[Any]], tx: Connection) -> dict[int, Any]:
    """The results of those that share no key with one before them. All by their numbers, as one may be there twice."""
    results: dict[int, Any] = {}
    writes: list[Write] = []
    taken: set[Hashable] = set()
    found = fetch_each(tx, reads, [one.values for one in several.values()])
    for (n, one), rows in zip(several.items(), found, strict=True):
        keys = one.keys(rows)
        if taken.isdisjoint(keys):
            taken.update(keys)
            results[n], wrote = one.judge(tx, rows)
            writes += wrote
    write_each(tx, writes)
    return results
