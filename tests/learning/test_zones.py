from datetime import UTC, datetime

import pytest

from bot.core.errors import BadValue
from bot.core.zones import is_zone, read_zone, search_zones, speaks_of_zone

SUMMER = datetime(2026, 7, 1, tzinfo=UTC)
WINTER = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Europe/Budapest", "Europe/Budapest"),
        ("berlin", "Europe/Berlin"),
        ("  New   York ", "America/New_York"),
        ("new_york", "America/New_York"),
        ("Lord Howe", "Australia/Lord_Howe"),
        ("kiritimati", "Pacific/Kiritimati"),
        ("mumbai", "Asia/Kolkata"),
        ("San Francisco", "America/Los_Angeles"),
        ("Kyiv", "Europe/Kyiv"),
        ("Kiev", "Europe/Kiev"),
        ("utc", "UTC"),
    ],
)
def test_a_place_is_understood(typed: str, zone: str) -> None:
    assert read_zone(typed, SUMMER) == zone
    assert is_zone(zone)
    assert speaks_of_zone(typed)
    assert search_zones(typed)[:1] == (zone,) or zone == "UTC"


@pytest.mark.parametrize(
    ("typed", "at", "offered"),
    [
        ("UTC+2", SUMMER, "Europe/Berlin"),
        ("UTC+2", WINTER, "Europe/Athens"),
        ("gmt-4", SUMMER, "America/New_York"),
        ("+5:45", SUMMER, "Asia/Kathmandu"),
        ("Etc/GMT-14", SUMMER, "Pacific/Kiritimati"),
        ("EST", SUMMER, "America/New_York"),
        ("cet", SUMMER, "Europe/Budapest"),
        ("Kathmndu", SUMMER, "Asia/Kathmandu"),
        ("Budapset", SUMMER, "Europe/Budapest"),
    ],
)
def test_what_is_no_place_is_refused_with_what_to_say_instead(typed: str, at: datetime, offered: str) -> None:
    with pytest.raises(BadValue, match="Did you mean") as refused:
        read_zone(typed, at)
    assert offered in [value for _, value in refused.value.options]


def test_an_offset_is_one_of_either_half_of_the_year_where_no_moment_is_known() -> None:
    with pytest.raises(BadValue) as refused:
        read_zone("UTC+2")
    assert {"Europe/Berlin", "Europe/Athens"} <= {value for _, value in refused.value.options}


@pytest.mark.parametrize("typed", ["UTC+2", "-5", "+5:45", "EST", "cet"])
def test_an_offset_and_a_shorthand_speak_of_a_zone_and_other_words_do_not(typed: str) -> None:
    assert speaks_of_zone(typed)
    assert not any(speaks_of_zone(word) for word in ("", "9:00", "monday", "Budapset", "new", "3 weeks"))


@pytest.mark.parametrize("typed", ["", "qqqqqq", "UTC+99", "../../etc/passwd", "\0", "x" * 5000])
def test_nonsense_is_refused_kindly(typed: str) -> None:
    with pytest.raises(BadValue, match=r"\.$|\?$"):
        read_zone(typed, SUMMER)
    assert not is_zone(typed)
