"""The floor under an answer: four statements on our own tables, by the driver alone, each time in its own commit."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

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


@asynccontextmanager
async def bare_sqlite(url: str, learners: list[str], sync: Literal["FULL", "NORMAL"]) -> AsyncIterator[Deed]:
    """sqlite3 in one thread, with the settings of our store."""
    async with open_store(url):
        pass  # makes the tables
    file = sqlite_file(url)
    assert file
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", f"synchronous={sync}"):
            raw.execute(f"PRAGMA {pragma}")
        raw.executemany(_LEARNER.replace("$", "?"), [(who, _AT.isoformat()) for who in learners])
        raw.executemany(_IDENTITY.replace("$", "?"), [(who,) for who in learners])
        four = [statement.replace("$", "?") for statement in _FOUR]

        async def do(who: str, number: int) -> bool:
            raw.execute("BEGIN IMMEDIATE")
            for statement, values in zip(four, _values(who, number), strict=True):
                raw.execute(statement, [v if isinstance(v, str) else v.isoformat() for v in values]).fetchall()
            raw.execute("COMMIT")
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
