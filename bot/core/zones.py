"""Names of zones: reads what a person types ("Berlin", "new york") as an IANA name, or says what to type instead.

Only places are accepted, because only places know their daylight saving: `UTC+2` and `EST` are refused with places that
are likely meant. `UTC` itself is a zone.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from bot.core.errors import BadValue

#: Large cities that IANA has no name for, as the city whose clock they share.
_ELSEWHERE = {
    **dict.fromkeys(("san francisco", "seattle", "san diego", "silicon valley", "portland"), "America/Los_Angeles"),
    **dict.fromkeys(("boston", "washington", "miami", "atlanta", "philadelphia"), "America/New_York"),
    **dict.fromkeys(("austin", "dallas", "houston"), "America/Chicago"),
    **dict.fromkeys(("mumbai", "delhi", "new delhi", "bangalore", "bengaluru", "hyderabad", "india"), "Asia/Kolkata"),
    **dict.fromkeys(("beijing", "shenzhen", "china"), "Asia/Shanghai"),
    **dict.fromkeys(("munich", "hamburg", "frankfurt", "cologne", "germany"), "Europe/Berlin"),
    **dict.fromkeys(("barcelona", "spain"), "Europe/Madrid"),
    **dict.fromkeys(("geneva", "switzerland"), "Europe/Zurich"),
    **dict.fromkeys(("edinburgh", "manchester", "uk", "england"), "Europe/London"),
    **dict.fromkeys(("milan", "italy"), "Europe/Rome"),
    **dict.fromkeys(("hungary",), "Europe/Budapest"),
    **dict.fromkeys(("france", "lyon"), "Europe/Paris"),
    **dict.fromkeys(("rio de janeiro", "rio", "brasilia"), "America/Sao_Paulo"),
    **dict.fromkeys(("tel aviv",), "Asia/Jerusalem"),
    **dict.fromkeys(("abu dhabi",), "Asia/Dubai"),
    **dict.fromkeys(("hanoi",), "Asia/Ho_Chi_Minh"),
    **dict.fromkeys(("osaka", "kyoto"), "Asia/Tokyo"),
    **dict.fromkeys(("cape town",), "Africa/Johannesburg"),
    **dict.fromkeys(("canberra",), "Australia/Sydney"),
    **dict.fromkeys(("wellington",), "Pacific/Auckland"),
}
#: Shorthands that forget summer, or mean several things, with the places that people mostly mean.
_SHORT = {
    **dict.fromkeys(("est", "edt", "et", "est5edt"), ("America/New_York",)),
    **dict.fromkeys(("cst", "cdt", "ct", "cst6cdt"), ("America/Chicago", "Asia/Shanghai")),
    **dict.fromkeys(("mst", "mdt", "mt", "mst7mdt"), ("America/Denver", "America/Phoenix")),
    **dict.fromkeys(("pst", "pdt", "pt", "pst8pdt"), ("America/Los_Angeles",)),
    **dict.fromkeys(("cet", "cest", "met"), ("Europe/Berlin", "Europe/Paris", "Europe/Budapest")),
    **dict.fromkeys(("eet", "eest"), ("Europe/Kyiv", "Europe/Helsinki", "Africa/Cairo")),
    **dict.fromkeys(("wet", "bst"), ("Europe/London", "Europe/Lisbon")),
    **dict.fromkeys(("ist",), ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem")),
    **dict.fromkeys(("jst",), ("Asia/Tokyo",)),
    **dict.fromkeys(("aest", "aedt"), ("Australia/Sydney", "Australia/Brisbane")),
    **dict.fromkeys(("hst",), ("Pacific/Honolulu",)),
}
_KNOWN = (
    "Europe/London Europe/Berlin Europe/Athens Europe/Istanbul Asia/Dubai Asia/Karachi Asia/Kolkata Asia/Kathmandu "
    "Asia/Dhaka Asia/Bangkok Asia/Singapore Asia/Tokyo Australia/Adelaide Australia/Sydney Australia/Lord_Howe "
    "Pacific/Auckland Pacific/Kiritimati Atlantic/Azores America/Sao_Paulo America/Santiago America/St_Johns "
    "America/New_York America/Chicago America/Denver America/Los_Angeles America/Anchorage Pacific/Honolulu "
    "Africa/Lagos Africa/Nairobi Africa/Johannesburg America/Bogota America/Mexico_City"
).split()
_CONTINENTS = "Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific".split()
_OFFSET = re.compile(r"(?:utc|gmt|z|etc/gmt)?\s*([+−-])\s*(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
_MANY = 6
_UTC = frozenset({"utc", "etc/utc", "gmt", "zulu"})
#: Where no moment is known, an offset is looked for in both halves of a year.
_SEASONS = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))


class Zone(str):
    """The IANA name of a zone that we take, as a parameter of a command."""

    __slots__ = ()


def read_zone(text: str, at: datetime | None = None) -> str:
    """The IANA name for what was typed. `at` is the moment by which offsets are understood; without it, any in a year.

    Raises BadValue with the places to choose from.
    """
    wanted = _normal(text)
    if wanted in _UTC:
        return "UTC"
    if found := _OFFSET.fullmatch(text.strip()):
        raise _refused("An offset forgets daylight saving, so a day could end an hour off.", _with_offset(found, at))
    if wanted in _SHORT:
        raise _refused(f"{text.strip().upper()} is a shorthand that not everyone reads alike.", _SHORT[wanted])
    if exact := _exact(wanted):
        return exact
    raise _refused("I know no such place.", search_zones(text))


def search_zones(text: str, most: int = _MANY) -> tuple[str, ...]:
    """The zones whose names are nearest to what was typed, best first; none if nothing is near."""
    from rapidfuzz import fuzz, process  # only for who slips

    wanted = _normal(text)
    if not wanted:
        return ()
    if exact := _exact(wanted):
        return (exact,)
    begins = [name for key, name in _index().items() if key.startswith(wanted)]
    near = process.extract(wanted, _index().keys(), scorer=fuzz.WRatio, score_cutoff=80, limit=4 * most)
    return tuple(dict.fromkeys([*begins, *(_index()[key] for key, _, _ in near)]))[:most]


def speaks_of_zone(text: str) -> bool:
    """Whether this is a place that `read_zone` takes, or a shorthand or an offset, which it refuses with places."""
    wanted = _normal(text)
    return wanted in _UTC or wanted in _SHORT or wanted in _index() or _OFFSET.fullmatch(text.strip()) is not None


def is_zone(name: str) -> bool:
    """Whether this is, letter for letter, a zone that we take."""
    return name == "UTC" or name in _names()


def _exact(wanted: str) -> str | None:
    return _index().get(wanted)


def _refused(why: str, places: tuple[str, ...]) -> BadValue:
    ask = "Did you mean one of these?" if places else "Name a large city in your zone, such as Berlin or New York."
    return BadValue(f"{why} {ask}", [(name, name) for name in places])


def _with_offset(found: re.Match[str], at: datetime | None) -> tuple[str, ...]:
    sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (1 if sign == "+" else -1)
    if found[0].lower().startswith("etc"):
        offset = -offset  # POSIX counts westward
    moments = (at,) if at else _SEASONS
    return tuple(
        name for name in _KNOWN if any(offset == moment.astimezone(ZoneInfo(name)).utcoffset() for moment in moments)
    )[:_MANY]


def _normal(text: str) -> str:
    return " ".join(text.strip().lower().replace("_", " ").split())


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))


@lru_cache(maxsize=1)
def _index() -> dict[str, str]:
    """Typed name -> zone: whole names, then cities, then our own; continents go before countries ("US/Pacific")."""
    ordered = sorted(_names(), key=lambda name: (name.split("/")[0] not in _CONTINENTS, name))
    index = {_normal(name): name for name in ordered}
    for name in ordered:
        index.setdefault(_normal(name.rsplit("/", 1)[1]), name)
    return _ELSEWHERE | index
