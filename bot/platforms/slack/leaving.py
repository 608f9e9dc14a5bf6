"""When a workspace takes the bot out: `app_uninstalled` and `tokens_revoked`, in either order, repeated, or late.

Slack promises no order, and may tell us hours later, when the bot is installed again. So what is told is believed only
if it is younger than the installation, and Slack does not take the installation's token any more.
"""

from collections.abc import Awaitable, Callable

from bot.platforms.slack import said
from bot.platforms.slack.installations import Installations
from bot.platforms.slack.rich import Json

UNINSTALLED, REVOKED = "app_uninstalled", "tokens_revoked"


class Leaving:
    """Both raise CareerbotError where it cannot be noted now: then Slack is to tell it again.

    takes: whether Slack takes a token; None where it cannot be asked.
    """

    def __init__(self, installations: Installations, takes: Callable[[str], Awaitable[bool | None]]) -> None:
        self._installations = installations
        self._takes = takes

    async def uninstalled(self, body: Json) -> None:
        await self._installations.told_gone(said.team_of(body), _when(body), UNINSTALLED, self._takes)

    async def revoked(self, body: Json) -> None:
        """Of people's own tokens we have none; the bot's user id among the others is what matters."""
        event = body.get("event")
        tokens = event.get("tokens") if isinstance(event, dict) else None
        bots = tokens.get("bot") if isinstance(tokens, dict) else None
        if isinstance(bots, list) and bots:
            await self._installations.told_gone(said.team_of(body), _when(body), REVOKED, self._takes, bots)


def _when(body: Json) -> float:
    """When it happened, in seconds since 1970; now and ever, where Slack does not say."""
    when = body.get("event_time")
    return float(when) if isinstance(when, int | float) else float("inf")
