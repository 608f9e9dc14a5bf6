"""One person's pace: so much at once, then one each so often; and nobody pays for another."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot import app
from bot.core.chat import Call, Person, Place, Reply, Request
from bot.core.command import Command, Registry
from bot.core.dispatch import Dispatcher
from bot.core.rate_limits import BURST, COSTLY_BURST, EVERY, RARER, Allowance, RateLimit, RateLimits
from bot.platforms.slack import render as slack
from bot.settings import Settings
from tests.conftest import GARDENER, NOW, choices, told

ADA, BEN = ("slack", "T1", "U1"), ("slack", "T1", "U2")
NOTHING = timedelta()


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_so_many_at_once_and_then_one_each_so_often() -> None:
    limit = RateLimit(Allowance(3, seconds(2)))
    assert [limit.take(ADA, NOW) for _ in range(5)] == [NOTHING] * 3 + [seconds(2)] * 2
    assert limit.take(ADA, NOW + seconds(1.5)) == seconds(0.5)
    assert limit.take(ADA, NOW + seconds(2)) == NOTHING
    assert limit.take(ADA, NOW + seconds(2)) == seconds(2)
    assert [limit.take(ADA, NOW + seconds(60)) for _ in range(4)] == [NOTHING] * 3 + [seconds(2)]


def test_nobody_pays_for_another() -> None:
    limit = RateLimit(Allowance(1, seconds(2)))
    assert limit.take(ADA, NOW) == NOTHING
    assert limit.take(BEN, NOW) == NOTHING
    assert limit.take(ADA, NOW) == seconds(2)


def test_a_clock_that_is_put_back_locks_nobody_out_for_longer_than_an_empty_bucket() -> None:
    limit = RateLimit(Allowance(3, seconds(2)))
    for _ in range(3):
        limit.take(ADA, NOW)
    assert limit.take(ADA, NOW - timedelta(hours=1)) == seconds(2)
    assert limit.take(ADA, NOW - timedelta(hours=1) + seconds(2)) == NOTHING


def test_it_remembers_so_many_accounts_and_no_more() -> None:
    limit = RateLimit(Allowance(1, seconds(2)), most=100)
    for number in range(1_000):
        limit.take(("slack", "T1", f"U{number}"), NOW)
    assert len(limit) == 100
    assert limit.take(("slack", "T1", "U999"), NOW) == seconds(2)
    assert limit.take(("slack", "T1", "U0"), NOW) == NOTHING  # forgotten, as 900 others spoke since


@given(st.lists(st.integers(0, 30), max_size=60))
def test_it_lets_through_what_a_bucket_of_tokens_would(gaps: list[int]) -> None:
    burst, every = 4, 10
    limit, tokens, at = RateLimit(Allowance(burst, seconds(every))), float(burst), NOW
    for gap in gaps:
        at += seconds(gap)
        tokens = min(burst, tokens + gap / every)
        let_through = tokens > 1 - 1e-9
        wait = limit.take(ADA, at)
        assert (wait == NOTHING) == let_through
        if let_through:
            tokens -= 1
        else:
            assert abs(wait.total_seconds() - (1 - tokens) * every) < 1e-3


# ── in the dispatcher ─────────────────────────────────────────────────────────────────────────────────────────────────


def limited() -> Dispatcher:
    return app.dispatcher(GARDENER, limits=RateLimits())


async def ask(
    mind: Dispatcher, said: str | Call, at: datetime = NOW, user: str = "ada", *, public: bool = False
) -> Reply:
    place = Place("test", "w", "c")
    return await mind.answer(Request(Person("test", "w", user), said, at, place, public=public, manages=True))


async def test_whoever_asks_too_much_is_told_how_long_to_wait_before_anything_is_done() -> None:
    mind = limited()
    assert "One moment…" not in [(await ask(mind, "help")).title for _ in range(BURST)]
    late = await ask(mind, "no such thing", public=True)
    assert (late.title, late.private) == ("One moment…", True)
    assert told(late).splitlines()[1] == "That was a lot at once. Please try again in 2 seconds."
    assert choices(late) == {}
    assert (await ask(mind, "help", user="ben")).title != "One moment…"
    assert (await ask(mind, "help", NOW + EVERY)).title != "One moment…"


async def test_a_button_pressed_too_soon_can_be_pressed_again() -> None:
    mind = limited()
    for _ in range(BURST):
        await ask(mind, "help")
    again = choices(await ask(mind, Call.of("tip", topic="soil")))
    assert again == {"Try again": Call.of("tip", topic="soil")}
    assert slack.render(await ask(mind, Call.of("tip", topic="soil")))


async def test_one_who_roams_has_one_pace_in_all_servers() -> None:
    mind = limited()
    here = Person("discord", "1", "7", roams=True)
    for _ in range(BURST):
        await mind.answer(Request(here, "help", NOW))
    assert (await mind.answer(Request(replace(here, workspace="2"), "help", NOW))).title == "One moment…"
    assert (await mind.answer(Request(Person("discord", "2", "8", roams=True), "help", NOW))).title != "One moment…"


COSTLY: list[str | Call] = [
    "round",
    "digest now",
    "digest preview",
    "privacy export",
    "quiz export",
    "link",
    "link 7KQ4-M2XD",
    Call("tip", public=True),
]


async def test_what_costs_more_or_speaks_to_others_is_rarer() -> None:
    for said in COSTLY:
        mind = limited()
        for number in range(COSTLY_BURST):
            assert (await ask(mind, said)).title != "One moment…", (said, number)
        late = await ask(mind, said)
        assert late.title == "One moment…", said
        assert told(late).splitlines()[1].endswith(f"in {RARER * EVERY.seconds} seconds.")
        assert not any(name == "Share" for name in choices(late))
        assert (await ask(mind, "tip")).title != "One moment…", said
        assert (await ask(mind, said, NOW + RARER * EVERY)).title != "One moment…", said


async def test_the_costly_share_one_allowance() -> None:
    mind = limited()
    for _ in range(COSTLY_BURST):
        await ask(mind, "round")
    assert (await ask(mind, "link")).title == "One moment…"


async def test_to_answer_a_round_or_to_look_at_a_digest_is_not_costly() -> None:
    mind = limited()
    asked = choices(await ask(mind, "round"))["How does it stand?"]
    for said in [asked] * 8 + ["digest"] * 8:
        assert (await ask(mind, said)).title != "One moment…"


def test_every_command_is_costly_or_not_whatever_it_is_given() -> None:
    known: Registry = limited().registry
    found: dict[str, Command] = {one.name: one for one in known}
    assert {name for name, one in found.items() if one.costly({})} == {"link", "round"}


def test_the_operator_says_how_many_a_minute() -> None:
    assert Settings(requests_per_minute=30).between_requests == EVERY
    assert Settings(requests_per_minute=0).between_requests is None


async def test_one_more_reply_to_the_same_request_is_not_one_more_request() -> None:
    mind = limited()
    request = Request(Person("test", "w", "ada"), "help", NOW)
    for _ in range(BURST + 5):
        assert (await mind.answer(request, counted=True)).title != "One moment…"
    assert (await mind.answer(request)).title != "One moment…"
