"""Slack's installations and the states of those under way: slack_sdk's own stores, in our transactions.

slack_sdk's stores open an engine. Ours is one writer, and a transaction is a plain function; so they are handed
the transaction that is open already, as if it were an engine, and our tables. What is more here than there: tokens are
sealed before they see them; a workspace has one row, however often it installs or rotates; states that nobody came
back with are deleted.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import cast

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.oauth.state_store.sqlalchemy import SQLAlchemyOAuthStateStore
from sqlalchemy import Connection, Engine, and_, bindparam, delete, select, update
from sqlalchemy.exc import DBAPIError

from bot.core.days import utc
from bot.storage import digests, workspaces
from bot.storage.once import InsertOnce
from bot.storage.opening import open_store
from bot.storage.sealing import Seals
from bot.storage.store import Store
from bot.storage.tables import slack_bots, slack_oauth_states, turns

#: The platform's name in the core.
_SLACK = "slack"
#: Rows that are sealed anew in one transaction, and rows that are tried at a start.
_ARMFUL, _SAMPLE = 200, 50

#: slack_sdk writes states into its log.
_SILENT = logging.getLogger(f"{__name__}.silent")
_SILENT.setLevel(logging.CRITICAL + 1)

_NEW_TURN = InsertOnce(turns)
_NEXT_TURN = update(turns).where(
    and_(turns.c.turn == bindparam("the_turn"), turns.c.next <= bindparam("now"))
).values(next=bindparam("until"))  # fmt: skip


class _Here:
    """What slack_sdk takes for an engine: the transaction that is open already. `failed`: what a statement raised."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx
        self.failed: Exception | None = None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        try:
            yield self._tx
        except Exception as error:
            self.failed = error
            raise

    connect = begin


class StoredInstallations(AsyncInstallationStore):
    """The installations of one app of Slack's, by the workspace's id, which is unique in all of Slack.

    All raise StorageUnavailable; what reads tokens raises StoreError where no key opens them.
    """

    def __init__(self, store: Store, seals: Seals, client_id: str) -> None:
        self._store = store
        self._seals = seals
        self._client_id = client_id

    async def async_save(self, installation: Installation) -> None:
        """A new installation, in the place of an earlier one; from now on the bot is there."""
        bot = self._sealed(installation.to_bot())
        at = datetime.fromtimestamp(bot.installed_at, UTC)

        def save(tx: Connection) -> None:
            sdk, team = self._sdk(tx), str(bot.team_id)
            was_there = self._find(tx, team) is not None
            sdk.delete_bot(enterprise_id=None, team_id=team)
            sdk.save_bot(bot)
            if not workspaces.joined(tx, _SLACK, team, at) and not was_there:
                digests.go_on(tx, _SLACK, team, at)  # its tokens were lost

        await self._store.run(save)

    async def find(self, team: str) -> Bot | None:
        kept = await self._store.read(lambda tx: self._find(tx, team))
        return self._opened(kept) if kept else None

    async def replace(self, before: Bot, after: Bot) -> bool:
        """Put the rotated tokens in the place of those that they came from; whether these were still there."""

        def replace(tx: Connection) -> bool:
            kept = self._find(tx, str(before.team_id))
            if kept is None or self._opened(kept).bot_refresh_token != before.bot_refresh_token:
                return False
            self._sdk(tx).save_bot(self._sealed(after))
            return True

        return await self._store.run(replace)

    async def remove(self, team: str, at: datetime, *, token: str | None = None) -> bool:
        """The bot is there no more: its tokens go at once. Whether it was there. `token`: only if that is its token, or
        where it has none, as it was lost.
        """

        def remove(tx: Connection) -> bool:
            kept = self._find(tx, team)
            return (kept is None or self._gone(tx, team, kept, token)) and workspaces.left(tx, _SLACK, team, at)

        return await self._store.run(remove)

    async def lose(self, team: str, at: datetime, *, token: str) -> bool:
        """Slack takes this token no more, though the bot may be there still: it goes, and nothing is said there until
        the workspace installs the bot once more; what is kept of the workspace stays. Whether that was its token.
        """

        def lose(tx: Connection) -> bool:
            kept = self._find(tx, team)
            lost = kept is not None and self._gone(tx, team, kept, token)
            if lost:
                workspaces.rest(tx, _SLACK, team, at)
            return lost

        return await self._store.run(lose)

    async def turn(self, team: str, now: datetime, until: datetime) -> bool:
        """Whether it is this process's turn to rotate the workspace's tokens; then it is nobody else's until then."""
        name = _turn_of(team)

        def take(tx: Connection) -> bool:
            if _NEW_TURN(tx, {"turn": name, "next": utc(until)}):
                return True
            when = {"the_turn": name, "now": utc(now), "until": utc(until)}
            return tx.execute(_NEXT_TURN, when).rowcount == 1

        return await self._store.run(take)

    async def readable(self) -> None:
        """Raises StoreError where the keys do not open what is kept; looks at the oldest, whose key is oldest too."""
        oldest = select(slack_bots.c.bot_token).order_by(slack_bots.c.installed_at).limit(_SAMPLE)
        for sealed in await self._store.read(lambda tx: list(tx.scalars(oldest))):
            self._seals.open(sealed)

    def _gone(self, tx: Connection, team: str, kept: Bot, token: str | None) -> bool:
        """Delete the tokens, if they are those (None: whichever they are)."""
        if token is not None and self._opened(kept).bot_token != token:
            return False
        self._sdk(tx).delete_bot(enterprise_id=None, team_id=team)
        tx.execute(delete(turns).where(turns.c.turn == _turn_of(team)))
        return True

    def _find(self, tx: Connection, team: str) -> Bot | None:
        return self._sdk(tx).find_bot(enterprise_id=None, team_id=team)

    def _sdk(self, tx: Connection) -> SQLAlchemyInstallationStore:
        sdk = SQLAlchemyInstallationStore(self._client_id, cast("Engine", _Here(tx)))
        sdk.bots = slack_bots
        return sdk

    def _sealed(self, bot: Bot) -> Bot:
        return _changed(bot, self._seals.seal)

    def _opened(self, bot: Bot) -> Bot:
        return _changed(bot, self._seals.open)


