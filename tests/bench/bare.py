"""The floor under an answer: four statements on our own tables, by the driver alone, each time in its own commit."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import aiosqlite
import asyncpg

from bot.storage.opening import open_store, sqlite_file
from tests.bench.load import Deed

#: As many as our store has.
CONNECTIONS = 5
_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_CARD = json.dumps({"card_id": 0, "difficulty": 2.1, "stability": 2.3, "state": 2, "step": None, "due": str(_AT)})
_LEARNER = "INSERT INTO learners VALUES ($1, $2)"
_IDENTITY = "INSERT INTO identities VALUES ('bench', 'w', $1, $1, 'Ada')"
_SELECT = "SELECT learner, name FROM identities WHERE platform = 'bench' AND workspace = 'w' AND \"user\" = $1"
_INSERT = """
INSERT INTO answers (learner, asked, question, choice, "right", at, day, zone, daily, took)
VALUES ($1, $2, $3, 0, true, $4, $5, 'UTC', false, 7)
"""
_CARD_UPSERT = """
INSERT INTO cards (learner, question, card, due, last_day) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (learner, question) DO UPDATE SET card = excluded.card, due = excluded.due, last_day = excluded.last_day
"""
_DAY_UPSERT = """
INSERT INTO ledger (learner, position, day, kind, zone, border, cause, at)
VALUES ($1, 0, $2, 'answered', 'UTC', '00:00:00', 'the daily quiz', $3)
ON CONFLICT (learner, position) DO UPDATE SET at = excluded.at
"""
_FOUR = (_SELECT, _INSERT, _CARD_UPSERT, _DAY_UPSERT)


def _values(who: str, number: int) -> tuple[tuple[Any, ...], ...]:
    at = _AT.replace(tzinfo=None) + timedelta(seconds=number)
    question = f"question-{number % 50}"
    return (
        (who,),
        (who, str(number), question, at, at.date()),
        (who, question, _CARD, at, at.date()),
        (who, at.date(), at),
    )


#: How the settings of our store are made.
_PRAGMAS = ("foreign_keys=ON", "journal_mode=WAL", "synchronous={}")
_FOUR_SQLITE = tuple(statement.replace("$", "?") for statement in _FOUR)


def _written(values: tuple[Any, ...]) -> list[str]:
    return [value if isinstance(value, str) else value.isoformat() for value in values]


async def _prepared(url: str, learners: list[str], sync: str) -> sqlite3.Connection:
    """sqlite3 on our tables, with everybody in them; to be used by one thread at a time."""
    async with open_store(url):
        pass  # makes the tables
    file = sqlite_file(url)
    assert file
    raw = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    for pragma in _PRAGMAS:
        raw.execute(f"PRAGMA {pragma.format(sync)}")
    raw.executemany(_LEARNER.replace("$", "?"), [(who, _AT.isoformat()) for who in learners])
    raw.executemany(_IDENTITY.replace("$", "?"), [(who,) for who in learners])
    return raw


def _answer(raw: sqlite3.Connection, who: str, number: int) -> bool:
    raw.execute("BEGIN IMMEDIATE")
    for statement, values in zip(_FOUR_SQLITE, _values(who, number), strict=True):
        raw.execute(statement, _written(values)).fetchall()
    raw.execute("COMMIT")
    return True


@asynccontextmanager
async def bare_sqlite(url: str, learners: list[str], sync: Literal["FULL", "NORMAL"]) -> AsyncIterator[Deed]:
    """sqlite3 in one thread, with the settings of our store."""
    with closing(await _prepared(url, learners, sync)) as raw:

        async def do(who: str, number: int) -> bool:
            return _answer(raw, who, number)

        yield do


@asynccontextmanager
async def one_hop(url: str, learners: list[str]) -> AsyncIterator[Deed]:
    """sqlite3 in a thread of its own, to which each transaction goes as a whole, as it does in our store."""
    with closing(await _prepared(url, learners, "FULL")) as raw, ThreadPoolExecutor(1) as thread:

        async def do(who: str, number: int) -> bool:
            return await asyncio.get_running_loop().run_in_executor(thread, _answer, raw, who, number)

        yield do


@asynccontextmanager
async def bare_aiosqlite(url: str, learners: list[str]) -> AsyncIterator[Deed]:
    """aiosqlite as its documentation shows it: each statement goes to its thread by itself."""
    (await _prepared(url, learners, "FULL")).close()
    file, one_at_a_time = sqlite_file(url), asyncio.Lock()
    assert file
    async with aiosqlite.connect(file, isolation_level=None) as raw:
        for pragma in _PRAGMAS:
            await raw.execute(f"PRAGMA {pragma.format('FULL')}")

        async def do(who: str, number: int) -> bool:
            async with one_at_a_time:
                await raw.execute("BEGIN IMMEDIATE")
                for statement, values in zip(_FOUR_SQLITE, _values(who, number), strict=True):
                    await raw.execute_fetchall(statement, _written(values))
                await raw.execute("COMMIT")
            return True

        yield do


@asynccontextmanager
async def bare_postgres(url: str, learners: list[str]) -> AsyncIterator[Deed]:
    """asyncpg with as many connections as our store; read committed, which is PostgreSQL's own choice."""
    async with open_store(url):
        pass
    async with asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
        await pool.executemany(_LEARNER, [(who, _AT.replace(tzinfo=None)) for who in learners])
        await pool.executemany(_IDENTITY, [(who,) for who in learners])

        async def do(who: str, number: int) -> bool:
            async with pool.acquire() as connection, connection.transaction():
                for statement, values in zip(_FOUR, _values(who, number), strict=True):
                    await connection.fetch(statement, *values)
            return True

        yield do
