"""`careerbot doctor`: what is set up, what is missing, what to do next."""

import asyncio
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import SecretStr
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from bot import content, settings
from bot.core.catalog import Fact, Tip
from bot.core.errors import PackError
from bot.settings import Settings, SettingsError

_MARKS = {"good": "[green]✓[/]", "note": "[yellow]•[/]", "bad": "[red]✗[/]"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `mend` says what to do, where something is to be done."""

    state: Literal["good", "note", "bad"]
    what: str
    says: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    all: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        return not any(finding.state == "bad" for finding in self.all)


def examine() -> Findings:
    """Look at all that can be looked at without Slack and Discord. Never raises for what is merely wrong."""
    try:
        found = settings.load()
    except SettingsError as error:
        return Findings(tuple(Finding("bad", *line.split(": ", 1)) for line in str(error).splitlines()))
    looks = (_python(), _discord(found), _slack(found), _pack(found), _database(found), _next(found))
    return Findings(tuple(finding for look in looks for finding in look))


def render(findings: Findings) -> RenderableType:
    table = Table(box=None, show_header=False, padding=(0, 1))
    for finding in findings.all:
        mend = f"\n[dim]{escape(finding.mend)}[/]" if finding.mend else ""
        table.add_row(_MARKS[finding.state], finding.what, f"{escape(finding.says)}{mend}")
    return Group(table)


def _python() -> Iterator[Finding]:
    yield Finding("good", "Python", sys.version.split()[0])


def _discord(found: Settings) -> Iterator[Finding]:
    if found.discord_token is None:
        yield Finding(
            "note", "DISCORD_TOKEN", "not set: Discord is off", "Set it to serve Discord; see README, “Discord”."
        )
    elif not re.fullmatch(r"[\w-]{20,}\.[\w-]{5,}\.[\w-]{20,}", found.discord_token.get_secret_value()):
        yield Finding(
            "bad", "DISCORD_TOKEN", "does not look like a bot token", "Copy it again: three parts, joined by dots."
        )
    else:
        yield Finding("good", "DISCORD_TOKEN", "set")


def _slack(found: Settings) -> Iterator[Finding]:
    if found.slack_client_id:
        yield _many_workspaces(found)
        return
    if found.slack_bot_token is None:
        yield Finding("note", "SLACK_BOT_TOKEN", "not set: Slack is off", "Set it to serve Slack; see README, “Slack”.")
        return
    yield _prefixed("SLACK_BOT_TOKEN", found.slack_bot_token, "xoxb-")
    if found.slack_by == "socket":
        if found.slack_app_token is None:
            mend = "Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP mode."
            yield Finding("bad", "SLACK_APP_TOKEN", "not set, and Socket Mode needs it", mend)
        else:
            yield _prefixed("SLACK_APP_TOKEN", found.slack_app_token, "xapp-")
    elif found.slack_signing_secret is None:
        yield Finding(
            "bad", "SLACK_SIGNING_SECRET", "not set, and HTTP mode needs it", "Slack shows it under Basic Information."
        )
    else:
        yield Finding("good", "SLACK_SIGNING_SECRET", f"set; HTTP mode on {found.http_host}:{found.http_port}")
    if found.slack_api_url:
        yield Finding("note", "SLACK_API_URL", f"every Slack call goes to {found.slack_api_url}")


def _many_workspaces(found: Settings) -> Finding:
    if found.slack_lacks():
        return Finding("bad", "SLACK_CLIENT_ID", f"{found.slack_lacks()}.", "See README, “Slack, in many workspaces”.")
    where = f"{str(found.public_url).rstrip('/')}/slack/install"
    return Finding("good", "SLACK_CLIENT_ID", f"set; a workspace installs the bot at {where}")


def _prefixed(name: str, secret: SecretStr, prefix: str) -> Finding:
    if secret.get_secret_value().startswith(prefix):
        return Finding("good", name, "set")
    return Finding("bad", name, f"does not begin with {prefix}", "Copy it again; Slack has several sorts of token.")


def _pack(found: Settings) -> Iterator[Finding]:
    try:
        catalog = content.load(content.find(found.pack))
    except PackError as error:
        yield Finding("bad", "Content pack", str(error))
    else:
        facts, tips = len(catalog.all(Fact)), len(catalog.all(Tip))
        yield Finding("good", "Content pack", f"{catalog.pack.id}: {facts} facts, {tips} tips")


def _database(found: Settings) -> Iterator[Finding]:
    from bot.storage import upkeep
    from bot.storage.opening import shown, sqlite_file
    from bot.storage.store import StoreError

    name, file = shown(found.database_url), sqlite_file(found.database_url)
    if found.database_url == "sqlite://":
        yield Finding("note", "DATABASE_URL", "kept for this run only: a restart forgets it")
    elif file and not file.exists() and os.access(_nearest_folder(file), os.W_OK):
        yield Finding("good", "DATABASE_URL", f"{name} (made at the first start)")
    elif file and not (os.access(file, os.R_OK | os.W_OK) and os.access(file.resolve().parent, os.W_OK)):
        yield Finding(
            "bad", "DATABASE_URL", f"I may not write to {file}", "Name a file in a folder that I may write to."
        )
    else:
        try:
            yield Finding("good", "DATABASE_URL", f"{name}: {asyncio.run(upkeep.state(found.database_url))}")
        except StoreError as error:
            yield Finding("bad", "DATABASE_URL", name, str(error))


def _nearest_folder(file: Path) -> Path:
    """The nearest folder that there is already: the ones between are made with the file."""
    return next(folder for folder in file.resolve().parents if folder.exists())


def _next(found: Settings) -> Iterator[Finding]:
    if found.discord_token is None and found.slack_bot_token is None and found.slack_client_id is None:
        yield Finding(
            "note", "Next", "no platform is set up yet", "Try it without an account: make demo (or: careerbot demo)."
        )
    else:
        yield Finding("good", "Next", "careerbot run")
