"""How a workspace installs the app, has its tokens rotated, and takes the app out again.

Source: docs.slack.dev/authentication/installing-with-oauth, /authentication/using-token-rotation,
/reference/methods/oauth.v2.access (errors), /reference/events/app_uninstalled and /tokens_revoked.
"""

import base64
import binascii
import html
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from aiohttp import web

from bot.demo.slack.core import Ack, Core, Envelope
from bot.demo.slack.interactions import Payloads
from bot.demo.slack.schema import Json
from bot.demo.slack.web_api import Refuse
from bot.demo.slack.workspace import Workspace

#: Where people are asked, below the server's own address.
AUTHORIZE = "/oauth/v2/authorize"
#: Seconds that a code is good for, and a token that expires.
_CODE, _TOKEN = 600, 43_200


@dataclass(slots=True)
class _Code:
    team: str
    user: str
    scopes: str
    redirect_uri: str
    expires: datetime


@dataclass(slots=True)
class _Token:
    """error: what Slack says of it, "" while it is good."""

    team: str
    scopes: str
    expires: datetime | None
    error: str = ""


class OAuth:
    """The app's registration, and what was granted to it.

    redirect_urls: where people may be sent back to. rotates: whether tokens expire, after `token_seconds`.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self.client_id = "1001.2002"
        self.client_secret = secrets.token_hex(16)
        self.redirect_urls: set[str] = set()
        self.rotates = True
        self.token_seconds = _TOKEN
        self._codes: dict[str, _Code] = {}
        self._tokens: dict[str, _Token] = {}
        self._refresh: dict[str, str] = {}

    def routes(self) -> list[web.RouteDef]:
        return [web.get(AUTHORIZE, self._ask), web.post(AUTHORIZE, self._decide)]

    # ── what a token is ───────────────────────────────────────────────────────────────────────────────────────────────
    def workspace_of(self, token: str) -> Workspace | None:
        found = self._tokens.get(token)
        return self._core.workspaces[found.team] if found else None

    def error_of(self, token: str) -> str:
        """What is wrong with a token that was granted; "" if nothing."""
        found = self._tokens.get(token)
        if found is None or found.error:
            return found.error if found else ""
        return "token_expired" if found.expires and found.expires <= self._core.clock() else ""

    def tokens_of(self, workspace: Workspace) -> list[str]:
        """Those that are good now, oldest first."""
        mine = (token for token, found in self._tokens.items() if found.team == workspace.id)
        return [token for token in mine if not self.error_of(token)]

    # ── what people do ────────────────────────────────────────────────────────────────────────────────────────────────
    def uninstall(self, workspace: Workspace) -> list[Json]:
        """Take the app out: its tokens are dead at once. The events that tell of it, for `send`: in any order."""
        self.revoke(workspace, "account_inactive")
        tokens = {"oauth": [], "bot": [workspace.bot.id]}
        events: list[Json] = [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": tokens}]
        payloads = Payloads(self._core, workspace)
        return [payloads.event(event | {"event_ts": workspace.new_ts()}) for event in events]

    def revoke(self, workspace: Workspace, error: str = "token_revoked") -> None:
        """Make every token of the app there dead, and tell nobody."""
        for token in self._tokens.values():
            if token.team == workspace.id:
                token.error = token.error or error
        self._refresh = {refresh: team for refresh, team in self._refresh.items() if team != workspace.id}

    async def send(self, event: Json) -> Ack:
        """Tell the app of an event, as often as one likes; as Slack does later, when its signature is another."""
        later = event | {"event_context": f"4-{secrets.token_hex(8)}"}
        return await self._core.attempt(Envelope(secrets.token_hex(8), "events_api", later, answerable=False))

    # ── the page ──────────────────────────────────────────────────────────────────────────────────────────────────────
    async def _ask(self, request: web.Request) -> web.Response:
        if wrong := self._wrong(request):
            return web.Response(status=400, text=f"Slack could not go on: {wrong}")
        wanted = request.query.get("team", "")
        teams = "".join(
            f"<option value={each.id}{' selected' if each.id == wanted else ''}>{html.escape(each.name)}</option>"
            for each in self._core.workspaces.values()
        )
        scopes = "".join(f"<li>{html.escape(scope)}</li>" for scope in request.query["scope"].split(","))
        page = (
            "<!doctype html><meta charset=utf-8><title>Install · Local Slack</title>"
            "<body style='font:16px/1.5 system-ui;max-width:32rem;margin:10vh auto'>"
            f"<h1>careerbot wants to come into a workspace</h1><ul>{scopes}</ul><form method=post>"
            f"<p><select name=team>{teams}</select></p>"
            "<button name=do value=allow>Allow</button> <button name=do value=cancel>Cancel</button></form>"
        )
        return web.Response(text=page, content_type="text/html")

    async def _decide(self, request: web.Request) -> web.Response:
        said = await request.post()
        workspace = self._core.workspaces.get(str(said.get("team", "")))
        wrong = self._wrong(request) or ("" if workspace else "no such workspace")
        if wrong or workspace is None:
            return web.Response(status=400, text=f"Slack could not go on: {wrong}")
        back = {"state": request.query.get("state", "")}
        uri = request.query["redirect_uri"]
        if said.get("do") == "allow":
            back["code"] = code = secrets.token_hex(16)
            expires = self._core.clock() + timedelta(seconds=_CODE)
            self._codes[code] = _Code(workspace.id, workspace.ada.id, request.query["scope"], uri, expires)
        else:
            back["error"] = "access_denied"
        raise web.HTTPFound(f"{uri}?{urlencode(back)}")

    def _wrong(self, request: web.Request) -> str:
        asked = request.query
        if asked.get("client_id") != self.client_id:
            return "invalid_client_id"
        if asked.get("redirect_uri", "") not in self.redirect_urls:
            return "bad_redirect_uri"
        return "" if asked.get("scope") else "no_scopes"

    # ── oauth.v2.access ───────────────────────────────────────────────────────────────────────────────────────────────
    def access(self, request: web.Request, asked: Json) -> Json:
        """A code, or a refresh token, for tokens. Raises Refuse."""
        client, secret = _client(request, asked)
        if client != self.client_id:
            raise Refuse("invalid_client_id")
        if not secrets.compare_digest(secret, self.client_secret):
            raise Refuse("bad_client_secret")
        match asked.get("grant_type") or "authorization_code":
            case "authorization_code":
                return self._for_code(asked)
            case "refresh_token":
                return self._for_refresh_token(asked)
        raise Refuse("invalid_grant_type")

    def _for_code(self, asked: Json) -> Json:
        code = self._codes.pop(str(asked.get("code", "")), None)
        if code is None or code.expires <= self._core.clock():
            raise Refuse("invalid_code")
        if asked.get("redirect_uri") != code.redirect_uri:
            raise Refuse("bad_redirect_uri")
        workspace = self._core.workspaces[code.team]
        return self._granted(workspace, code.scopes) | {"authed_user": {"id": code.user}}

    def _for_refresh_token(self, asked: Json) -> Json:
        team = self._refresh.pop(str(asked.get("refresh_token", "")), None)
        if team is None:
            raise Refuse("invalid_refresh_token")
        scopes = next(token.scopes for token in reversed(self._tokens.values()) if token.team == team)
        return self._granted(self._core.workspaces[team], scopes)

    def _granted(self, workspace: Workspace, scopes: str) -> Json:
        alive = self.tokens_of(workspace)
        more: Json = {}
        if self.rotates:
            # The token from before goes on until its own end; its refresh token is dead.
            token, refresh = f"xoxe.xoxb-1-{secrets.token_hex(24)}", f"xoxe-1-{secrets.token_hex(24)}"
            self._refresh[refresh] = workspace.id
            expires = self._core.clock() + timedelta(seconds=self.token_seconds)
            self._tokens[token] = _Token(workspace.id, scopes, expires)
            more = {"refresh_token": refresh, "expires_in": self.token_seconds}
        else:
            token = alive[-1] if alive else f"xoxb-{workspace.id}-{secrets.token_hex(12)}"
            self._tokens[token] = _Token(workspace.id, scopes, None)
        return {
            "access_token": token,
            "token_type": "bot",
            "scope": scopes,
            "bot_user_id": workspace.bot.id,
            "app_id": workspace.app_id,
            "team": {"id": workspace.id, "name": workspace.name},
            "enterprise": None,
            "is_enterprise_install": False,
            **more,
        }


def _client(request: web.Request, asked: Json) -> tuple[str, str]:
    """The app's id and secret: in the header, as Slack prefers, or among the arguments."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind != "Basic":
        return str(asked.get("client_id", "")), str(asked.get("client_secret", ""))
    try:
        client, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client, secret
