import sqlite3
from pathlib import Path

import pytest

from bot.core.chat import Person
from bot.storage.memory import MemoryRotation
from bot.storage.sqlite import SqliteStore

ADA = Person("test", "w", "ada")


async def test_how_far_a_person_is_outlives_a_restart(tmp_path: Path) -> None:
    file = str(tmp_path / "deep" / "bot.sqlite3")
    async with SqliteStore(file) as store:
        assert [await store.advance(ADA, "tip:") for _ in range(3)] == [0, 1, 2]
        assert await store.advance(ADA, "tip:python") == 0
        assert await store.advance(Person("test", "other", "ada"), "tip:") == 0
    async with SqliteStore(file) as store:
        assert await store.advance(ADA, "tip:") == 3


async def test_a_name_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "bot.sqlite3"
    async with SqliteStore(str(file)) as store:
        await store.advance(Person("test", "w", "u1", name="Ada Lovelace"), "tip:")
    connection = sqlite3.connect(file)
    rows = connection.execute("SELECT * FROM rotation").fetchall()
    connection.close()
    assert rows == [("test", "w", "u1", "tip:", 1)]


async def test_a_store_that_is_not_open_says_so() -> None:
    with pytest.raises(RuntimeError, match="async with"):
        await SqliteStore(":memory:").advance(ADA, "tip:")


async def test_memory_forgets_the_longest_unused_first() -> None:
    rotation = MemoryRotation(most=2)
    for user in ("a", "b", "a", "c"):
        await rotation.advance(Person("test", "w", user), "tip:")
    assert await rotation.advance(Person("test", "w", "a"), "tip:") == 2
    assert await rotation.advance(Person("test", "w", "b"), "tip:") == 0
