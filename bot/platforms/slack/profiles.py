"""What Slack knows of people beyond what they tell us: the zone of their profile, and whether they are an admin."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.core.chat import Person, Request
from bot.core.zones import is_zone
from bot.platforms.slack.background import Background
from bot.platforms.slack.once import Once
from bot.platforms.slack.rich import Json
from bot.platforms.slack.wire import Lost, Refused
from bot.platforms.slack.wires import Wires

#: Seconds for which an answer of Slack's holds: a zone seldom changes, a right may be taken back.
_ZONE, _RIGHT = 3600.0, 60.0
#: Seconds until we ask again where Slack did not say.
_SILENCE = 60.0
#: Seconds that an answer of ours may wait for one look-up, however often it asks; the look-up itself goes on.
_PATIENCE = 1.0
#: People remembered; beyond that the one who was looked up longest ago goes first.
_MOST = 10_000
#: Seconds between two lines of the log about one trouble.
_LOGGED = 3600.0

_log = logging.getLogger(__name__)
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Seen:
    """at: when it was asked. answered: False where Slack did not say; then the zone is the one known before."""

    zone: str | None
    manages: bool
    at: float
    answered: bool


class SlackProfiles:
    """The port's part for Slack. One look-up at a time for a person, kept in memory for a while.

    now: seconds on a clock that never goes back.
    """

    def __init__(self, wires: Wires, background: Background, now: Callable[[], float] = time.monotonic) -> None:
        self._wires = wires
        self._background = background
        self._now = now
        self._seen: OrderedDict[_Key, _Seen] = OrderedDict()
        self._asking: dict[_Key, tuple[asyncio.Task[None], float]] = {}
        self._logged = Once(_LOGGED, now=now)

    async def zone(self, person: Person) -> str | None:
        seen = await self._look(person, _ZONE)
        return seen.zone if seen else None

    async def manages(self, request: Request) -> bool:
        seen = await self._look(request.person, _RIGHT)
        return seen is not None and seen.manages

    async def _look(self, person: Person, holds: float) -> _Seen | None:
        """What is known and not too old; asked for if need be. None if that takes too long."""
        key = person.workspace, person.user
        if seen := self._fresh(key, holds):
            return seen
        if key not in self._asking:
            task = self._background.start(self._ask(key), "a look at a profile")
            self._asking[key] = task, self._now()
            task.add_done_callback(lambda _: self._asking.pop(key))
        task, began = self._asking[key]
        await asyncio.wait({task}, timeout=max(0.0, began + _PATIENCE - self._now()))
        return self._fresh(key, holds)

    def _fresh(self, key: _Key, holds: float) -> _Seen | None:
        seen = self._seen.get(key)
        return seen if seen and self._now() - seen.at < (holds if seen.answered else _SILENCE) else None

    async def _ask(self, key: _Key) -> None:
        workspace, user = key
        before = self._seen.pop(key, None)
        zone, manages, answered = before.zone if before else None, False, False
        try:
            said = await self._wires.of(workspace).call("users.info", form=True, repeatable=True, user=user)
        except (Refused, Lost) as error:
            if self._logged.first(str(error)):
                _log.warning("zones of profiles and rights of admins are not known for now: %s", error)
        else:
            (zone, manages), answered = read(said.get("user"), workspace), True
        self._seen[key] = _Seen(zone, manages, self._now(), answered)
        if len(self._seen) > _MOST:
            self._seen.popitem(last=False)


def read(user: object, workspace: str) -> tuple[str | None, bool]:
    """The zone, if there is one that we take, and whether they look after this workspace, out of users.info's `user`.

    A stranger, met through a channel that two workspaces share, may be an admin, but elsewhere.
    """
    if not isinstance(user, dict):
        return None, False
    zone = user.get("tz")
    roles = ("is_admin", "is_owner", "is_primary_owner")
    here = workspace in _workspaces(user) and not user.get("is_stranger") and not user.get("deleted")
    manages = here and any(user.get(role) is True for role in roles)
    return (zone if isinstance(zone, str) and is_zone(zone) else None), manages


def _workspaces(user: Json) -> set[object]:
    """The person's own; in a grid of workspaces (`enterprise_user`) there may be several."""
    grid = user.get("enterprise_user")
    several = grid.get("teams") if isinstance(grid, dict) else None
    return {user.get("team_id"), *(several if isinstance(several, list) else ())}