def _turn_of(team: str) -> str:
    return f"slack tokens of {team}"


def _changed(bot: Bot, change: Callable[[str], str]) -> Bot:
    """A copy with its tokens changed. Without its enterprise, which a workspace may join later, and then has none."""
    copy = Bot(**bot.to_dict_for_copying())
    copy.bot_token = change(bot.bot_token)
    copy.bot_refresh_token = change(bot.bot_refresh_token) if bot.bot_refresh_token else None
    copy.enterprise_id = None
    return copy


async def rekey(url: str, keys: str) -> int:
    """Seal every workspace's tokens in a database with the newest key; how many workspaces. On PostgreSQL the bot may
    be running; on SQLite stop the bot first.

    Raises StoreError where it runs on SQLite, and where no key opens them; what was sealed anew until then stays so,
    and nothing is lost.
    """
    seals, done, last = Seals(keys), 0, ""
    async with open_store(url) as store:
        while True:
            many, last = await store.run(partial(_rekey, seals=seals, after=last))
            if not many:
                return done
            done += many


def _rekey(tx: Connection, seals: Seals, after: str) -> tuple[int, str]:
    """An armful: how many, and the last of them."""
    c = slack_bots.c
    some = select(c.id, c.bot_token, c.bot_refresh_token).where(c.id > after).order_by(c.id).limit(_ARMFUL)
    rows = tx.execute(some).all()
    for row in rows:
        refresh = seals.anew(row.bot_refresh_token) if row.bot_refresh_token else None
        anew = {"bot_token": seals.anew(row.bot_token), "bot_refresh_token": refresh}
        tx.execute(update(slack_bots).where(c.id == row.id).values(anew))
    return len(rows), rows[-1].id if rows else after


class StoredStates(AsyncOAuthStateStore):
    """States of installations under way: each is good once, for so long, at any replica. Raises StorageUnavailable."""

    def __init__(self, store: Store, good_for: timedelta) -> None:
        self._store = store
        self._seconds = int(good_for.total_seconds())

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        def issue(tx: Connection) -> str:
            tx.execute(delete(slack_oauth_states).where(slack_oauth_states.c.expire_at <= _now()))
            return self._sdk(_Here(tx)).issue()

        return await self._store.run(issue)

    async def async_consume(self, state: str) -> bool:
        def consume(tx: Connection) -> bool:
            here = _Here(tx)
            found = self._sdk(here).consume(state)
            if isinstance(here.failed, DBAPIError):
                raise here.failed  # slack_sdk takes it for "no such state"; it may be a conflict that passes
            return found

        return await self._store.run(consume)

    def _sdk(self, here: _Here) -> SQLAlchemyOAuthStateStore:
        sdk = SQLAlchemyOAuthStateStore(self._seconds, cast("Engine", here), logger=_SILENT)
        sdk.oauth_states = slack_oauth_states
        return sdk


def _now() -> datetime:
    """In UTC, without its zone, as slack_sdk keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)
