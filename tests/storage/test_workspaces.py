from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bot.storage.store import Store
from bot.storage.tables import workspaces
from bot.storage.workspaces import StoredWorkspaces

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def test_what_is_told_twice_is_new_once(store: Store) -> None:
    kept = StoredWorkspaces(store)
    told = [await kept.joined("slack", "T1", NOW + timedelta(hours=n)) for n in range(2)]
    told += [await kept.left("slack", "T1", NOW + timedelta(days=1, hours=n)) for n in range(2)]
    told += [await kept.joined("slack", "T1", NOW + timedelta(days=2, hours=n)) for n in range(2)]
    assert told == [True, False] * 3
    (row,) = await store.read(lambda tx: tx.execute(select(workspaces)).all())
    assert tuple(row) == ("slack", "T1", NOW + timedelta(days=2), None, None)


async def test_one_that_was_never_noted_can_leave(store: Store) -> None:
    kept = StoredWorkspaces(store)
    assert await kept.left("discord", "7", NOW)
    assert not await kept.left("discord", "7", NOW + timedelta(days=1))
    (row,) = await store.read(lambda tx: tx.execute(select(workspaces)).all())
    assert row.left == NOW
