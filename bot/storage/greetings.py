"""Who has been told what the bot is. Each function is one whole transaction."""

from datetime import datetime

from sqlalchemy import Connection

from bot.core.chat import Person
from bot.core.days import utc
from bot.storage.once import InsertOnce
from bot.storage.store import Store
from bot.storage.tables import greeted

#: Accounts remembered as greeted, so that they cost no look into the database; beyond that they are forgotten.
_MOST = 20_000
_NEW = InsertOnce(greeted)


def first(tx: Connection, person: Person, at: datetime) -> bool:
    """Whether this person comes for the first time, which is noted."""
    platform, workspace, user = person.account
    return _NEW(tx, {"platform": platform, "workspace": workspace, "user": user, "at": utc(at)})


class StoredGreetings:
    """The port over a store. Of several replicas on one database, one greets."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._met: set[tuple[str, str, str]] = set()

    async def first(self, person: Person, at: datetime) -> bool:
        if person.account in self._met:
            return False
        new = await self._store.run(lambda tx: first(tx, person, at))
        if len(self._met) >= _MOST:
            self._met.clear()
        self._met.add(person.account)
        return new
