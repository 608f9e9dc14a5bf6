"""A week's digests on their way, second by second: from due, into the outbox, and out to each platform."""

import math
from collections import deque
from dataclasses import dataclass

from tests.simulate.town import Habit, due

DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Ground:
    """What there is to do it with. Rates are by second.

    put_in: into the outbox, by all processes together, as they look at the same rows. posts: of one process, where no
    platform holds it back. discord: of the bot's one token. processes: that speak to each platform; those of Discord
    share its token, so more of them are no faster. in_flight, answer: posts that a process has under way at once, and
    seconds until a platform answers one. apart: whether the platforms have processes of their own; where not, each has
    still its own share of what is under way, and they share the processors alone.
    """

    discord_share: float
    put_in: float
    posts: float
    discord: float
    processes: int
    in_flight: int
    answer: float
    apart: bool
    grace: int = DAY


@dataclass(frozen=True, slots=True)
class Seen:
    """How one platform's digests fared.

    due: all of them; peak: at the busiest moment. on_time, within_hour: posted within five minutes of their own slot,
    and within an hour; missed: not posted, as that would have been after their grace. longest: seconds from its slot
    until the last one was posted. fastest: posts in the busiest second.
    """

    due: int
    peak: int
    on_time: int
    within_hour: int
    missed: int
    longest: int
    fastest: float
    binds: str


class _Line:
    """Those who wait, first come first served: by the second in which they were due."""

    def __init__(self) -> None:
        self.waiting = deque[list[float]]()
        self.many = 0.0

    def add(self, second: int, many: float) -> None:
        if many > 0:
            self.waiting.append([second, many])
            self.many += many

    def take(self, most: float) -> list[tuple[int, float]]:
        taken = []
        while self.waiting and most > 1e-9:
            second, many = self.waiting[0]
            part = min(many, most)
            most -= part
            self.many -= part
            taken.append((int(second), part))
            if part < many:
                self.waiting[0][1] = many - part
            else:
                self.waiting.popleft()
        self.many = max(self.many, 0.0) if self.waiting else 0.0
        return taken


class _Tally:
    def __init__(self) -> None:
        self.on_time = self.within_hour = self.missed = self.fastest = 0.0
        self.longest = 0

    def count(self, now: int, taken: list[tuple[int, float]], grace: int) -> None:
        for second, many in taken:
            late = now - second
            if late > grace:
                self.missed += many
                continue
            self.on_time += many * (late <= 5 * 60)
            self.within_hour += many * (late <= 3600)
            self.longest = max(self.longest, late)
        self.fastest = max(self.fastest, sum(many for _, many in taken))


def simulate(subscriptions: int, habit: Habit, ground: Ground) -> dict[str, Seen]:
    """By platform."""
    arriving = due(habit, subscriptions)
    discord = math.ceil(subscriptions * ground.discord_share) / subscriptions  # the one that there is may be Discord's
    share = {name: part for name, part in (("Discord", discord), ("Slack", 1 - discord)) if part}
    to_put, tallies = _Line(), {name: _Tally() for name in share}
    lines = {name: _Line() for name in share}
    moments = sorted(arriving)
    now, put_late = moments[0], 0
    while moments or to_put.many > 0.5 or any(line.many > 0.5 for line in lines.values()):
        if not (to_put.many > 0.5 or any(line.many > 0.5 for line in lines.values())):
            now = moments[0]  # nothing to do until then
        while moments and moments[0] <= now:
            to_put.add(moments[0], arriving[moments.pop(0)])
        for second, many in to_put.take(ground.put_in):
            put_late = max(put_late, now - second)
            for name in share:
                lines[name].add(second, many * share[name])
        rates = _rates(ground, "Discord" in lines and lines["Discord"].many > 0)
        for name, line in lines.items():
            tallies[name].count(now, line.take(rates[name]), ground.grace)
        now += 1
    peak = max(arriving.values())
    return {name: _seen(name, subscriptions, peak, share[name], tallies[name], ground, put_late) for name in share}


def _rates(ground: Ground, discord_waits: bool) -> dict[str, float]:
    """Posts in this second, by platform, at most."""
    one = min(ground.posts, ground.in_flight / ground.answer)
    discord, slack = min(ground.discord, one * ground.processes), one * ground.processes
    if not ground.apart and discord_waits:
        # The courier fills each platform's places by themselves: Slack's wait for no Discord post, only for the work
        # that those make.
        slack -= discord
    return {"Discord": discord, "Slack": slack}


def _seen(name: str, subscriptions: int, peak: int, share: float, tally: _Tally, ground: Ground, put_late: int) -> Seen:
    many, slowest = round(subscriptions * share), max(tally.longest, 1)
    if tally.longest <= 5 * 60:
        binds = "nothing"
    elif put_late >= 0.95 * slowest:
        binds = "putting into the outbox"
    elif name == "Discord":
        binds = "the token" if ground.discord <= ground.posts * ground.processes else "our processes"
    else:
        binds = "our processes"
    return Seen(
        many, round(peak * share), round(tally.on_time), round(tally.within_hour), round(tally.missed), tally.longest,
        tally.fastest, binds,
    )  # fmt: skip
