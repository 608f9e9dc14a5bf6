"""From what a person types to a call: forgiving, and never silently dropping a word."""

import contextlib
from datetime import date, time
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import app
from bot.core.chat import MAX_TOKEN, Call, Reply
from bot.core.command import Registry, command
from bot.core.errors import BadArgument, Mistake, UnknownCommand
from bot.core.parameters import Amount, Channel, Member, World, read_amount
from bot.core.reading import read, values
from bot.core.times import Until, Weekday
from bot.core.zones import Zone

MIND = app.dispatcher("ai-engineer")


@command(examples=["subscribe monday 9:00 Berlin"])
async def digest(
    what: Annotated[Literal["subscribe", "pause"], "What to do"],
    day: Annotated[Weekday | None, "The weekday"] = None,
    at: Annotated[time | None, "The local time, such as 9:00"] = None,
    zone: Annotated[Zone | None, "Whose clock: a large city"] = None,
    until: Annotated[Until | None, "Until when"] = None,
) -> Reply:
    """A command that takes times, to be read only."""
    raise NotImplementedError


WEEKLY, WORLD = Registry([digest]), World(MIND.world.catalog)


def call(text: str) -> Call:
    return read(text, MIND.registry, MIND.world)


def arguments(text: str) -> dict[str, str]:
    return dict(call(text).arguments)


@pytest.mark.parametrize(
    ("typed", "level", "region"),
    [
        ("salary senior us", "senior", "us"),
        ("salary us senior", "senior", "us"),
        ("SALARY Senior USA", "senior", "us"),
        ("pay junior", "entry", None),
        ("salary new grad in the United States", "entry", "us"),
        ("salary EU", None, "europe-asia"),
        ("salary level=mid region=europe", "mid", "europe-asia"),
        ("salary level:mid", "mid", None),
        ("salary --level senior", "senior", None),
        ("salary for a senior engineer, please", "senior", None),
        ("/salary big tech", "top-tech", None),
        ("salary sénior", "senior", None),
    ],
)
def test_arguments_are_understood_in_any_order_case_and_wording(
    typed: str, level: str | None, region: str | None
) -> None:
    found = values(call(typed), MIND.registry.find("salary"), MIND.world)  # type: ignore[arg-type] # it is there
    assert getattr(found.get("level"), "id", None) == level
    assert getattr(found.get("region"), "id", None) == region


def test_an_offer_is_found_among_the_words() -> None:
    assert arguments("salary senior 165k us") == {"level": "senior", "region": "us", "offer": "165k"}
    assert arguments("salary 95 000 EUR")["offer"] == "95 000 EUR"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("mend <@U1> an outage", "an outage"),
        ("mend <@U1|ada> an outage", "an outage"),
        ("mend <@!U1> an outage", "an outage"),
        ("mend an outage <@U1|Ada L>", "an outage"),
        ("mend an <@U1> outage", "an outage"),
        ("mend <@U1> not <@U2|grace>", "not @grace"),
        ("mend person=<@U1|ada> an outage", "an outage"),
        ("mend <@U1|>", None),
    ],
)
def test_a_member_is_found_wherever_they_are_mentioned(typed: str, reason: str | None) -> None:
    found = arguments(typed)
    assert values(Call.of("mend", person=found["person"], reason="x"), MIND.registry.find("mend"), MIND.world)[  # type: ignore[arg-type] # it is there
        "person"
    ] == Member("U1")
    assert found.get("reason") == reason


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [
        ("ask is <@U1|grace> right about pay?", Call.of("ask", question="is @grace right about pay?")),
        ("ask is <@U1|> right?", Call.of("ask", question="is   right?")),
        ("ask is <@1> right?", Call.of("ask", question="is <@1> right?")),
        ("tip <@U1|> python", Call.of("tip", topic="python")),
        ("<@U1|grace> what does it pay?", Call.of("ask", question="@grace what does it pay?")),
        ("<@U1|>", Call("help")),
    ],
)
def test_who_wants_no_member_reads_a_name(typed: str, read_as: Call) -> None:
    assert call(typed) == read_as


def test_a_slip_in_a_commands_name_keeps_the_member() -> None:
    with pytest.raises(UnknownCommand) as caught:
        call("mennd <@U1|ada> outage")
    assert caught.value.suggestions[0][1] == Call.of("mend", person="<@U1>", reason="outage")


def test_a_slip_in_an_argument_is_answered_with_what_was_meant() -> None:
    with pytest.raises(BadArgument, match="seniro") as caught:
        call("salary seniro us")
    label, better = caught.value.suggestions[0]
    assert label == "Senior level"
    assert dict(better.arguments) == {"region": "us", "level": "senior"}


def test_a_word_that_fits_nowhere_is_named_and_not_dropped() -> None:
    with pytest.raises(BadArgument, match="bananas"):
        call("salary senior bananas")


def test_a_slip_in_a_command_keeps_its_arguments() -> None:
    with pytest.raises(UnknownCommand) as caught:
        call("salry senior")
    assert caught.value.suggestions[0] == ("salary", Call.of("salary", level="senior"))


def test_free_text_becomes_a_question_and_nothing_becomes_help() -> None:
    assert call("what does a junior earn over there?") == Call.of("ask", question="what does a junior earn over there?")
    assert call("  ") == Call("help")


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("95k", 95_000, None),
        ("$95,000", 95_000, "USD"),
        ("95.000 EUR", 95_000, "EUR"),
        ("€95k", 95_000, "EUR"),
        ("1.2m", 1_200_000, None),
        ("95 000", 95_000, None),
        ("137,500", 137_500, None),
        ("95,5k", 95_500, None),
        ("120 thousand dollars", 120_000, "USD"),
        ("120k/year", 120_000, None),
        ("85k chf", 85_000, "CHF"),
        ("$95,000.00", 95_000, "USD"),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, value: int, currency: str | None) -> None:
    assert read_amount(text) == Amount(value, currency)


