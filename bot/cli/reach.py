"""`careerbot doctor`, beyond this machine: it asks Slack and Discord, and changes nothing there."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from bot.core.errors import StorageUnavailable
from bot.platforms.checkup import Finding, Spot, patiently
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.storage.store import Store

Look = Callable[[], AsyncIterator[Finding]]
#: Workspaces that installed the bot, of which so many are looked at.
_WORKSPACES = 20


@dataclass(slots=True)
class _Kept:
    """What the database knows. tokens: of workspaces that installed the bot, by their ids."""

    spots: dict[str, list[Spot]] = field(default_factory=lambda: {"discord": [], "slack": []})
    tokens: dict[str, str] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)


async def reach(settings: Settings, broken: Collection[str]) -> list[Finding]:
    """Ask the platforms, with the tokens that look like some. broken: what is wrong already, and is not asked about."""
    kept = await _kept(settings)
    looks = _looks(settings, kept, set(broken))
    found = await asyncio.gather(*(patiently(name, look) for name, look in looks))
    return [*kept.found, *(finding for findings in found for finding in findings)]


def _looks(settings: Settings, kept: _Kept, broken: set[str]) -> Iterator[tuple[str, Look]]:
    """What is to be looked at, by the name that it has where it cannot be reached."""
    if settings.discord_token and "DISCORD_TOKEN" not in broken:
        from bot.platforms.discord import checkup as discord

        key, api = settings.discord_token.value, settings.discord_api_url
        yield "Discord", partial(discord.look, key, api, kept.spots["discord"], _now)
    from bot.platforms.slack import checkup as slack

    url = settings.slack_api_url
    if settings.slack_bot_token and not {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"} & broken:
        app_token = settings.slack_app_token.value if settings.slack_app_token else ""
        token = settings.slack_bot_token.value
        yield "Slack", partial(slack.look, token, app_token, url, kept.spots["slack"], _now)
    for team, token in kept.tokens.items():
        name = f"Slack workspace {team}"
        yield name, partial(slack.look, token, "", url, kept.spots["slack"], _now, name=name)


async def _kept(settings: Settings) -> _Kept:
    """As far as the database can be read; what is wrong with it is told already."""
    from bot.storage import migrate, overview
    from bot.storage.opening import open_store, sqlite_file
    from bot.storage.store import StoreError

    kept = _Kept()
    file = sqlite_file(settings.database_url)
    if settings.database_url == "sqlite://" or (file and not file.exists()):
        return kept
    with suppress(StoreError, StorageUnavailable):
        async with open_store(settings.database_url, look=True) as store:
            migrate.require(await store.read(migrate.revision))
            for target in await store.read(overview.channels):
                kept.spots[target.platform].append(Spot(target.workspace, target.channel))
            await _tokens(settings, kept, store)
    return kept


async def _tokens(settings: Settings, kept: _Kept, store: "Store") -> None:
    """Of the workspaces that get a digest and installed the bot by OAuth. They are read, and not renewed."""
    if not (settings.slack_client_id and settings.secret_keys):
        return
    from bot.storage.installations import StoredInstallations
    from bot.storage.sealing import Seals
    from bot.storage.store import StoreError

    try:
        keeper = StoredInstallations(store, Seals(settings.secret_keys.value), settings.slack_client_id)
        await keeper.readable()
        for team in sorted({spot.workspace for spot in kept.spots["slack"]})[:_WORKSPACES]:
            if bot := await keeper.find(team):
                kept.tokens[team] = str(bot.bot_token)
            else:
                says = "I am not installed there any more; it still has a digest"
                kept.found.append(Finding("note", f"Slack workspace {team}", says))
    except StoreError as error:
        kept.found.append(Finding("bad", "CAREERBOT_SECRET_KEYS", str(error)))


def _now() -> datetime:
    return datetime.now(UTC)
