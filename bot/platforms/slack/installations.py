"""Where the bot is installed, and with which token it speaks there."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Coroutine
from dataclasses import dataclass, field
from typing import Final, Protocol

from slack_sdk.oauth.installation_store import Bot

from bot.core.errors import StorageUnavailable
from bot.core.ports import Workspaces
from bot.platforms.slack.once import Busy, Once
from bot.platforms.slack.rotation import TURN, Keeper, Rotation
from bot.platforms.slack.said import PLATFORM, Clock

#: Workspaces remembered by one process, and the seconds for which what is remembered is not looked up again. That is
#: only to spare the database: a token that another replica rotated goes on for hours, and one that is dead is noticed.
_MOST, _HOLDS = 10_000, 300.0
#: Seconds for which the database is spared where it is away, and we knew something.
_SPARED = 10.0
#: Seconds that a look may take, and that one waits for a rotation: somebody waits for the answer behind it.
_LOOK, _ROTATED = 1.0, 5.0

#: Slack's words for a token of a workspace that took the bot out (docs.slack.dev/reference/methods/auth.test,
#: "Errors"). Not `invalid_auth`: that is also said to who calls from an address that the workspace does not allow.
TAKEN_OUT: Final = frozenset({"account_inactive", "token_revoked"})

_log = logging.getLogger(__name__)

#: Whether Slack takes a token; None where it cannot be asked now.
Takes = Callable[[str], Awaitable[bool | None]]


@dataclass(frozen=True, slots=True)
class Installed:
    """The bot in one workspace. me: its user id there, "" while it is not known."""

    token: str = field(repr=False)
    me: str = ""


class Installations(Protocol):
    """All raise StorageUnavailable; and CareerbotError where a token cannot be read."""

    async def of(self, team: str) -> Installed | None:
        """None where the bot is not installed."""

    async def noted(self, team: str) -> Installed | None:
        """The same, for who needs no token: it may have ended, and nobody waits for another."""

    async def after(self, team: str, token: str, error: str) -> Installed | None:
        """Slack does not take this token any more, and says why: what there is in its place; None for nothing."""

    async def told_gone(self, team: str, at: float, why: str, takes: Takes, bots: Collection[object] = ()) -> None:
        """Slack says that the bot was taken out then, in seconds since 1970. `bots`: if any, only if it is of these.

        Raises Busy where Slack cannot be asked whether that is so still.
        """


class OneInstallation:
    """A token from the settings, for one workspace: whatever Slack tells us comes from there.

    workspaces: is told when that workspace takes the bot out.
    """

    def __init__(self, token: str, clock: Clock | None = None, workspaces: Workspaces | None = None) -> None:
        self.installed = Installed(token)
        self._clock = clock
        self._workspaces = workspaces

    async def of(self, team: str) -> Installed | None:
        del team
        return self.installed

    async def noted(self, team: str) -> Installed | None:
        return await self.of(team)

    async def after(self, team: str, token: str, error: str) -> Installed | None:
        del team, token, error
        return None

    async def told_gone(self, team: str, at: float, why: str, takes: Takes, bots: Collection[object] = ()) -> None:
        del at, bots
        if self._workspaces and self._clock and not await _taken(takes, self.installed.token):
            _log.warning("Slack workspace %s has taken me out (%s)", team, why)
            await self._workspaces.left(PLATFORM, team, self._clock())


class ManyInstallations:
    """Each workspace's own, from the database; rotated when their time comes.

    in_background: runs what nobody waits for. now: seconds on a clock that never goes back.
    """

    def __init__(
        self,
        keeper: Keeper,
        rotation: Rotation,
        clock: Clock,
        in_background: Callable[[Coroutine[object, object, None], str], asyncio.Task[None]],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keeper = keeper
        self._rotation = rotation
        self._clock = clock
        self._in_background = in_background
        self._now = now
        self._known: OrderedDict[str, tuple[Bot, float]] = OrderedDict()
        self._rotating: dict[str, asyncio.Task[None]] = {}
        self._closing = False
        self._tried = Once(TURN.total_seconds(), now=now)

    async def of(self, team: str) -> Installed | None:
        bot = await self._begun(team)
        if bot is not None and self._rotation.expired(bot):
            await self._rotated(team)
            bot = await self._bot(team)
        return _installed(bot)

    async def noted(self, team: str) -> Installed | None:
        return _installed(await self._begun(team))

    async def after(self, team: str, token: str, error: str) -> Installed | None:
        bot = await self._look(team)
        self._remember(team, bot)
        if bot is not None and bot.bot_token == token:
            if error == "token_expired" and bot.bot_refresh_token:
                self._rotate(bot)
                await self._rotated(team)
                bot = await self._bot(team)
            else:
                if error in TAKEN_OUT:
                    await self.gone(bot, error)
                bot = None
        return _installed(bot)

    async def told_gone(self, team: str, at: float, why: str, takes: Takes, bots: Collection[object] = ()) -> None:
        bot = await self._look(team)
        if bot is None:
            if await self._keeper.remove(team, self._clock(), token=""):  # its token was lost, so it can be left still
                _log.info("Slack workspace %s, whose token was lost, has taken me out (%s)", team, why)
            return
        if at < int(bot.installed_at) or (bots and bot.bot_user_id not in bots):
            return
        if await _taken(takes, bot.bot_token):
            _log.info("Slack says %s of workspace %s, but takes its token: that was before", why, team)
            return
        await self.gone(bot, why)

    async def gone(self, bot: Bot, why: str) -> None:
        """The bot was taken out of there. Raises StorageUnavailable."""
        team = str(bot.team_id)
        if await self._keeper.remove(team, self._clock(), token=bot.bot_token):
            _log.info("Slack workspace %s has taken me out (%s); its data goes in a month", team, why)
        self.forget(team)

    def begin_no_more(self) -> None:
        """We are about to stop: what would be rotated now, another or the next start does."""
        self._closing = True

    def forget(self, team: str) -> None:
        """What is known of this workspace has changed: look again before it is used."""
        self._known.pop(team, None)

    # ── what is known ─────────────────────────────────────────────────────────────────────────────────────────────────
    async def _bot(self, team: str) -> Bot | None:
        bot, until = self._known.get(team, (None, 0.0))
        if bot is not None and self._now() < until:
            return bot
        try:
            found = await self._look(team)
        except StorageUnavailable:
            if bot is None:
                raise
            self._remember(team, bot, _SPARED)  # what we knew is most likely still so
            return bot
        self._remember(team, found)
        return found

    async def _look(self, team: str) -> Bot | None:
        try:
            async with asyncio.timeout(_LOOK):
                return await self._keeper.find(team)
        except TimeoutError:
            raise StorageUnavailable from None

    def _remember(self, team: str, bot: Bot | None, seconds: float = _HOLDS) -> None:
        """None is not remembered: another replica may install at any moment."""
        self._known.pop(team, None)
        if bot is not None:
            self._known[team] = bot, self._now() + seconds
            if len(self._known) > _MOST:
                self._known.popitem(last=False)

    # ── rotation ──────────────────────────────────────────────────────────────────────────────────────────────────────
    async def _begun(self, team: str) -> Bot | None:
        """What is known, its rotation under way where that is due."""
        bot = await self._bot(team)
        if bot is not None and self._rotation.due(bot) and self._tried.first(team):
            self._rotate(bot)
        return bot

    def _rotate(self, bot: Bot) -> None:
        """Begin, unless it is under way. In a task of its own: who waits may leave, and must not tear an exchange."""
        team = str(bot.team_id)
        if team not in self._rotating and not self._closing:
            task = self._in_background(self._renew(bot), "a rotation of tokens")
            self._rotating[team] = task
            task.add_done_callback(lambda _: self._rotating.pop(team))

    async def _rotated(self, team: str) -> None:
        if task := self._rotating.get(team):
            await asyncio.wait({task}, timeout=_ROTATED)

    async def _renew(self, bot: Bot) -> None:
        self._remember(str(bot.team_id), await self._rotation.renewed(bot))


def _installed(bot: Bot | None) -> Installed | None:
    return Installed(bot.bot_token, str(bot.bot_user_id or "")) if bot is not None else None


async def _taken(takes: Takes, token: str) -> bool:
    """Raises Busy where that cannot be found out now."""
    taken = await takes(token)
    if taken is None:
        raise Busy("Slack cannot be asked")
    return taken
