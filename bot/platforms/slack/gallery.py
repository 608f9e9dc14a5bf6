"""Charts as pictures: drawn and uploaded once to each workspace, and referred to by their file's id.

The first answer with a new chart waits a moment for its picture, and no longer: without it, it shows bars of text, and
the next answer has the picture. What Slack cannot show yet, or any more, is shown as bars again.

A chart with somebody's own figure on it is never uploaded: a file stays in the workspace, and an answer to one person
should not.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass

from bot.core.chat import RangeChart
from bot.core.markup import clip
from bot.platforms import chart
from bot.platforms.slack import limits, rich
from bot.platforms.slack.wire import Lost, Refused
from bot.platforms.slack.wires import Wires

_log = logging.getLogger(__name__)

#: Seconds: until Slack has usually looked at a new file; that a doubted one is let be; until a failure is forgotten.
_SETTLES, _DOUBT, _PAUSE = 2.0, 30.0, 10 * 60.0
#: The same where nothing but a new installation helps.
_LONG_PAUSE = 24 * 3600.0
#: Seconds that an answer waits for a picture that is on its way: what is left of the three, after `pace.PATIENCE`.
_WORTH_WAITING = 1.0
#: Seconds for which a picture that Slack has shown is taken to be there. Where somebody deletes it meanwhile, Slack
#: shows nothing and tells nobody, so they are few.
_PROVEN = 10 * 60.0
#: How many charts are remembered, and how often one may be doubted before it is drawn anew.
_MOST, _DOUBTS = 256, 3


@dataclass(slots=True)
class _Hung:
    """One picture. `file` is "" while it is on its way, `arrival` is what brings it."""

    file: str = ""
    arrival: asyncio.Task[None] | None = None
    usable_from: float = 0.0
    proven_until: float = 0.0
    doubts: int = 0


class Gallery:
    """Which charts hang in which workspace."""

    def __init__(
        self,
        wires: Wires,
        in_background: Callable[[Coroutine[object, object, None], str], asyncio.Task[None]],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wires = wires
        self._in_background = in_background
        self._now = now
        self._hung: OrderedDict[tuple[str, RangeChart], _Hung] = OrderedDict()
        self._closed_until: dict[str, float] = {}

    async def bring(self, team: str, charts: Iterable[RangeChart]) -> dict[RangeChart, str]:
        """The files of those charts that can be shown. New ones are sent on their way, and waited for a moment."""
        arriving = {drawn: task for drawn in charts if (task := self._on_its_way(team, drawn))}
        if arriving:
            await asyncio.wait(arriving.values(), timeout=_WORTH_WAITING)
        found: dict[RangeChart, str] = {}
        for drawn in charts:
            hung = self._hung.get((team, drawn))
            # One that has just come may be too new for Slack; to try costs one more request, and shows it at once.
            if hung is not None and hung.file and (drawn in arriving or self._now() >= hung.usable_from):
                self._hung.move_to_end((team, drawn))
                found[drawn] = hung.file
        return found

    def _on_its_way(self, team: str, drawn: RangeChart) -> asyncio.Task[None] | None:
        hung = self._hung.get((team, drawn))
        if hung is None and drawn.marker is None and drawn.ranges:
            hung = self._send(team, drawn)
        return hung.arrival if hung is not None and not hung.file else None

    def sure(self, team: str, charts: Iterable[RangeChart]) -> dict[RangeChart, str] | None:
        """The files of these charts, if Slack has shown all of them a short while ago."""
        found: dict[RangeChart, str] = {}
        for drawn in charts:
            hung = self._hung.get((team, drawn))
            if hung is None or self._now() >= hung.proven_until:
                return None
            found[drawn] = hung.file
        return found

    def trust(self, team: str, charts: Iterable[RangeChart]) -> None:
        """Slack showed these."""
        for drawn in charts:
            if hung := self._hung.get((team, drawn)):
                hung.usable_from, hung.doubts, hung.proven_until = 0.0, 0, self._now() + _PROVEN

    def doubt(self, team: str, charts: Iterable[RangeChart]) -> None:
        """Slack did not show these: let them be for a while, and draw them anew if it goes on."""
        for drawn in charts:
            hung = self._hung.get((team, drawn))
            if hung is not None:
                hung.doubts += 1
                hung.usable_from, hung.proven_until = self._now() + _DOUBT, 0.0
                if hung.doubts >= _DOUBTS:
                    del self._hung[team, drawn]

    def forget(self, team: str) -> None:
        """The workspace has installed us anew: what could not be done there may be possible now."""
        self._closed_until.pop(team, None)

    def _send(self, team: str, drawn: RangeChart) -> _Hung | None:
        if self._now() < self._closed_until.get(team, 0.0):
            return None
        hung = self._hung[team, drawn] = _Hung()
        if len(self._hung) > _MOST:
            self._hung.popitem(last=False)
        hung.arrival = self._in_background(self._hang(team, drawn, hung), "a chart")
        return hung

    async def _hang(self, team: str, drawn: RangeChart, hung: _Hung) -> None:
        try:
            content = await chart.draw(drawn)
            alt = clip(rich.clean(chart.told(drawn)), limits.UPLOAD_ALT_TEXT)
            hung.file = await self._wires.of(team).upload("chart.png", content, alt=alt)
            hung.usable_from = self._now() + _SETTLES
        except (Refused, Lost) as error:
            self._hung.pop((team, drawn), None)
            # A scope that is missing now is missing until the workspace installs us again.
            for_long = isinstance(error, Refused) and error.error == "missing_scope"
            pause = _LONG_PAUSE if for_long else _PAUSE
            if self._now() >= self._closed_until.get(team, 0.0):
                _log.warning("charts stay bars of text for %d minutes: %s", pause // 60, error)
            self._closed_until[team] = self._now() + pause
        finally:
            if not hung.file:
                self._hung.pop((team, drawn), None)
