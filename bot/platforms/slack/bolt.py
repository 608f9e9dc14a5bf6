"""Bolt's app with our listeners, and with its own ways kept in check.

process_before_response=True: Bolt waits for a listener instead of looking every 10 ms whether it has acknowledged.
Every listener of ours returns at once, or for a slash command within `pace.PATIENCE`, so that holds for Socket Mode and
HTTP alike; what takes longer goes on in `background.py`.

Bolt reads SLACK_* from the environment wherever it is not told better. So it gets an `authorize` of ours, an empty
signing secret (http.py checks signatures itself), and a log level at which it does not complain about either.
"""

import logging
import re
from collections.abc import Awaitable, Callable

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import CareerbotError
from bot.platforms.slack import choices, form, quiet, said, shortcuts, views
from bot.platforms.slack.leaving import REVOKED, UNINSTALLED, Leaving
from bot.platforms.slack.listeners import Listeners
from bot.platforms.slack.rich import Json

#: The one slash command; all that the bot can do are words after it.
COMMAND = "/career"
#: The events that we listen to.
MENTION, MESSAGE, VISIT = "app_mention", "message", "app_home_opened"

_log = logging.getLogger(__name__)


def build(
    listeners: Listeners, leaving: Leaving, door: Callable[..., Awaitable[object]], client: AsyncWebClient
) -> AsyncApp:
    """door: a middleware, which hears of everything before our listeners do."""

    async def authorize(team_id: str | None, enterprise_id: str | None) -> AuthorizeResult:
        # No auth.test for each request, and no token: our listeners use the wires, not Bolt's client.
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)

    app = AsyncApp(
        name=f"{quiet.NAME}.app",  # it names loggers, whose level Bolt sets: not one of ours
        client=client,
        authorize=authorize,
        signing_secret="",
        process_before_response=True,
        raise_error_for_unhandled_request=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        logger=quiet.logger("bolt", logging.ERROR),
    )
    app.use(_of_a_workspace)
    app.use(door)
    app.event(UNINSTALLED)(leaving.uninstalled)
    app.event(REVOKED)(leaving.revoked)
    app.command(COMMAND)(listeners.command)
    app.event(MENTION)(listeners.mention)
    app.event(MESSAGE)(listeners.message)
    app.event(VISIT)(listeners.visit)
    app.action(re.compile(f"^{re.escape(choices.ACTION)}"))(listeners.press)
    app.view(form.CALLBACK)(listeners.submit)
    app.view(views.ASK)(listeners.ask)
    app.view_closed(views.OVER_HOME)(listeners.closed)
    app.shortcut(shortcuts.ASK)(listeners.shortcut)
    app.shortcut(shortcuts.ABOUT)(listeners.about_message)
    app.error(_failed)
    return app


async def _of_a_workspace(body: Json, next: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse:  # noqa: A002
    """What belongs to no workspace (Slack sends such from an organisation that installed the app as a whole) is no
    business of ours: all that is kept is kept by workspace, and "" must not become one that organisations share."""
    if said.team_of(body):
        return await next()
    _log.debug("Slack told us something of no workspace")
    return BoltResponse(status=200, body="")


async def _failed(error: Exception) -> BoltResponse:
    """Slack is told that all is well: it would only repeat what we cannot use. Bolt's own handlers log whole bodies.

    What our listeners raise of ours is about a workspace that took us out: that we want to hear again.
    """
    if isinstance(error, CareerbotError):
        _log.warning("Slack is to say it again: %s", type(error).__name__)
        return BoltResponse(status=503, body="")
    if isinstance(error, BoltUnhandledRequestError):
        _log.debug("Slack told us something that we do not listen to")
    else:
        _log.error("a listener failed", exc_info=error)
    return BoltResponse(status=200, body="")
