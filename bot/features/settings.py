import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Annotated
from zoneinfo import ZoneInfo

from bot.core.chat import Call, Choice, Fields, Reply, Request, Text
from bot.core.command import Asked, Group, Suggested, command
from bot.core.days import LATEST_BORDER, next_to
from bot.core.errors import BadArgument, BadValue
from bot.core.markup import clip, quote
from bot.core.parameters import Option
from bot.core.ports import Profiles
from bot.core.times import Weekday, read_time, read_weekday
from bot.core.zones import read_zone, search_zones
from bot.features import _settings, _streak
from bot.features._settings import LABELS, What
from bot.learning.habits import MAX_GOAL, MAX_PAUSE_DAYS, Habits, Unwanted, choose_goal, choose_rest, pause, resume
from bot.learning.port import Learning

Wish = Callable[[Habits, date], Habits]

_NONE = frozenset({"none", "no", "off", "0", "every day", "daily", "never"})
_DAYS = re.compile(r"([0-9]{1,4})(?: days?)?")
_DATES = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?: (?:(?:to|until|-) )?([0-9]{4}-[0-9]{2}-[0-9]{2}))?")
#: Zones offered while one is typed.
_OFFERED = 25


def _offered(typed: str, given: Mapping[str, str], at: datetime) -> Iterator[Option]:
    """Zones that may be meant, each with its clock."""
    if given.get("what") == "zone":
        for zone in search_zones(typed, _OFFERED):
            yield Option(zone, f"{zone} (now {at.astimezone(ZoneInfo(zone)):%H:%M})", (zone,))


def _wanted(given: Mapping[str, str]) -> tuple[str, str] | None:
    """What the form asks for one setting, and an example of it."""
    return _FORMS.get(given.get("what", ""))


#: The question, short enough for every platform's form, and an example.
_FORMS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "zone": ("A large city near you", "Berlin"),
        "border": (f"When your day ends, up to {LATEST_BORDER:%H:%M}", "02:00"),
        "rest": ("Up to two weekdays, or none", "Sat Sun"),
        "goal": (f"Days a week, 1 to {MAX_GOAL}, or off", "5"),
        "pause": ("How many days, or from and to; or off", "7 days"),
    }
)


@command(examples=["zone Berlin", "rest sat sun", "goal 5", "pause 7 days", ""], aliases=["set"], group=Group.BOT)
async def settings(
    request: Request,
    learning: Learning,
    profiles: Profiles,
    what: Annotated[What | None, "What to change"] = None,
    value: Annotated[
        str | None,
        "The new value: a city, a time, weekdays, a number of days, or off",
        Suggested(_offered),
        Asked(_wanted),
    ] = None,
) -> Reply:
    """How your days are counted: zone, end of day, rest days, weekly goal, pause."""
    if what is None:
        if value is not None:
            raise BadArgument("Tell me first what to change: **zone**, **border**, **rest**, **goal** or **pause**.")
        _, habits = await learning.standing(request.person, request.at)
        shown, zone = _shown(habits, request.at), await profiles.zone(request.person)
        return shown if zone is None else _beside(shown, habits.zone, zone, request)
    if value is None:
        return _asked(what)
    said = value.strip().casefold().removeprefix(f"{what} ").strip()
    try:
        wish = _READERS[what](said, request.at)
        habits = await learning.change(request.person, wish, request.at)
    except BadValue as error:
        better = [(label, Call.of("settings", what=what, value=chosen)) for label, chosen in error.options]
        raise BadArgument(str(error), better or [("Try again", _form(what))]) from None
    except Unwanted as error:
        raise BadArgument(str(error), [("Try again", _form(what))]) from None
    return _shown(habits, request.at, changed=what)


# ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────────────────

_HOW: Mapping[What, str] = MappingProxyType(
    {
        "zone": "Name a large city near you, such as **Berlin**. To travel is no risk if you answer within 36 hours.",
        "border": f"Name a time from **00:00** to **{LATEST_BORDER:%H:%M}**, later than midnight for late learners.",
        "rest": "Name up to two weekdays on which no answer is needed, such as **Sat Sun**; or **none**.",
        "goal": f"Name how many days a week, 1 to {MAX_GOAL}; or **off**, for every day. It begins on a Monday.",
        "pause": f"Name up to {MAX_PAUSE_DAYS} days: **7 days**, or **2026-12-24 2027-01-02**; **off** ends it.",
    }
)


