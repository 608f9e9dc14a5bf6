"""`Add to Slack`: the two pages by which a workspace installs the bot. The steps between are slack_bolt's own.

What people see is ours, and says what to do next; a refusal never shows, nor logs, a code, a state or a secret.
"""

import html
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol, cast

import aiohttp
from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.core.errors import CareerbotError
from bot.core.rate_limits import Allowance, RateLimit
from bot.platforms.slack import quiet, rotation
from bot.platforms.slack.http import INSTALL, REDIRECT
from bot.platforms.slack.manifest import SCOPES
from bot.platforms.slack.oauth import Flow, Refusal
from bot.platforms.slack.said import Clock
from bot.platforms.slack.wire import Refused

#: Seconds that somebody has to press Allow.
STATE_SECONDS: Final = 600
#: Pages that one address may open. Each costs a row or a look into the database, and nobody need be anybody to ask.
_PACE: Final = Allowance(burst=30, every=timedelta(seconds=2))
#: Characters of an address that we read; Slack's own codes and states are far shorter.
_LONGEST: Final = 4_000

#: How Slack's codes and our states look. slack_bolt writes a code that Slack does not take into its log.
_SHAPE: Final = re.compile(r"[\w.-]{1,256}", re.ASCII)

_AGAIN = f'<a href="{INSTALL}">Start once more</a>'
#: What went wrong, by slack_bolt's or Slack's own word: the page's status, heading and sentence.
_TROUBLES: Final = {
    "access_denied": (403, "Nothing was installed", f"You pressed Cancel, which is fine. {_AGAIN} whenever you like."),
    "invalid_browser": (
        400,
        "That was another browser",
        f"Installing has to begin and end in one browser, with cookies allowed. {_AGAIN} in this one.",
    ),
    "invalid_state": (
        400,
        "That page was too old",
        f"It is good for ten minutes, and once. {_AGAIN}; nothing was changed.",
    ),
    "missing_code": (400, "Something was missing", f"Slack sent you here without its code. {_AGAIN}."),
    "invalid_code": (400, "Slack did not agree", f"It did not take its own code: it may have been used. {_AGAIN}."),
    "whole_organisation": (
        400,
        "One workspace at a time",
        f"I can be installed in a workspace, not in a whole organisation. {_AGAIN}, and choose a workspace.",
    ),
    "too_many": (429, "Not so fast", f"That was a lot at once from where you are. {_AGAIN} in a minute."),
    "storage": (503, "I could not keep that", f"My memory is away just now. {_AGAIN} in a few minutes."),
    "slack_away": (502, "Slack did not answer", f"Nothing was installed. {_AGAIN} in a few minutes."),
}
_OTHERWISE = (400, "That did not work", f"Slack sent you back without installing me. {_AGAIN}.")

_HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · careerbot</title><style>
body {{ font: 17px/1.6 system-ui, sans-serif; color: #1d1c1d; background: #f6f5fb; margin: 0 }}
main {{ max-width: 34rem; margin: 12vh auto; padding: 2rem; background: #fff; border-radius: 14px }}
h1 {{ font-size: 1.5rem; margin: 0 0 .6rem; color: #2c3273 }}
a.button {{ display: inline-block; background: #2c3273; color: #fff; padding: .6rem 1.2rem; border-radius: 8px;
text-decoration: none }} code {{ background: #eeedf6; padding: .1rem .35rem; border-radius: 4px }}
@media (prefers-color-scheme: dark) {{ body {{ color: #e6e6ea; background: #16171d }} main {{ background: #22242e }}
h1 {{ color: #b9bfff }} a {{ color: #b9bfff }} a.button {{ color: #fff; background: #4a53b8 }}
code {{ background: #33364a }} }}
</style></head><body><main><h1>{title}</h1>{body}</main></body></html>
"""
_INSTALLED = """<p>I am in <strong>{team}</strong> now. Three things to try:</p>
<ol><li>Type <code>/career</code> in any channel.</li>
<li>Invite me to a channel: <code>/invite @careerbot</code>, then mention me there.</li>
<li>Have a digest posted each week: <code>/career digest subscribe</code> in that channel.</li></ol>
<p><a class="button" href="{link}">Open Slack</a></p>"""

_log = logging.getLogger(__name__)


class Keeper(rotation.Keeper, Protocol):
    """Keeps installations; each new one in the place of the last."""

    async def async_save(self, installation: Installation) -> None: ...

    async def readable(self) -> None:
        """Raises CareerbotError where what is kept cannot be read."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """What it takes to be installed in many workspaces.

    public_url: our address as browsers see it, such as https://bot.example.org.
    """

    client_id: str
    client_secret: str = field(repr=False)
    public_url: str
    keeper: Keeper
    states: AsyncOAuthStateStore


class Pages:
    """installed: is told of each workspace that has installed us, and by whom (a user id). clock: as the bot's."""

    def __init__(
        self,
        given: Distribution,
        client: AsyncWebClient,
        installed: Callable[[str, str], Awaitable[None]],
        clock: Clock,
    ) -> None:
        self._installed = installed
        self._clock = clock
        self._pace = RateLimit(_PACE)
        logger = quiet.logger("oauth", logging.WARNING)
        settings = AsyncOAuthSettings(
            client_id=given.client_id,
            client_secret=given.client_secret,
            scopes=sorted(SCOPES),
            user_scopes=[],
            redirect_uri=f"{given.public_url.rstrip('/')}{REDIRECT}",
            install_path=INSTALL,
            install_page_rendering_enabled=False,
            redirect_uri_path=REDIRECT,
            callback_options=AsyncCallbackOptions(success=self._welcome, failure=self._failure),
            authorization_url=client.base_url.removesuffix("api/") + "oauth/v2/authorize",
            installation_store=cast("AsyncInstallationStore", given.keeper),  # of its methods one is called
            installation_store_bot_only=True,
            state_store=given.states,
            state_expiration_seconds=STATE_SECONDS,
            logger=logger,
        )
        self._utils = settings.state_utils
        self._flow = Flow(client, settings, logger)

    def routes(self) -> list[Route]:
        return [
            Route(INSTALL, self._begin, methods=["GET"]),
            Route(REDIRECT, self._end, methods=["GET"]),
        ]

    async def _begin(self, request: Request) -> Response:
        # The workspace may be named, so that Slack offers that one first. It goes into an address, so only as an id.
        team = request.query_params.get("team", "")
        query = {"team": team} if re.fullmatch(r"[TE][A-Z0-9]{1,20}", team) else {}
        return await self._guarded(self._flow.handle_installation, request, AsyncBoltRequest(body="", query=query))

    async def _end(self, request: Request) -> Response:
        if len(request.url.query) > _LONGEST:
            return to_starlette_response(_trouble(""))
        query = dict(request.query_params)
        if any(not _SHAPE.fullmatch(query.get(name, "absent")) for name in ("code", "state")):
            return to_starlette_response(_trouble(""))
        given = AsyncBoltRequest(body="", query=query, headers={"cookie": request.headers.get("cookie", "")})
        return await self._guarded(self._flow.handle_callback, request, given)

    async def _guarded(
        self, step: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]], request: Request, given: AsyncBoltRequest
    ) -> Response:
        if self._pace.take(("", "", request.client.host if request.client else ""), self._clock()):
            return to_starlette_response(_trouble("too_many"))
        try:
            return to_starlette_response(await step(given))
        except Refused as error:
            _log.warning("an installation failed: %s", error)
            return to_starlette_response(_trouble("slack_away"))
        except CareerbotError as error:
            _log.warning("an installation was not kept: %s", type(error).__name__)
            return to_starlette_response(_trouble("storage"))
        except (aiohttp.ClientError, OSError) as error:  # OSError: TimeoutError too
            _log.warning("an installation failed, as Slack did not answer (%s)", type(error).__name__)
            return to_starlette_response(_trouble("slack_away"))

    async def _welcome(self, args: AsyncSuccessArgs) -> BoltResponse:
        kept = args.installation
        team, name = str(kept.team_id), str(kept.team_name or "your workspace")
        _log.info("installed in Slack workspace %s", team)
        await self._installed(team, str(kept.user_id or ""))
        link = f"https://slack.com/app_redirect?app={kept.app_id or ''}&team={team}"
        return self._over(_page(200, "Hello!", _INSTALLED.format(team=html.escape(name), link=html.escape(link))))

    async def _failure(self, args: AsyncFailureArgs) -> BoltResponse:
        reason = str(args.error) if isinstance(args.error, Refusal) else args.reason
        # Whoever opens the address chooses this word: only ours are repeated.
        _log.info("an installation was not made: %s", reason if reason in _TROUBLES else "another reason")
        return self._over(_trouble(reason))

    def _over(self, page: BoltResponse) -> BoltResponse:
        """What the browser began is over, so it may forget it. After any other page it may come back and go on."""
        page.headers["set-cookie"] = [self._utils.build_set_cookie_for_deletion()]
        return page


def _trouble(reason: str) -> BoltResponse:
    status, title, says = _TROUBLES.get(reason, _OTHERWISE)
    return _page(status, title, f"<p>{says}</p>")


def _page(status: int, title: str, body: str) -> BoltResponse:
    headers: dict[str, str | Sequence[str]] = {**_HEADERS}
    return BoltResponse(status=status, body=_PAGE.format(title=title, body=body), headers=headers)
