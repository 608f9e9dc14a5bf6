"""Slack, looked at from outside: whether it takes the tokens, with which scopes, and lets us post where we must."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.checkup import CHANNELS, PATIENCE, Finding, Spot, clock, within
from bot.platforms.slack.channels import SlackChannels
from bot.platforms.slack.installations import OneInstallation
from bot.platforms.slack.manifest import SCOPES
from bot.platforms.slack.rich import Json
from bot.platforms.slack.said import PLATFORM
from bot.platforms.slack.wires import Wires, web_client

#: What the workspace is called where the settings' token is the only one.
_ONE = "Slack"
_REINSTALL = "Paste the new manifest (careerbot manifest slack) under App Manifest, and install the app again."


async def look(
    bot_token: str,
    app_token: str,
    api_url: str | None,
    spots: Sequence[Spot],
    now: Callable[[], datetime],
    *,
    name: str = _ONE,
) -> AsyncIterator[Finding]:
    """app_token: "" where there is none. name: of the workspace, where there are many.

    Raises TimeoutError, or what aiohttp does, where Slack cannot be reached.
    """
    url = api_url or AsyncWebClient.BASE_URL
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE), trust_env=True) as session:

        async def ask(method: str, token: str) -> tuple[Json, Mapping[str, str]]:
            async with session.post(f"{url}{method}", headers={"Authorization": f"Bearer {token}"}) as answer:
                said = await answer.json(content_type=None)
                return said if isinstance(said, dict) else {}, answer.headers

        known, headers = await ask("auth.test", bot_token)
        yield clock(f"{name}'s clock", headers, now())
        if not known.get("ok"):
            yield _refused(name, str(known.get("error")))
            return
        yield Finding("good", name, f"I am @{known.get('user')} in {known.get('team')}")
        yield _scopes(name, headers.get("X-OAuth-Scopes"))
        if app_token:
            yield _app_token((await ask("apps.connections.open", app_token))[0])
    team = str(known.get("team_id", ""))
    async for finding in _channels(name, bot_token, api_url, [spot for spot in spots if spot.workspace == team]):
        yield finding


def _refused(name: str, error: str) -> Finding:
    if name == _ONE:
        mend = "Copy it again from OAuth & Permissions, or install the app anew."
        return Finding("bad", "SLACK_BOT_TOKEN", f"Slack refuses it ({error})", mend)
    if error == "token_expired":
        return Finding("note", name, "its token has expired; careerbot run renews it when it is needed")
    return Finding("bad", name, f"Slack refuses its token ({error})", "An admin there has to install the app again.")


def _app_token(opened: Json) -> Finding:
    if opened.get("ok"):
        return Finding("good", "Socket Mode", "Slack takes the app-level token")
    mend = "Make one with connections:write under Basic Information, and switch Socket Mode on."
    return Finding("bad", "SLACK_APP_TOKEN", f"Slack refuses it ({opened.get('error')})", mend)


def _scopes(name: str, told: str | None) -> Finding:
    what = f"{name}'s scopes"
    if told is None:
        return Finding("note", what, "Slack did not tell them")
    lacking = sorted(set(SCOPES) - {scope.strip() for scope in told.split(",")})
    if not lacking:
        return Finding("good", what, "all that are needed")
    return Finding("bad", what, f"lacking: {', '.join(lacking)}", _REINSTALL)


async def _channels(name: str, token: str, api_url: str | None, spots: Sequence[Spot]) -> AsyncIterator[Finding]:
    if not spots:
        return
    wires = Wires(OneInstallation(token), web_client(api_url))
    await wires.open()
    try:
        channels = SlackChannels(wires)
        for spot in spots[:CHANNELS]:
            async with within():
                problem = await channels.problem(PLATFORM, spot.workspace, spot.channel)
                shown = await channels.name(PLATFORM, spot.workspace, spot.channel) or spot.channel
            if problem:
                says = f"I could not post the digest there. {problem}".replace("**", "")
                yield Finding("bad", f"{name}, {shown}", says)
    finally:
        await wires.close()
    yield Finding("good", f"{name}'s digests", f"channels looked at: {len(spots[:CHANNELS])} of {len(spots)}")