def weekly(typed: str) -> dict[str, Any]:
    return values(read(f"digest {typed}", WEEKLY, WORLD), digest, WORLD)


@pytest.mark.parametrize(
    "typed",
    [
        "subscribe monday 9:00 Europe/Berlin",
        "europe/berlin 9am mon subscribe",
        "subscribe on Mondays, at 09:00, in Berlin",
        "zone=Berlin day=mon at=9 subscribe",
        "9 berlin subscribe mon.",
    ],
)
def test_a_weekday_a_time_and_a_place_are_understood_in_any_order(typed: str) -> None:
    assert weekly(typed) == {"what": "subscribe", "day": Weekday.MONDAY, "at": time(9), "zone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("subscribe sunday 5 pm new york", {"day": Weekday.SUNDAY, "at": time(17), "zone": "America/New_York"}),
        ("subscribe rio de janeiro fri noon", {"day": Weekday.FRIDAY, "at": time(12), "zone": "America/Sao_Paulo"}),
        ("pause until 2026-12-24", {"until": Until(date(2026, 12, 24))}),
        ("pause for 3 weeks", {"until": Until(days=21)}),
        ("pause 9 3 weeks", {"at": time(9), "until": Until(days=21)}),
    ],
)
def test_the_longest_run_of_words_that_has_a_meaning_is_taken(typed: str, found: dict[str, Any]) -> None:
    assert weekly(typed) == {"what": typed.split()[0], **found}


@pytest.mark.parametrize(
    ("typed", "sentence", "offered"),
    [
        ("subscribe mon 25:00", "“25:00” is not a time of day", None),
        ("pause until 2026-02-30", "“2026-02-30” is not a day", None),
        ("subscribe mon 9 utc+2", "forgets daylight saving", ("zone", "Europe/Berlin")),
        ("subscribe mon 9 EST", "EST is a shorthand", ("zone", "America/New_York")),
        ("subscribe mon 9 Budapset", "“Budapset” in", ("zone", "Europe/Budapest")),
        ("subscribe mondy 9 Berlin", "“mondy” in", ("day", "monday")),
        ("subscribe mon 9 berlin 10", "“10” in", None),
    ],
)
def test_a_time_a_day_or_a_place_that_there_is_not_is_named(
    typed: str, sentence: str, offered: tuple[str, str] | None
) -> None:
    with pytest.raises(BadArgument) as refused:
        weekly(typed)
    assert sentence in str(refused.value)
    assert offered is None or any(offered in better.arguments for _, better in refused.value.suggestions)


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        ("subscribe <#C1|careers> mon 9 Berlin", {"channel": "<#C1>", "day": "monday", "time": "9", "zone": "Berlin"}),
        ("mon 9 Berlin subscribe <#C1|>", {"channel": "<#C1>", "day": "monday", "time": "9", "zone": "Berlin"}),
        ("status channel=<#123>", {"channel": "<#123>"}),
        ("status channel=C1", {"channel": "C1"}),
        ("pause <#C1|monday> 3 weeks", {"channel": "<#C1>", "until": "3 weeks"}),  # its name is no weekday
    ],
)
def test_a_channel_is_taken_by_mention_or_by_id(typed: str, given: dict[str, str]) -> None:
    found = MIND.registry.find("digest")
    assert found
    made = call(f"digest {typed}")
    do = next(word for word in typed.split() if word in {"subscribe", "status", "pause"})
    assert dict(made.arguments) == {"do": do, **given}
    kept = values(made, found, MIND.world)["channel"]
    assert isinstance(kept, Channel)
    assert kept == given["channel"].strip("<#>")


@pytest.mark.parametrize("typed", ["status #careers", "status channel=#careers", "status channel=<@U1>"])
def test_what_is_no_channel_is_named(typed: str) -> None:
    found = MIND.registry.find("digest")
    assert found
    with pytest.raises(BadArgument, match=r"careers|U1"):
        values(call(f"digest {typed}"), found, MIND.world)


def test_an_offer_of_nothing_is_told_what_an_offer_is() -> None:
    with pytest.raises(BadArgument, match="above zero"):
        values(call("salary senior 0k"), MIND.registry.find("salary"), MIND.world)  # type: ignore[arg-type] # it is there


@given(st.text(max_size=200))
def test_reading_never_fails_in_a_way_that_is_not_a_mistake(text: str) -> None:
    for name in ("", *(found.name for found in MIND.registry)):
        with contextlib.suppress(Mistake):
            assert MIND.registry.find(call(f"{name} {text}").command)
    with contextlib.suppress(Mistake):
        weekly(text)


@given(
    st.builds(
        Call,
        st.from_regex(r"[a-z]{1,10}", fullmatch=True),
        st.lists(st.tuples(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text(max_size=5)), max_size=3).map(tuple),
        st.booleans(),
        st.none() | st.from_regex(r"[a-z]{1,8}", fullmatch=True),
    ).filter(lambda call: len(call.token()) <= MAX_TOKEN)
)
def test_a_call_survives_being_written_as_a_token(made: Call) -> None:
    assert Call.from_token(made.token()) == made


@given(st.text(max_size=300))
def test_any_token_can_be_read(token: str) -> None:
    Call.from_token(token)
