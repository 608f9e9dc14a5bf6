"""What is PostgreSQL's own: a server that may be gone, and many replicas on it."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Connection, func, select

from bot.core.chat import Call, Person, Request
from bot.core.errors import StorageUnavailable
from bot.storage import postgres as under_test
from bot.storage.opening import open_store, shown
from bot.storage.postgres import PostgresStore
from bot.storage.rotation import advance
from bot.storage.statements import by, fetch, the
from bot.storage.store import StoreError
from bot.storage.tables import rotation
from bot.storage.together import MOST
from tests.cable import Cable
from tests.conftest import NOW, told
from tests.storage.test_judged import taking
from tests.storage.test_migrations import execute
from tests.storage.test_store import commit_together, count, put


@pytest.fixture
async def cable(postgres: Callable[[], str]) -> AsyncIterator[Cable]:
    between = Cable(postgres())
    await between.plug_in()
    yield between
    between.cut()


async def test_replicas_that_start_at_once_take_turns(postgres: Callable[[], str]) -> None:
    url = postgres()

    async def replica(name: str) -> None:
        async with PostgresStore(url) as store:
            await store.run(partial(put, user=name))

    await asyncio.gather(*(replica(name) for name in "abcd"))
    async with PostgresStore(url, look=True) as store:
        assert await store.read(count) == 4


async def test_those_that_meet_take_turns_instead_of_trying_their_luck(postgres: Callable[[], str]) -> None:
    """Twice each, all in all; by luck it is five times and more."""
    url, tries = postgres(), 0

    def tried(tx: Connection) -> int:
        nonlocal tries
        tries += 1
        return advance(tx, Person("test", "w", "ada"), "tip:")

    async with AsyncExitStack() as stack:
        replicas = [await stack.enter_async_context(PostgresStore(url)) for _ in range(4)]
        done = await asyncio.gather(*(store.run(tried) for store in replicas for _ in range(50)))
    assert sorted(done) == list(range(200))
    assert tries <= 2.5 * 200


async def test_those_who_wait_together_share_a_commit_and_no_batch_is_endless(postgres: Callable[[], str]) -> None:
    async with PostgresStore(postgres()) as store:
        numbers = await asyncio.gather(*(store.run(lambda tx: tx.scalar(func.txid_current())) for _ in range(150)))
    assert 150 / MOST <= len(set(numbers)) <= 10
    assert max(Counter(numbers).values()) <= MOST


async def test_who_share_a_commit_with_one_that_fails_still_share_few(postgres: Callable[[], str]) -> None:
    def number(tx: Connection, n: int) -> object:
        if n == 40:
            raise LookupError
        return tx.scalar(func.txid_current())

    async with PostgresStore(postgres()) as store:
        done = await commit_together(store, *(partial(number, n=n) for n in range(64)))
    assert [n for n, one in enumerate(done) if isinstance(one, LookupError)] == [40]
    assert len(set(done)) - 1 <= 6


async def test_a_connection_that_was_lost_before_the_commit_is_not_noticed(postgres: Callable[[], str]) -> None:
    times = 0

    def dies_once(tx: Connection) -> None:
        nonlocal times
        times += 1
        put(tx, "a")
        if times == 1:
            tx.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    async with PostgresStore(postgres()) as store:
        await store.run(dies_once)
        assert (times, await store.read(count)) == (2, 1)


async def test_who_leaves_while_the_server_is_being_reached_is_not_served(
    postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, reached, free = PostgresStore._connect, asyncio.Event(), asyncio.Event()

    async def connect(store: PostgresStore, *patience: float | None) -> Any:
        reached.set()
        await free.wait()
        return await usual(store, *patience)

    free.set()
    monkeypatch.setattr(PostgresStore, "_connect", connect)
    async with PostgresStore(postgres()) as store:
        reached.clear()
        free.clear()
        leaving = asyncio.create_task(store.run(partial(put, user="late")))
        await asyncio.wait_for(reached.wait(), 30)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        free.set()
        await store.run(partial(put, user="a"))
        assert await store.read(count) == 1


async def test_a_commit_whose_answer_is_lost_is_not_done_again(cable: Cable) -> None:
    times = 0

    def counted(tx: Connection) -> None:
        nonlocal times
        times += 1
        put(tx, f"row {times}")

    async with PostgresStore(cable.url) as store:
        await store.read(count)
        cable.cut_after = b"COMMIT"
        together = await commit_together(store, *[counted] * 3)
        assert [type(one) for one in together] == [StorageUnavailable] * 3
        assert times == 3
        assert await store.read(count) == 3  # as it happens they were kept; nobody could know


async def test_one_that_takes_too_long_takes_nobody_along_until_the_patience_is_over(
    postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    def hangs(tx: Connection) -> None:
        nonlocal tries
        tries += 1
        tx.exec_driver_sql("SET LOCAL statement_timeout = 50")
        tx.exec_driver_sql("SELECT pg_sleep(60)")

    async with PostgresStore(postgres()) as store:

        async def crowd() -> list[type]:
            works: list[Callable[[Connection], None]] = [
                partial(put, user=f"a{tries}"), hangs, partial(put, user=f"b{tries}"),
            ]  # fmt: skip
            return [type(one) for one in await commit_together(store, *works)]

        assert await crowd() == [type(None), StorageUnavailable, type(None)]
        assert (tries, await store.read(count)) == (3, 2)
        monkeypatch.setattr(under_test, "_PATIENCE", 0)
        assert await crowd() == [StorageUnavailable] * 3
        assert (tries, await store.read(count)) == (4, 2)


async def test_a_column_that_another_replica_changes_is_not_noticed(postgres: Callable[[], str]) -> None:
    url, pool = postgres(), select(rotation.c.pool).where(by(rotation, "user"))

    def found(tx: Connection, *, short: bool) -> list[str]:
        rows = fetch(tx, pool, the(user="a")) if short else tx.execute(pool, the(user="a")).all()
        return [row.pool for row in rows]

    def changed(tx: Connection, to: str) -> None:
        tx.exec_driver_sql(f"ALTER TABLE rotation ALTER pool TYPE {to}")

    async with PostgresStore(url) as store, PostgresStore(url, look=True) as other:
        await store.run(partial(put, user="a"))
        for short, to in ((False, "varchar(50)"), (True, "text")):
            assert await store.run(partial(found, short=short)) == ["p"]
            await other.run(partial(changed, to=to))
            assert await store.run(partial(found, short=short)) == ["p"]


async def test_a_column_that_another_replica_changes_is_not_noticed_by_a_batch(postgres: Callable[[], str]) -> None:
    url = postgres()
    async with PostgresStore(url) as store, PostgresStore(url, look=True) as other:
        for taken, to in enumerate(("bigint", "smallint", "integer")):
            assert await commit_together(store, taking("a"), taking("b")) == [2 * taken] * 2
            await other.run(partial(execute, sql=f"ALTER TABLE rotation ALTER taken TYPE {to}"))
            assert await commit_together(store, taking("a"), taking("b")) == [2 * taken + 1] * 2


async def test_while_the_server_is_gone_people_are_told_kindly_and_then_it_goes_on(
    cable: Cable, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot import app

    monkeypatch.setattr(under_test, "_PATIENCE", 0.5)
    async with PostgresStore(cable.url) as store:
        mind = app.dispatcher("ai-engineer", store)
        ask = Request(Person("test", "w", "ada"), Call("tip"), NOW)
        assert (await mind.answer(ask)).again
        cable.cut()
        said = told(await mind.answer(ask))
        assert "I can't save right now; try again in a minute." in said
        assert "$" in told(await mind.answer(Request(Person("test", "w", "ada"), "salary senior", NOW)))
        await cable.plug_in()
        assert (await mind.answer(ask)).again
    assert "The database cannot be used: ConnectionRefusedError" in caplog.text
    assert "sesame" not in caplog.text + said


async def test_a_server_that_cannot_be_used_is_said_without_the_password(
    cable: Cable, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    good = urlsplit(cable.url)
    wrong = {
        "postgresql://postgres:sesame@127.0.0.1:1/x": "cannot be reached",
        good._replace(path="/none").geturl(): "no database of the name",
        "postgresql://postgres:ses/ame@host/x": "is no PostgreSQL address",
        "postgresql://postgres:sesame@host:many/x": "is no PostgreSQL address",
        f"{cable.url}?sslmode=require": "cannot be",
        f"{cable.url}?sslmode=sesame": "is no PostgreSQL address",
    }
    for url, why in wrong.items():
        with pytest.raises(StoreError) as caught:
            await open_store(url).__aenter__()
        assert why in str(caught.value), url
        assert caught.value.__cause__ is None
        assert "ses" not in str(caught.value) + caplog.text + shown(url)


def test_a_url_is_shown_without_what_is_secret() -> None:
    assert shown("postgresql://u:p@db.example.org:5433/bot?sslmode=require") == "PostgreSQL at db.example.org:5433/bot"
    assert shown("postgresql:///bot") == "PostgreSQL at this machine/bot"
    assert shown("sqlite:///bot.sqlite3") == "sqlite:///bot.sqlite3"
    for odd in ("postgresql://u:a@b@h/n", "postgresql://u:a/b@h/n", "postgresql://u:a#b@h/n", "postgresql://u:a?b@h/n"):
        assert shown(odd) == "PostgreSQL"


async def test_work_that_is_cancelled_tells_those_who_wait_and_the_next_are_served(postgres: Callable[[], str]) -> None:
    async with PostgresStore(postgres()) as store:
        waiting = asyncio.create_task(store.run(lambda tx: tx.exec_driver_sql("SELECT pg_sleep(60)").all()))
        next_one = asyncio.create_task(store.run(partial(put, user="a")))
        await asyncio.sleep(0)
        for task in store._under_way:
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(waiting, 30)
        await asyncio.wait_for(next_one, 30)
        assert await store.read(count) == 1


async def test_whatever_one_raises_is_told_to_all_whose_commit_it_was(postgres: Callable[[], str]) -> None:
    class Odd(BaseException):
        pass

    def raises(_tx: Connection) -> None:
        raise Odd

    async with PostgresStore(postgres()) as store:
        done = await commit_together(store, partial(put, user="a"), raises)
        assert [type(one) for one in done] == [Odd, Odd]
        assert await store.read(count) == 0
