"""What a digest says: repeatable, and nothing again before its pool is used up."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import pytest
from simcord.components import validate_message_state

from bot import app
from bot.core.catalog import Catalog, Outlook, Question, Tip, Tool
from bot.core.chat import RangeChart, Reply, Text
from bot.demo.slack.payloads import check_message
from bot.digests import compose as under_test
from bot.digests.compose import SECTIONS, Issue, People, compose
from bot.platforms.discord import render as discord
from bot.platforms.slack import render as slack
from tests.conftest import GARDENER, choices, told
from tests.life import answers

MONDAY = date(2026, 11, 30)
ASKED = "t3c4s0-0001"
BUSY = People((("Ada", 6), ("Grace", 1)), (("Ada", 30),), ("q-in-demand", 7, 5))


def weeks(catalog: Catalog, number: int, place: str = "slack/T1/C1") -> Iterator[Reply]:
    for n in range(number):
        yield compose(catalog, Issue(MONDAY + timedelta(weeks=n), place, ASKED, by="Ada"), People())


def test_the_same_week_says_the_same_and_another_place_something_else(ai_engineer: Catalog) -> None:
    assert list(weeks(ai_engineer, 3)) == list(weeks(ai_engineer, 3))
    titles = {place: [reply.title for reply in weeks(ai_engineer, 12, place)] for place in "abcdef"}
    assert len({tuple(said) for said in titles.values()}) == len(titles)


@pytest.mark.parametrize(("section", "kind"), [("trend", Outlook), ("tip", Tip), ("tool", Tool)])
def test_nothing_comes_again_before_all_of_its_pool_has_come(
    ai_engineer: Catalog, section: str, kind: type[Outlook | Tip | Tool]
) -> None:
    pool = ai_engineer.all(kind)
    said = [under_test._turn(pool, n, "place", section) for n in range(3 * len(pool))]
    for lap in range(3):
        assert set(said[lap * len(pool) : (lap + 1) * len(pool)]) == set(pool)
    for one in pool:
        places = [n for n, each in enumerate(said) if each == one]
        assert all(later - earlier == len(pool) for earlier, later in pairwise(places))


def test_the_questions_of_four_years_are_all_different(ai_engineer: Catalog) -> None:
    asked = [under_test.question_of(ai_engineer, MONDAY + timedelta(weeks=n), "place") for n in range(208)]
    assert len(set(asked)) == 208


def test_a_digest_has_a_trend_a_tip_a_note_a_tool_and_a_question_with_four_answers(ai_engineer: Catalog) -> None:
    for reply in weeks(ai_engineer, 52):
        said = [part.text for part in reply.parts if isinstance(part, Text)]
        assert len([text for text in said if text.startswith("**")]) == len(said) - 1  # the trend has the title
        assert len(said) in {5, 6}  # what to do about it stands by itself; a new role has nothing to do
        assert len(answers(reply)) == 4
        assert list(choices(reply))[4:] == ["How does it stand?", "Change or stop it"]
        assert "Once a week, set up by Ada with “digest”." in reply.source
        assert "Source: " in reply.source
    assert sum(any(isinstance(part, RangeChart) for part in reply.parts) for reply in weeks(ai_engineer, 52)) >= 10


def test_what_the_place_did_is_told_only_where_there_is_something(ai_engineer: Catalog) -> None:
    busy = compose(ai_engineer, Issue(MONDAY, "p", ASKED), BUSY)
    right = ai_engineer.get("q-in-demand", Question).right
    assert f"Last week's question: 5 of 7 had it right. The answer: {right}." in told(busy)
    assert "In a row now: Ada 30 days." in told(busy)
    assert "Learned most last week: Ada 6 days and Grace 1 day." in told(busy)
    quiet = compose(ai_engineer, Issue(MONDAY, "p", ASKED), People(last=("q-in-demand", 0, 0)))
    assert len(quiet.parts) == len(busy.parts) - 1


def test_names_that_people_chose_style_nothing(ai_engineer: Catalog) -> None:
    people = People((("**@everyone** [x](https://evil.example)", 2),))
    issue = Issue(MONDAY, "p", ASKED, by="*Ada*")
    assert "**@everyone** [x](https://evil.example) 2 days" in told(compose(ai_engineer, issue, people))
    assert "set up by \\*Ada\\*" in compose(ai_engineer, issue, people).source


@pytest.mark.parametrize("off", SECTIONS)
def test_each_section_can_be_switched_off(ai_engineer: Catalog, off: str) -> None:
    whole = compose(ai_engineer, Issue(MONDAY, "p", ASKED), BUSY)
    less = compose(ai_engineer, Issue(MONDAY, "p", ASKED, frozenset({off})), BUSY)
    assert len(less.parts) < len(whole.parts)
    nothing = compose(ai_engineer, Issue(MONDAY, "p", ASKED, frozenset(SECTIONS)), BUSY)
    assert nothing.parts == ()
    assert nothing.title


def test_a_small_pack_has_a_digest_too() -> None:
    catalog = app.dispatcher(GARDENER).world.catalog
    for reply in weeks(catalog, 10):
        assert reply.title
        assert reply.parts


def test_every_week_of_a_year_is_inside_both_platforms_limits(ai_engineer: Catalog) -> None:
    for n in range(52):
        reply = compose(ai_engineer, Issue(MONDAY + timedelta(weeks=n), "p", ASKED, by="Ada"), BUSY)
        for message in discord.render(reply):
            validate_message_state(list(message.components), flags=1 << 15, content=None, embeds=[], poll=None)
        for post in slack.render(reply):
            assert check_message(post.content(), lambda reference: True) == []
        assert len(discord.render(reply)) == len(slack.render(reply)) == 1