def _shown(habits: Habits, now: datetime, *, changed: What | None = None) -> Reply:
    values = _settings.values(habits, habits.calendar.day(now))
    fields = tuple((LABELS[name], value) for name, value in values.items())
    local = _streak.moment(now, habits.zone)
    return Reply(
        "Changed" if changed else "Your settings",
        (
            *((Text(f"**{LABELS[changed]}:** {values[changed]}."),) if changed else ()),
            Fields(fields),
            Text(f"For you it is {local}. A change never reaches back: days that are over stay as they were."),
        ),
        (
            *(Choice(f"{LABELS[name]}…", Call.of("settings", what=name)) for name in LABELS),
            Choice("My streak", Call("streak")),
        ),
    )


def _beside(shown: Reply, zone: str, profile: str, request: Request) -> Reply:
    """The settings, and what the profile says where its clock shows another time: to change is the learner's to do."""
    here, there = (request.at.astimezone(ZoneInfo(name)).utcoffset() for name in (zone, profile))
    if here == there:
        return shown
    says = Text(f"{request.person.platform.capitalize()} says you are in **{profile}**.")
    use = Choice(f"Use {profile}", Call.of("settings", what="zone", value=profile), "primary")
    return replace(shown, parts=(*shown.parts, says), choices=(use, *shown.choices))


def _asked(what: What) -> Reply:
    off = () if what in {"zone", "border"} else (Choice("Off", Call.of("settings", what=what, value="off")),)
    return Reply(
        LABELS[what].rstrip("…"),
        (Text(_HOW[what]),),
        (Choice("Change it", _form(what), "primary"), *off, Choice("All settings", Call("settings"))),
    )


def _form(what: What) -> Call:
    return Call("settings", (("what", what),), fill="value")


# ── what was typed ────────────────────────────────────────────────────────────────────────────────────────────────────


def _zone(said: str, now: datetime) -> Wish:
    zone = read_zone(said, now)
    return lambda habits, _: replace(habits, zone=zone)


def _border(said: str, _now: datetime) -> Wish:
    try:
        border = read_time(said)
    except BadValue:
        raise _no(said, "border") from None
    if border > LATEST_BORDER:
        raise _no(said, "border")
    return lambda habits, _: replace(habits, border=border)


def _rest(said: str, _now: datetime) -> Wish:
    days: set[int] = set()
    if said not in _NONE:
        for word in re.split(r"[\s,;&+]+", said):
            if word not in {"", "and", "on"}:
                days.add(_weekday(word, said))
    return lambda habits, today: choose_rest(habits, days, today)


def _weekday(word: str, said: str) -> Weekday:
    try:
        return read_weekday(word)
    except BadValue:
        raise _no(said, "rest") from None


def _goal_of(said: str, _now: datetime) -> Wish:
    found = _DAYS.fullmatch(said.removesuffix(" a week"))
    if said not in _NONE and found is None:
        raise _no(said, "goal")
    days = int(found[1]) if found else 0
    return lambda habits, today: choose_goal(habits, days, today)


def _pause(said: str, _now: datetime) -> Wish:
    if said in _NONE or said in {"end", "resume", "stop"}:
        return resume
    if (found := _DAYS.fullmatch(said)) and (days := int(found[1])):
        return lambda habits, today: pause(habits, today, next_to(today, days - 1), today)
    if found := _DATES.fullmatch(said):
        try:
            first = date.fromisoformat(found[1])
            last = date.fromisoformat(found[2] or found[1])
        except ValueError:
            raise _no(said, "pause") from None
        return lambda habits, today: pause(habits, first, last, today)
    raise _no(said, "pause")


def _no(said: str, what: What) -> BadValue:
    return BadValue(f"I can't read “{quote(clip(said, 60))}” here. {_HOW[what]}")


_READERS: Mapping[What, Callable[[str, datetime], Wish]] = MappingProxyType(
    {"zone": _zone, "border": _border, "rest": _rest, "goal": _goal_of, "pause": _pause}
)
