"""What a transaction may rely on, on both engines."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.util import await_only

from bot.core import trace
from bot.core.chat import Person
from bot.storage.opening import open_store
from bot.storage.rotation import StoredRotation, advance
from bot.storage.store import Store
from bot.storage.tables import rotation

ADA = Person("test", "w", "ada")


def put(tx: Connection, user: str, taken: int = 1) -> None:
    tx.execute(insert(rotation).values(platform="test", workspace="w", user=user, pool="p", taken=taken))


def pair(tx: Connection, user: str) -> None:
    put(tx, f"{user}/1")
    put(tx, f"{user}/2")


def count(tx: Connection) -> int:
    return tx.scalar(select(func.count()).select_from(rotation)) or 0


async def commit_together(store: Store, *works: Callable[[Connection], Any]) -> list[Any]:
    """What becomes of each where all share a commit: they wait for another one, which the database does first."""
    first = store.run(lambda _tx: None)
    return (await asyncio.gather(first, *map(store.run, works), return_exceptions=True))[1:]


def dawdle(tx: Connection) -> None:
    """Take a fifth of a second, as the engine's own thread or server."""
    if tx.dialect.name == "sqlite":
        time.sleep(0.2)
    else:
        tx.exec_driver_sql("SELECT pg_sleep(0.2)")


class Held:
    """A transaction that, once it has `begun`, goes on only when it is `free`: in the engine's thread, or server."""

    def __init__(self, then: Callable[[Connection], None] = lambda _: None) -> None:
        self.begun, self.free = asyncio.Event(), asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._then = then

    def __call__(self, tx: Connection) -> None:
        put(tx, "held")
        if tx.dialect.name == "sqlite":
            asyncio.run_coroutine_threadsafe(self._wait(), self._loop).result()
        else:
            await_only(self._wait())
        self._then(tx)

    async def _wait(self) -> None:
        self.begun.set()
        await self.free.wait()


