"""`careerbot doctor`: what is set up, what is missing, what to do next."""

import asyncio
import http.client
import json
import os
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from bot import content, settings
from bot.cli.reach import reach
from bot.core.catalog import Fact, Tip
from bot.core.errors import PackError
from bot.environment import Secret
from bot.operations.health import HEALTH
from bot.platforms.checkup import PATIENCE, Finding
from bot.settings import Settings, SettingsError

#: Bytes on the disk below which it will be full soon.
_LITTLE = 200 * 1024**2
_MARKS = {"good": "[green]✓[/]", "note": "[yellow]•[/]", "bad": "[red]✗[/]"}


@dataclass(frozen=True, slots=True)
class Findings:
    all: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        return not any(finding.state == "bad" for finding in self.all)


def examine(*, offline: bool) -> Findings:
    """Look at all that there is; offline: without asking Slack and Discord. Never raises for what is merely wrong."""
    try:
        found = settings.load()
    except SettingsError as error:
        return Findings(tuple(Finding("bad", *line.split(": ", 1)) for line in str(error).splitlines()))
    near = tuple(
        finding
        for look in (_python(), _discord(found), _slack(found), _pack(found), _database(found), _disk(found))
        for finding in look
    )
    broken = {finding.what for finding in near if finding.state == "bad"}
    far = () if offline else asyncio.run(reach(found, broken))
    seen = (*near, *far, *_port(found))
    return Findings((*seen, _next(found, healthy=Findings(seen).healthy)))


def render(findings: Findings) -> RenderableType:
    table = Table(box=None, show_header=False, padding=(0, 1))
    for finding in findings.all:
        mend = f"\n[dim]{escape(finding.mend)}[/]" if finding.mend else ""
        table.add_row(_MARKS[finding.state], escape(finding.what), f"{escape(finding.says)}{mend}")
    return Group(table)


def _python() -> Iterator[Finding]:
    yield Finding("good", "Python", sys.version.split()[0])


def _discord(found: Settings) -> Iterator[Finding]:
    if found.discord_token is None:
        yield Finding(
            "note",
            "DISCORD_TOKEN",
            "not set: Discord is off",
            "Set it to serve Discord; see README, “Install it on Discord”.",
        )
    elif not re.fullmatch(r"[\w-]{20,}\.[\w-]{5,}\.[\w-]{20,}", found.discord_token.value):
        yield Finding(
            "bad", "DISCORD_TOKEN", "does not look like a bot token", "Copy it again: three parts, joined by dots."
        )
    else:
        yield Finding("good", "DISCORD_TOKEN", "set")
    if found.discord_token and found.discord_api_url:
        yield Finding("note", "DISCORD_API_URL", f"every Discord call goes to {found.discord_api_url}")


def _slack(found: Settings) -> Iterator[Finding]:
    if found.slack_client_id:
        yield _many_workspaces(found)
        return
    if found.slack_bot_token is None:
        mend = "Set it to serve Slack; see README, “Install it on Slack”."
        yield Finding("note", "SLACK_BOT_TOKEN", "not set: Slack is off", mend)
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


def _prefixed(name: str, secret: Secret, prefix: str) -> Finding:
    if secret.value.startswith(prefix):
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


def _disk(found: Settings) -> Iterator[Finding]:
    from bot.storage.opening import sqlite_file

    file = sqlite_file(found.database_url)
    if file is None:
        return
    left = shutil.disk_usage(_nearest_folder(file)).free
    says = f"{left / 1024**3:.1f} GiB left where {file} is"
    if left < _LITTLE:
        yield Finding("bad", "Disk", says, "Make room: when it is full, nothing more is remembered.")
    else:
        yield Finding("good", "Disk", says)


def _port(found: Settings) -> Iterator[Finding]:
    """Whether `careerbot run` could listen; one that does so already is well, too."""
    host, port = found.http_host, found.http_port
    if not port:
        return
    name = "CAREERBOT_HTTP_PORT"
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: else a port rests a minute
        try:
            trial.bind((host, port))
        except OSError as error:
            if _alive(host, port):
                yield Finding("good", name, f"a careerbot listens on {host}:{port} already")
            else:
                mend = "Set another CAREERBOT_HTTP_PORT, or 0 for none; or another CAREERBOT_HTTP_HOST."
                yield Finding("bad", name, f"cannot listen on {host}:{port} ({error.strerror})", mend)
        else:
            yield Finding("good", name, f"{host}:{port} is free")


def _alive(host: str, port: int) -> bool:
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 # what is listened on, read
    asking = http.client.HTTPConnection(address, port, timeout=PATIENCE)
    try:
        asking.request("GET", HEALTH)
        return bool(json.loads(asking.getresponse().read(1000)) == {"status": "ok"})
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        asking.close()


def _next(found: Settings, *, healthy: bool) -> Finding:
    if not healthy:
        return Finding("note", "Next", "mend what is marked ✗, then: careerbot doctor")
    if found.discord_token is None and found.slack_bot_token is None and found.slack_client_id is None:
        demo = "Try it without an account: make demo (or: careerbot demo)."
        return Finding("note", "Next", "no platform is set up yet", demo)
    return Finding("good", "Next", "careerbot run")
