"""Slack, looked at from outside: whether it takes the tokens, with which scopes, and lets us post where we must."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.checkup import CHANNELS, PATIENCE, Finding, Spot, clock, within
from bot.platforms.slack.channels import SlackChannels
from bot.platforms.slack.manifest import SCOPES
from bot.platforms.slack.rich import Json
from bot.platforms.slack.said import PLATFORM
from bot.platforms.slack.wire import Wire

_REINSTALL = "Paste the new manifest (careerbot manifest slack) under App Manifest, and install the app again."


async def look(
    bot_token: str, app_token: str, api_url: str | None, spots: Sequence[Spot], now: Callable[[], datetime]
) -> AsyncIterator[Finding]:
    """app_token: "" where there is none. Raises TimeoutError, or what aiohttp does, where Slack cannot be reached."""
    url = api_url or AsyncWebClient.BASE_URL
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as session:

        async def ask(method: str, token: str) -> tuple[Json, dict[str, str]]:
            async with session.post(f"{url}{method}", headers={"Authorization": f"Bearer {token}"}) as answer:
                said = await answer.json(content_type=None)
                return said if isinstance(said, dict) else {}, dict(answer.headers)

        known, headers = await ask("auth.test", bot_token)
        yield clock("Slack's clock", headers, now())
        if not known.get("ok"):
            why = f"Slack refuses it ({known.get('error')})"
            yield Finding(
                "bad", "SLACK_BOT_TOKEN", why, "Copy it again from OAuth & Permissions, or install the app anew."
            )
            return
        yield Finding("good", "Slack", f"I am @{known.get('user')} in {known.get('team')}")
        yield _scopes({name.lower(): value for name, value in headers.items()}.get("x-oauth-scopes"))
        if app_token:
            opened, _ = await ask("apps.connections.open", app_token)
            yield (
                Finding("good", "Socket Mode", "Slack takes the app-level token")
                if opened.get("ok")
                else Finding(
                    "bad",
                    "SLACK_APP_TOKEN",
                    f"Slack refuses it ({opened.get('error')})",
                    "Make one with connections:write under Basic Information, and switch Socket Mode on.",
                )
            )
    async for finding in _channels(bot_token, api_url, str(known.get("team_id", "")), spots):
        yield finding


def _scopes(told: str | None) -> Finding:
    if told is None:
        return Finding("note", "Slack's scopes", "Slack did not tell them")
    lacking = sorted(set(SCOPES) - {scope.strip() for scope in told.split(",")})
    if not lacking:
        return Finding("good", "Slack's scopes", "all that are needed")
    return Finding("bad", "Slack's scopes", f"lacking: {', '.join(lacking)}", _REINSTALL)


async def _channels(token: str, api_url: str | None, team: str, spots: Sequence[Spot]) -> AsyncIterator[Finding]:
    """Those of the workspace whose token we have."""
    mine = [spot for spot in spots if spot.workspace == team]
    wire = Wire(token, api_url)
    await wire.open()
    try:
        channels = SlackChannels(wire)
        for spot in mine[:CHANNELS]:
            async with within():
                problem = await channels.problem(PLATFORM, spot.workspace, spot.channel)
                name = await channels.name(PLATFORM, spot.workspace, spot.channel) or spot.channel
            if problem:
                yield Finding("bad", f"Slack {name}", f"I could not post the digest there. {problem}".replace("**", ""))
    finally:
        await wire.close()
    if mine:
        yield Finding("good", "Slack's digests", f"channels looked at: {len(mine[:CHANNELS])} of {len(mine)}")
