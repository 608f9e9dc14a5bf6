"""What every part of the local Slack shares: its workspaces, what it was asked, what it refused, who is waiting."""

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple, Protocol

from bot.demo.slack import limits
from bot.demo.slack.faults import Fault, Faults
from bot.demo.slack.pace import Pace
from bot.demo.slack.records import Refusal
from bot.demo.slack.schema import Json
from bot.demo.slack.workspace import Clock, Workspace

EnvelopeKind = Literal["slash_commands", "interactive", "events_api"]


def system_clock() -> datetime:
    return datetime.now(UTC)


class Call(NamedTuple):
    """One request to the Web API, a response_url ("response_url") or an upload ("upload")."""

    method: str
    arguments: Json


@dataclass(frozen=True, slots=True)
class Envelope:
    """One thing that Slack tells the app. `attempt` counts an event's retries from 1; `reason` says why."""

    id: str
    kind: EnvelopeKind
    payload: Json
    answerable: bool
    attempt: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ack:
    """The app's acknowledgement. `error` is what the person reads in its place; `reason` what a retry says of it."""

    body: Any = None
    error: str = ""
    reason: str = ""
    retry: bool = True


class Transport(Protocol):
    """The way to the app: Socket Mode, or HTTP to a request URL."""

    async def deliver(self, envelope: Envelope, deadline: float) -> Ack: ...


class Activity:
    """Lets actions and the page wait for something to happen."""

    def __init__(self) -> None:
        self.busy = 0
        self._last = time.monotonic()
        self._happened = asyncio.Event()

    def tick(self) -> None:
        self._last = time.monotonic()
        self._happened.set()
        self._happened = asyncio.Event()

    async def until(self, condition: Callable[[], bool], within: float) -> bool:
        """Wait until the condition holds, looked at after each change; False if it does not in that many seconds."""
        deadline = time.monotonic() + within
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0 or not await self.next(left):
                return condition()
        return True

    async def quiet(self, seconds: float, within: float) -> None:
        """Wait until nothing has happened for `seconds`, and no request is being served; at most `within` seconds."""
        deadline = time.monotonic() + within
        while (now := time.monotonic()) < deadline:
            wait = seconds - (now - self._last)
            if wait <= 0 and not self.busy:
                return
            await self.next(min(max(wait, 0.005), deadline - now))

    async def next(self, within: float) -> bool:
        """Wait for the next change; False if none comes in that many seconds."""
        try:
            await asyncio.wait_for(self._happened.wait(), within)
        except TimeoutError:
            return False
        return True


@dataclass(slots=True)
class Core:
    """The shared state of one local Slack. `keep` bounds `calls` and `refusals`, oldest first; None keeps all.

    pace: how often the app may call, None for as often as it likes.
    """

    clock: Clock
    transport: Transport | None = None
    acknowledge_seconds: float = limits.ACKNOWLEDGE_SECONDS
    event_retry_seconds: tuple[float, ...] = limits.EVENT_RETRY_SECONDS
    keep: int | None = None
    pace: Pace | None = None
    base_url: str = ""
    app_token: str = field(default_factory=lambda: f"xapp-1-{secrets.token_hex(12)}")
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    verification_token: str = field(default_factory=lambda: secrets.token_hex(12))
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    faults: Faults[Fault] = field(default_factory=Faults)
    refusals: list[Refusal] = field(default_factory=list)
    refused: int = 0
    calls: list[Call] = field(default_factory=list)
    activity: Activity = field(default_factory=Activity)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    drop_sockets: Callable[[], None] = lambda: None
    #: Of tokens that were granted by OAuth: whose they are, and what is wrong with them ("" for nothing).
    granted_to: Callable[[str], Workspace | None] = lambda token: None
    token_error: Callable[[str], str] = lambda token: ""

    def add_workspace(self, name: str, bot_name: str) -> Workspace:
        workspace = Workspace(self.clock, number=len(self.workspaces) + 1, name=name, bot_name=bot_name)
        workspace.on_change = self.activity.tick
        self.workspaces[workspace.id] = workspace
        return workspace

    def by_token(self, token: str) -> Workspace | None:
        found = next((each for each in self.workspaces.values() if each.bot_token == token), None)
        return found or self.granted_to(token)

    def by_user(self, user: str) -> Workspace:
        """The workspace of a user id. Raises KeyError if there is none."""
        found = next((each for each in self.workspaces.values() if user in each.users), None)
        if found is None:
            raise KeyError(f"no workspace has a user {user!r}")
        return found

    def refuse(self, team: str, where: str, error: str, reasons: list[str] | None = None, channel: str = "") -> None:
        """Record what Slack would refuse, so that a test or a person sees it. Without a team it is the first one's."""
        team = team or next(iter(self.workspaces))
        self.refusals.append(Refusal(self.clock(), team, where, error, tuple(reasons or ()), channel))
        self.refused += 1
        self._bound(self.refusals)
        self.workspaces[team].touch()

    def called(self, method: str, arguments: Json) -> None:
        self.calls.append(Call(method, arguments))
        self._bound(self.calls)
        self.activity.tick()

    def _bound(self, kept: list[Any]) -> None:
        if self.keep is not None:
            del kept[: -self.keep]

    def in_background(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def deliver(self, kind: EnvelopeKind, payload: Json, *, answerable: bool = True) -> Ack:
        """Tell the app something, and wait for its acknowledgement, `acknowledge_seconds` at most."""
        return await self.attempt(Envelope(secrets.token_hex(16), kind, payload, answerable))

    async def attempt(self, envelope: Envelope) -> Ack:
        if self.transport is None:
            return Ack(error="dispatch_failed", reason="connection_failed")
        self.activity.tick()
        ack = await self.transport.deliver(envelope, self.acknowledge_seconds)
        self.activity.tick()
        if ack.error:
            kind = envelope.payload.get("type") or envelope.payload.get("command") or envelope.kind
            says = [f"{kind} was not acknowledged within {self.acknowledge_seconds:g} s, or with an error"]
            self.refuse(team_of(envelope.payload), "acknowledgement", ack.error, says, channel_of(envelope.payload))
        return ack


def channel_of(payload: Json) -> str:
    channel = payload.get("channel") or payload.get("event", {}).get("channel")
    return str(channel["id"] if isinstance(channel, dict) else channel or payload.get("channel_id", ""))


def team_of(payload: Json) -> str:
    team = payload.get("team")
    return str(team["id"] if isinstance(team, dict) else payload.get("team_id", ""))
