"""The local Slack's OAuth is as strict as Slack's own: its words for what is wrong, and tokens that end."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import LocalSlack

BACK = "https://app.example.org/back"


class App:
    """Somebody else's app, which installs itself by slack_sdk."""

    def __init__(self, slack: LocalSlack, web: aiohttp.ClientSession, moment: list[datetime]) -> None:
        self.slack = slack
        self.web = web
        self.moment = moment
        self.client = AsyncWebClient(base_url=slack.api_url, retry_handlers=[])

    def page(self, **changed: str) -> str:
        query = {"client_id": self.slack.oauth.client_id, "scope": "chat:write", "redirect_uri": BACK, "state": "s"}
        return f"{self.slack.api_url.removesuffix('api/')}oauth/v2/authorize?{urlencode(query | changed)}"

    async def press(self, do: str = "allow") -> dict[str, str]:
        """What Slack sends back."""
        form = {"team": self.slack.workspace.id, "do": do}
        async with self.web.post(self.page(), data=form, allow_redirects=False) as pressed:
            to = urlsplit(pressed.headers["Location"])
        assert f"{to.scheme}://{to.netloc}{to.path}" == BACK
        return {name: values[0] for name, values in parse_qs(to.query).items()}

    async def access(self, **changed: Any) -> dict[str, Any]:
        oauth = self.slack.oauth
        given = {"client_id": oauth.client_id, "client_secret": oauth.client_secret} | changed
        said = await self.client.oauth_v2_access(**given)
        assert isinstance(said.data, dict)
        return said.data

    async def refused(self, **changed: Any) -> str:
        with pytest.raises(SlackApiError) as told:
            await self.access(**changed)
        return str(told.value.response["error"])

    async def installed(self) -> dict[str, Any]:
        return await self.access(code=(await self.press())["code"], redirect_uri=BACK)

    async def error(self, token: str) -> str:
        """What auth.test says of a token; "" if all is well."""
        try:
            await self.client.auth_test(token=token)
        except SlackApiError as error:
            return str(error.response["error"])
        return ""


@pytest.fixture
async def app() -> AsyncIterator[App]:
    moment = [datetime(2026, 11, 23, 9, 0, tzinfo=UTC)]
    async with LocalSlack(clock=lambda: moment[0]) as slack, aiohttp.ClientSession() as web:
        slack.oauth.redirect_urls = {BACK}
        yield App(slack, web, moment)


async def test_a_code_becomes_a_token_once(app: App) -> None:
    back = await app.press()
    assert back["state"] == "s"
    said = await app.access(code=back["code"], redirect_uri=BACK)
    assert (said["token_type"], said["scope"], said["expires_in"]) == ("bot", "chat:write", 43_200)
    assert said["team"] == {"id": app.slack.workspace.id, "name": "Makers Guild"}
    assert (said["bot_user_id"], said["authed_user"]) == (app.slack.bot_user_id, {"id": app.slack.ada})
    assert await app.error(said["access_token"]) == ""
    assert await app.refused(code=back["code"], redirect_uri=BACK) == "invalid_code"


async def test_who_cancels_grants_nothing(app: App) -> None:
    assert await app.press("cancel") == {"error": "access_denied", "state": "s"}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_id": "9.9"}, "invalid_client_id"),
        ({"redirect_uri": "https://evil.example.org"}, "bad_redirect_uri"),
        ({"scope": ""}, "no_scopes"),
    ],
)
async def test_a_page_that_asks_for_the_wrong_thing_is_refused(app: App, changed: dict[str, str], error: str) -> None:
    for send in (app.web.get, app.web.post):
        async with send(app.page(**changed)) as shown:
            assert (shown.status, error in await shown.text()) == (400, True)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_id": "9.9"}, "invalid_client_id"),
        ({"client_secret": "wrong"}, "bad_client_secret"),
        ({"redirect_uri": "https://evil.example.org"}, "bad_redirect_uri"),
        ({"code": "made-up"}, "invalid_code"),
        ({"grant_type": "password"}, "invalid_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "made-up"}, "invalid_refresh_token"),
    ],
)
async def test_an_exchange_with_anything_wrong_is_refused_in_slacks_words(
    app: App, changed: dict[str, Any], error: str
) -> None:
    code = (await app.press())["code"]
    assert await app.refused(**({"code": code, "redirect_uri": BACK} | changed)) == error


async def test_a_code_is_good_for_ten_minutes(app: App) -> None:
    code = (await app.press())["code"]
    app.moment[0] += timedelta(minutes=10)
    assert await app.refused(code=code, redirect_uri=BACK) == "invalid_code"


async def test_a_refresh_token_is_good_once_and_the_old_access_token_until_its_end(app: App) -> None:
    first = await app.installed()
    app.moment[0] += timedelta(hours=11)
    second = await app.access(grant_type="refresh_token", refresh_token=first["refresh_token"])
    again = await app.refused(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert again == "invalid_refresh_token"
    assert [await app.error(said["access_token"]) for said in (first, second)] == ["", ""]
    app.moment[0] += timedelta(hours=1)
    assert [await app.error(said["access_token"]) for said in (first, second)] == ["token_expired", ""]


async def test_without_rotation_a_workspace_keeps_its_one_token(app: App) -> None:
    app.slack.oauth.rotates = False
    first, second = await app.installed(), await app.installed()
    assert first["access_token"] == second["access_token"]
    assert "refresh_token" not in first
    app.moment[0] += timedelta(days=400)
    assert await app.error(first["access_token"]) == ""


async def test_an_uninstalled_app_has_no_token_and_a_new_installation_a_new_one(app: App) -> None:
    first = await app.installed()
    uninstalled, revoked = app.slack.oauth.uninstall(app.slack.workspace)
    assert uninstalled["event"]["type"] == "app_uninstalled"
    assert revoked["event"]["tokens"] == {"oauth": [], "bot": [app.slack.bot_user_id]}
    assert await app.error(first["access_token"]) == "account_inactive"
    refreshing = await app.refused(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert refreshing == "invalid_refresh_token"
    assert await app.error((await app.installed())["access_token"]) == ""
    assert await app.error(first["access_token"]) == "account_inactive"