async def turns(count: int = 20) -> None:
    """Let everybody else do what can be done without waiting."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_how_far_a_person_is_outlives_a_restart(url: str) -> None:
    async with open_store(url) as store:
        taken = StoredRotation(store)
        assert [await taken.advance(ADA, "tip:") for _ in range(3)] == [0, 1, 2]
        assert await taken.advance(ADA, "tip:python") == 0
        assert await taken.advance(Person("test", "other", "ada"), "tip:") == 0
    async with open_store(url) as store:
        assert await StoredRotation(store).advance(ADA, "tip:") == 3


async def test_a_name_is_not_kept(store: Store) -> None:
    await StoredRotation(store).advance(Person("test", "w", "u1", name="Ada Lovelace"), "tip:")
    rows = await store.read(lambda tx: [tuple(row) for row in tx.execute(select(rotation))])
    assert rows == [("test", "w", "u1", "tip:", 1)]


async def test_two_hundred_at_once_are_counted_once_each(store: Store) -> None:
    taken = StoredRotation(store)
    assert sorted(await asyncio.gather(*(taken.advance(ADA, "tip:") for _ in range(200)))) == list(range(200))


async def test_what_was_read_still_holds_when_it_is_written(store: Store) -> None:
    def first_only(tx: Connection, user: str) -> bool:
        free = count(tx) == 0
        if free:
            dawdle(tx)
            put(tx, user)
        return free

    assert sum(await asyncio.gather(*(store.run(partial(first_only, user=u)) for u in "abcd"))) == 1
    assert await store.read(count) == 1


async def test_a_transaction_that_raises_keeps_nothing_and_harms_nobody(store: Store) -> None:
    def fails(tx: Connection) -> None:
        put(tx, "b")
        raise LookupError("its own")

    done = await commit_together(store, partial(put, user="a"), fails, partial(put, user="c"), partial(put, user="a"))
    assert [type(one) for one in done][1:3] == [LookupError, type(None)]
    assert {type(done[0]), type(done[3])} == {type(None), IntegrityError}
    users = await store.read(lambda tx: set(tx.scalars(select(rotation.c.user))))
    assert users == {"a", "c"}


async def test_an_iteration_that_stops_in_a_transaction_is_a_failure_of_its_own(store: Store) -> None:
    def stops(_tx: Connection) -> None:
        raise StopIteration

    done = await commit_together(store, partial(put, user="a"), stops, partial(put, user="b"))
    assert [type(one) for one in done] == [type(None), RuntimeError, type(None)]
    assert await store.read(count) == 2
    with pytest.raises(RuntimeError, match="StopIteration"):
        await store.read(stops)


async def test_what_only_the_commit_refuses_is_refused_to_its_own_writer_alone(store: Store) -> None:
    def child(tx: Connection, parent: int) -> None:
        tx.execute(text("INSERT INTO child VALUES (:parent)"), {"parent": parent})

    def tables(tx: Connection) -> None:
        tx.exec_driver_sql("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        tx.exec_driver_sql("CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
        tx.exec_driver_sql("INSERT INTO parent VALUES (1)")

    await store.run(tables)
    done = await commit_together(store, *(partial(child, parent=p) for p in (1, 2, 1)))
    assert [type(one) for one in done] == [type(None), IntegrityError, type(None)]
    assert await store.read(lambda tx: tx.exec_driver_sql("SELECT count(*) FROM child").scalar()) == 2


async def test_a_failure_that_is_swallowed_is_no_success(store: Store) -> None:
    def swallows(tx: Connection, *, rightly: bool) -> None:
        put(tx, "before")
        try:
            if rightly:
                with tx.begin_nested():
                    put(tx, "before")
            else:
                put(tx, "before")
        except IntegrityError:
            return

    with pytest.raises(RuntimeError, match="begin_nested"):
        await store.run(lambda tx: swallows(tx, rightly=False))
    assert await store.read(count) == 0
    await store.run(lambda tx: swallows(tx, rightly=True))
    assert await store.read(count) == 1


async def test_a_transaction_returns_plain_values(store: Store) -> None:
    async def nothing() -> None: ...

    def later(_tx: Connection) -> object:
        return nothing()

    with pytest.raises(TypeError, match="plain values"):
        await store.run(lambda tx: tx.execute(select(rotation)))
    with pytest.raises(TypeError, match="plain values"):
        await store.run(later)


async def test_reading_cannot_write_and_leaves_the_store_able_to(store: Store) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"):
        await store.read(lambda tx: put(tx, "a"))
    await store.run(lambda tx: put(tx, "a"))
    assert await store.read(count) == 1


async def test_an_error_shows_no_values(store: Store) -> None:
    await store.run(lambda tx: put(tx, "a secret"))
    with pytest.raises(IntegrityError) as caught:
        await store.run(lambda tx: put(tx, "a secret"))
    assert "[parameters:" not in str(caught.value)
    if store.__class__.__name__ == "SqliteStore":  # PostgreSQL's own DETAIL names the key
        assert "a secret" not in str(caught.value)


async def test_what_has_begun_is_finished_though_the_caller_leaves(store: Store) -> None:
    work = Held(lambda tx: put(tx, "b"))
    leaving = asyncio.create_task(store.run(work))
    await work.begun.wait()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    work.free.set()
    await store.run(lambda tx: put(tx, "c"))
    assert await store.read(count) == 3


async def test_what_has_not_begun_when_the_caller_leaves_never_does(store: Store) -> None:
    work = Held()
    busy = asyncio.create_task(store.run(work))
    await work.begun.wait()
    waiting = asyncio.create_task(store.run(lambda tx: put(tx, "late")))
    await turns()
    waiting.cancel()
    work.free.set()
    await busy
    assert waiting.cancelled()
    await store.run(lambda tx: put(tx, "after it"))
    users = await store.read(lambda tx: set(tx.scalars(select(rotation.c.user))))
    assert users == {"held", "after it"}


async def test_many_who_leave_at_any_moment_tear_nothing(store: Store) -> None:
    tasks = [asyncio.create_task(store.run(partial(pair, user=str(n)))) for n in range(60)]
    for task in tasks[::2]:
        await asyncio.sleep(0.0005)
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert not [one for one in done if one is not None and not isinstance(one, asyncio.CancelledError)]
    await store.run(lambda tx: put(tx, "last"))
    users = await store.read(lambda tx: set(tx.scalars(select(rotation.c.user))))
    for n in range(60):
        assert (f"{n}/1" in users) == (f"{n}/2" in users)
        assert n % 2 == 0 or f"{n}/1" in users


async def test_closing_waits_for_what_has_begun(url: str) -> None:
    store = await open_store(url).__aenter__()
    work = Held(lambda tx: put(tx, "b"))
    last = asyncio.create_task(store.run(work))
    await work.begun.wait()
    closing = asyncio.create_task(store.__aexit__(None, None, None))
    await turns()
    assert not closing.done()
    work.free.set()
    await closing
    await last
    async with open_store(url, look=True) as looking:
        assert await looking.read(count) == 2
    with pytest.raises(RuntimeError, match="async with"):
        await store.run(lambda tx: advance(tx, ADA, "tip:"))


async def test_closing_does_not_wait_for_who_asks_after_it(url: str) -> None:
    async def again_and_again() -> None:
        for _ in range(500):
            await store.run(count)

    async with open_store(url) as store:
        asking = asyncio.create_task(again_and_again())
        await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="async with"):
        await asking


async def test_a_transaction_is_in_the_log_under_nobody_elses_name(store: Store) -> None:
    trace.begin("first")
    assert await store.run(lambda _tx: trace.current()) == ""
