"""Tokens that expire after twelve hours, and how they are renewed in time: by one replica, while the others go on.

Source: docs.slack.dev/authentication/using-token-rotation. A refresh token is good for one exchange. The access token
from before goes on until its own end, so an exchange begins early, and nobody has to wait for it.

If the connection breaks during an exchange, Slack may have made it, and then we have lost the new tokens. We keep the
old ones, which is right if it has not, and go on until their end. Once Slack then says that the refresh token is none,
and the access token has ended too, there is no way back but that the workspace installs the bot once more.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final, Protocol

import aiohttp
from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from bot.core.errors import StorageUnavailable
from bot.platforms.slack.said import Clock
from bot.platforms.slack.wire import error_of

#: How long before its end a token is renewed, and how near its end we do not trust it any more.
EARLY, NEAR = timedelta(minutes=120), timedelta(seconds=30)
#: For how long nobody else tries, from when one has begun.
TURN = timedelta(seconds=60)
#: Minutes: we decide when it is due; slack_sdk is told that it is, whatever its own clock says.
_ALWAYS: Final = 60 * 24 * 366
#: Seconds between two looks whether another replica is done, and how many looks; between tries to keep new tokens.
_LOOK_AGAIN, _LOOKS, _LONGEST = 0.3, 12, 30.0
#: Slack's words for a refresh token that will never be good again (docs.slack.dev/reference/methods/oauth.v2.access).
_HOPELESS = frozenset({"account_inactive", "invalid_refresh_token", "token_revoked"})

_log = logging.getLogger(__name__)


class Keeper(Protocol):
    """Keeps installations for all replicas (storage/installations.py). All raise StorageUnavailable."""

    async def find(self, team: str) -> Bot | None: ...

    async def replace(self, before: Bot, after: Bot) -> bool:
        """Rotated tokens for those that they came from; whether these were still there."""

    async def remove(self, team: str, at: datetime, *, token: str | None = None) -> bool:
        """The bot is there no more; whether it was. `token`: only if that is its token, or its token was lost."""

    async def lose(self, team: str, at: datetime, *, token: str) -> bool:
        """This token is good for nothing any more, but the bot may be there still; whether it was its token."""

    async def turn(self, team: str, now: datetime, until: datetime) -> bool:
        """Whether it is this process's turn to rotate; then it is nobody else's until then."""


class Rotation:
    def __init__(self, keeper: Keeper, rotator: AsyncTokenRotator, clock: Clock) -> None:
        self._keeper = keeper
        self._rotator = rotator
        self._clock = clock

    def due(self, bot: Bot) -> bool:
        return self._ends_within(bot, EARLY)

    def expired(self, bot: Bot) -> bool:
        return self._ends_within(bot, NEAR)

    def _ends_within(self, bot: Bot, time: timedelta) -> bool:
        end = bot.bot_token_expires_at
        return end is not None and end <= (self._clock() + time).timestamp()

    async def renewed(self, bot: Bot) -> Bot | None:
        """The installation as it is afterwards: renewed by us or another, or as before where that could not be done.

        None where it is no more. Raises StorageUnavailable.
        """
        team, now = str(bot.team_id), self._clock()
        if not await self._keeper.turn(team, now, now + TURN):
            return await self._by_another(bot)
        kept = await self._keeper.find(team)
        if kept is None or kept.bot_token != bot.bot_token:
            return kept  # another has done it in its turn, before ours
        try:
            return await self._exchanged(kept)
        except asyncio.CancelledError:
            _log.error(
                "stopped amid a rotation: workspace %s may have to install me again, its new tokens are lost", team
            )
            raise

    async def _exchanged(self, kept: Bot) -> Bot | None:
        team = str(kept.team_id)
        try:
            rotated = await self._rotator.perform_bot_token_rotation(bot=kept, minutes_before_expiration=_ALWAYS)
        except SlackTokenRotationError as error:
            return await self._refused(kept, error_of(error.api_error.response))
        except (aiohttp.ClientError, OSError) as error:  # OSError: TimeoutError too
            _log.warning(
                "the rotation of workspace %s's tokens was cut off (%s); I try again", team, type(error).__name__
            )
            return kept
        if rotated is None:
            return kept
        return rotated if await self._replace(kept, rotated) else await self._keeper.find(team)

    async def _by_another(self, bot: Bot) -> Bot | None:
        """Where the old token is still good, go on with it; else see what the other one brings."""
        found: Bot | None = bot
        for _ in range(_LOOKS if self.expired(bot) else 0):
            found = await self._keeper.find(str(bot.team_id))
            if found is None or found.bot_token != bot.bot_token:
                break
            await asyncio.sleep(_LOOK_AGAIN)
        return found

    async def _refused(self, kept: Bot, error: str) -> Bot | None:
        team = str(kept.team_id)
        now = await self._keeper.find(team)
        if now is None or now.bot_token != kept.bot_token:
            return now
        if error in _HOPELESS and self.expired(kept):
            # Of one that was used already, as in a backup, nobody knows whether the bot was taken out meanwhile.
            drop = self._keeper.lose if error == "invalid_refresh_token" else self._keeper.remove
            if await drop(team, self._clock(), token=kept.bot_token):
                _log.error(
                    "Slack takes no token of workspace %s any more (%s); it has to install me again", team, error
                )
            return None
        _log.error("Slack did not renew the tokens of workspace %s: %s", team, error)
        return kept

    async def _replace(self, before: Bot, after: Bot) -> bool:
        """Keep the new tokens, however long the database is away: those from before are good for nothing now."""
        pause = _LOOK_AGAIN
        while True:
            try:
                return await self._keeper.replace(before, after)
            except StorageUnavailable:
                _log.warning("new tokens of workspace %s cannot be kept yet", before.team_id)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST)
