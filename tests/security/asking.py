"""Requests as Slack would make them, and signatures as it would not."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bot.platforms.slack import http
from tests.security.ground import signed

#: Stands in each request, and must stand in no line of the log.
MARK = "s3cr3t-of-this-row"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
EVENTS, COMMANDS, INTERACTIONS = http.PATHS
INSTALL, REDIRECT = http.INSTALL, http.REDIRECT

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """One request.

    sign: makes the headers that bear a signature.
    logged: what the log says of it, if not `refused with STATUS, at PATH`.
    says: what the answer's text holds; None: there is none.
    before: requests that go before it, and whose doing is not its own.
    framing: how long the body says that it is, where that is not so.
    """

    status: int
    path: str = COMMANDS
    body: bytes = b""
    kind: str = FORM
    sign: Callable[[bytes, str], Headers] = signed
    method: str = "POST"
    headers: Headers = field(default_factory=dict)
    logged: str = ""
    says: str | None = ""
    before: tuple["Row", ...] = ()
    framing: str = ""

    @property
    def line(self) -> str:
        refused = f"refused with {self.status}, at {self.path.partition('?')[0]}"
        return self.logged or (refused if 400 <= self.status < 500 else "")


# ── requests, as Slack would make them ────────────────────────────────────────────────────────────────────────────────
# The local Slack's workspaces, of which the third has not installed the bot. Ada is an admin in each.
FIRST, SECOND, STRANGER = "T00000001LO", "T00000002LO", "T00000003LO"
CHANNEL, ELSEWHERE, PRIVATE = "C000001CAR", "C000001GEN", "D000001GRA"
ADA, GRACE, ADMINS = "U000001ADA", "U000001GRA", {FIRST: "U000001ADA", SECOND: "U000002ADA", STRANGER: "U000003ADA"}


def command(text: str = "settings zone Berlin", team: str = FIRST, **more: str) -> bytes:
    """One that would leave a row behind, were it let in."""
    who = {"team_id": team, "channel_id": CHANNEL, "user_id": ADMINS.get(team, ADA)}
    return urlencode({"command": "/career", "text": text, "x": MARK, **who, **more}).encode()


def event(inner: object, **more: Any) -> bytes:
    said = {"type": "event_callback", "team_id": FIRST, "event_id": "Ev1", "event": inner, "token": MARK}
    return json.dumps({**said, **more}).encode()


def dm(text: str = "settings zone Berlin", **more: Any) -> Mapping[str, Any]:
    return {
        "type": "message",
        "channel_type": "im",
        "user": GRACE,
        "channel": PRIVATE,
        "text": text,
        "ts": "1.1",
        **more,
    }


def interaction(kind: str, team: str | None = FIRST, **more: Any) -> bytes:
    who = {"team": team and {"id": team}, "user": {"id": ADMINS.get(team or "", ADA), "name": MARK}}
    said = {"type": kind, "token": MARK, **who, **more}
    return urlencode({"payload": json.dumps(said)}).encode()


def press(token: str, team: str | None = FIRST, channel: str = CHANNEL, **more: Any) -> bytes:
    action = {"type": "button", "action_id": "call:0", "block_id": "b", "value": token}
    return interaction("block_actions", team, actions=[action], channel={"id": channel}, **more)


def form(token: str, typed: str, opened_for: str, team: str = FIRST) -> bytes:
    kept = json.dumps({"call": token, "spot": {"user": opened_for, "channel": CHANNEL}})
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": "form",
        "private_metadata": kept,
        "state": {"values": {"form": {"value": {"value": typed}}}},
    }
    return interaction("view_submission", team, view=view)


# ── signatures, as nobody but a stranger would make them ──────────────────────────────────────────────────────────────
def by(secret: str) -> Callable[[bytes, str], Headers]:
    return lambda body, _: signed(body, secret)


def at(seconds: float) -> Callable[[bytes, str], Headers]:
    """So many seconds from now."""
    return lambda body, secret: signed(body, secret, time.time() + seconds)


def changed(**headers: str) -> Callable[[bytes, str], Headers]:
    """As signed, but with these headers; without those that are empty."""

    def sign(body: bytes, secret: str) -> Headers:
        given = {**signed(body, secret), **{name.replace("_", "-"): value for name, value in headers.items()}}
        return {name: value for name, value in given.items() if value}

    return sign


def later(body: bytes, secret: str) -> Headers:
    """The signature of this body, under another second."""
    return {**signed(body, secret, time.time() - 1), "X-Slack-Request-Timestamp": str(int(time.time()))}


_GIVEN: dict[bytes, Headers] = {}


def then(body: bytes, secret: str) -> Headers:
    """The very signature that this body had before."""
    return _GIVEN.setdefault(body, signed(body, secret))


def unsigned(body: bytes, secret: str) -> Headers:
    del body, secret
    return {}
