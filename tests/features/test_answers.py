"""Each command as a conversation: what is typed, what is said."""

import pytest

from bot.core.catalog import Fact, Pay, Tip
from bot.core.chat import Call, Menu, RangeChart, Reply
from bot.core.dispatch import Dispatcher
from bot.core.markup import plain
from tests.conftest import Say, choices, told


def chart(reply: Reply) -> RangeChart:
    return next(part for part in reply.parts if isinstance(part, RangeChart))


async def test_salary_shows_all_five_rows_and_says_what_the_figures_are_worth(say: Say) -> None:
    reply = await say("salary")
    assert [(one.low, one.high, one.open_ended) for one in chart(reply).ranges] == [
        (90_000, 120_000, False),
        (120_000, 150_000, False),
        (150_000, 200_000, True),
        (200_000, 250_000, True),
        (70_000, 150_000, False),
    ]
    assert "no sample size" in told(reply).replace("no survey, ", "")
    assert {"Compare an offer", "Senior level", "Europe / Asia", "Share"} <= set(choices(reply))


async def test_salary_sets_off_the_row_that_was_asked_for_and_tells_its_notes(say: Say) -> None:
    reply = await say("salary top tech")
    assert [one.emphasis for one in chart(reply).ranges] == [False, False, False, True, False]
    assert "stock" in told(reply).casefold()


async def test_salary_says_so_when_the_source_has_no_such_row(say: Say) -> None:
    reply = await say("salary senior europe")
    assert "does not split Europe / Asia by level" in told(reply)
    assert [one.low for one in chart(reply).ranges if one.emphasis] == [70_000]


@pytest.mark.parametrize(
    ("offer", "verdict"),
    [
        ("95k", "Inside Entry-level pay in the US ($90,000 to $120,000), in the lower third: 17 % of the way up"),
        ("80k", "Below Entry-level pay in the US ($90,000 to $120,000), by $10,000"),
        ("90k", "At the bottom of Entry-level"),
        ("130k", "Above Entry-level pay in the US ($90,000 to $120,000): $10,000 over the top"),
        ("95", "If you meant thousands, write 95k"),
    ],
)
async def test_an_offer_is_placed_against_the_range(say: Say, offer: str, verdict: str) -> None:
    assert verdict in told(await say(f"salary entry us {offer}"))


async def test_an_offer_over_an_open_range_is_not_called_over_the_top(say: Say) -> None:
    assert "the range is open at the top" in told(await say("salary senior us 230k"))


async def test_an_offer_in_another_currency_is_never_converted_in_silence(say: Say) -> None:
    reply = await say("salary europe 80k EUR")
    assert "I do not convert" in told(reply)
    assert chart(reply).marker is None
    assert "Inside" not in told(reply)


async def test_the_buttons_keep_what_was_already_said(say: Say) -> None:
    reply = await say("salary entry us 95k eur")
    assert dict(choices(reply)["Senior level"].arguments) == {"level": "senior", "region": "us", "offer": "95000 EUR"}
    again = await say(choices(reply)["Senior level"])
    assert "I do not convert" in told(again)


async def test_tips_do_not_come_twice_before_all_have_come_once(say: Say, mind: Dispatcher) -> None:
    every = mind.world.catalog.all(Tip)
    for _ in range(2):  # and the second round is whole again
        seen = [(await say("tip")).title for _ in every]
        assert sorted(seen) == sorted(tip.title for tip in every)


async def test_each_person_and_each_topic_has_an_order_of_its_own(say: Say) -> None:
    async def first_ten(user: str) -> list[str]:
        return [(await say("tip", user)).title for _ in range(10)]

    assert await first_ten("ada") != await first_ten("grace")
    python = [(await say("tip python", "joan")).title for _ in range(11)]
    assert len(set(python)) == 11


async def test_a_tip_names_the_fact_it_rests_on_and_leads_on(say: Say, mind: Dispatcher) -> None:
    reply = await say(Call.of("tip", item="tip-five-tests"))
    assert f"Why: {plain(mind.world.catalog.get('skill-python', Fact).text)}" in told(reply)
    assert choices(reply)["Another tip"] == Call("tip")
    assert any(label.startswith("Related: ") for label in choices(reply))


async def test_a_question_is_answered_with_its_section_and_others_lead_on(say: Say) -> None:
    reply = await say("how much does a junior make in america?")
    assert reply.title == "Entry-level pay in the US"
    assert "AI Engineer Salary" in told(reply)
    assert {"Share", "The salary table", "Compare an offer"} <= set(choices(reply))
    labels = [c.label for entry in reply.choices for c in (entry.options if isinstance(entry, Menu) else (entry,))]
    assert len(labels) == len(set(labels))


async def test_what_the_article_does_not_say_is_not_answered(say: Say) -> None:
    for question, silence in (
        ("which football team will win on sunday?", "sport results"),
        ("ask zzz qqq xyz vvv?", ""),
    ):
        reply = await say(question)
        assert reply.title == "The article does not say"
        assert (f"says nothing about {silence}" if silence else "does not say") in told(reply)
        assert choices(reply)["Ask something else"].fill == "question"


async def test_a_question_that_the_article_nearly_answers_is_led_to_what_it_does_say(say: Say) -> None:
    reply = await say("how much does a data scientist earn?")
    assert "says nothing about" in told(reply)
    assert "These come nearest" in told(reply)
    assert len(choices(reply)) >= 3


async def test_markup_in_a_question_is_shown_as_it_was_typed(say: Say) -> None:
    reply = await say("ask **bold** <!channel> [x](https://evil.example) zzzz")
    assert "**bold** <!channel> [x](https://evil.example) zzzz" in told(reply)


async def test_help_explains_each_command_with_its_values_and_examples(say: Say) -> None:
    reply = await say("help salary")
    assert "Senior level" in told(reply)
    assert "salary entry us" in told(reply)


async def test_the_ladder_leads_up_and_down(say: Say) -> None:
    reply = await say("path mid")
    steps = [label for label in choices(reply) if label.startswith(("Before:", "Next:"))]
    assert [step.split(":")[0] for step in steps] == ["Before", "Next"]
    assert choices(reply)[steps[1]] == Call.of("path", step="stage-senior")


async def test_every_fact_can_be_reached_by_clicking(say: Say, mind: Dispatcher) -> None:
    """From the commands without arguments, by buttons and menus alone."""
    waiting = [Call(found.name) for found in mind.registry if not any(p.required for p in found.visible)]
    seen: set[Call] = set()
    shown: set[str] = set()
    while waiting:
        call = waiting.pop()
        if call in seen or call.public or call.fill or call == Call("tip") or "offer" in dict(call.arguments):
            continue
        seen.add(call)
        reply = await say(call)
        assert "Not quite" not in reply.title, call
        shown.add(reply.title)
        waiting += choices(reply).values()
    rows = {row.title for row in mind.world.catalog.all(Pay)}  # shown in the salary table rather than one by one
    assert {fact.title for fact in mind.world.catalog.all(Fact)} - shown <= rows


async def test_a_second_pack_needs_no_code(say: Say, gardener: Dispatcher) -> None:
    assert "Apprentice" in told(await say("salary learner", to=gardener))
    assert (await say("tip humus", to=gardener)).title == "Start a heap"
    assert "Spade" in told(await say("tools iron", to=gardener))
    assert (await say("how deep should i dig", to=gardener)).title == "Digging"
    for name in ("job", "path", "trends", "skills", "about", "help"):
        reply = await say(name, to=gardener)
        assert "AI" not in told(reply).replace("OpenAI", ""), name
