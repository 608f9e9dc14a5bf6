"""The quiz as conversations of people whose days go by."""

import pytest

from bot import app
from bot.core.catalog import Question
from bot.core.chat import Call
from bot.core.dispatch import Dispatcher
from tests.conftest import GARDENER, choices, told
from tests.life import Life, answers


@pytest.fixture
def life(mind: Dispatcher) -> Life:
    return Life(mind)


async def test_a_question_has_four_choices_and_an_answer_names_the_right_one_and_the_source(life: Life) -> None:
    asked = await life.say("quiz")
    question = life.question(asked)
    assert question.question in told(asked)
    assert set(answers(asked)) == {question.right, *question.wrong}
    reply = await life.say(life.button(asked, right=False))
    assert reply.title == "Not this one"
    for part in ("You chose: ", f"The answer: {question.right}", question.explanation, "Source: ", "Day 1."):
        assert part in told(reply)
    assert {"Next", "Show the fact"} <= set(choices(reply))


async def test_the_first_answer_of_a_day_keeps_the_streak_right_or_not(life: Life) -> None:
    assert "Day 1. Kept for today. The next day begins at 00:00 on Tuesday 24 November (UTC)." in told(
        await life.answer(right=False)
    )
    assert "Day 1. Today is kept already; this was practice." in told(await life.answer())
    life.wait(days=1)
    assert "Day 2. Kept for today." in told(await life.answer())


async def test_a_missed_day_begins_anew_and_a_freeze_holds(life: Life) -> None:
    await life.answer()
    life.wait(days=2)
    assert "Day 1. Kept for today." in told(await life.answer())
    for _ in range(6):
        life.wait(days=1)
        await life.answer()
    life.wait(days=2)
    assert "Day 8. Kept for today. 1 freeze held the streak while you were away." in told(await life.answer())


async def test_a_button_counts_once_and_shows_what_counted(life: Life) -> None:
    asked = await life.say("quiz")
    first = await life.say(life.button(asked, right=False))
    life.wait(seconds=3)
    for call in answers(asked).values():
        again = await life.say(call)
        assert again.title == first.title == "Not this one"
        assert "nothing new was counted" in told(again)


async def test_a_shared_question_counts_for_each_who_clicks(life: Life) -> None:
    shared = await life.say(choices(await life.say("quiz"))["Share"])
    assert not shared.private
    assert len(answers(shared)) == 4
    for user in ("ada", "grace", "joan"):
        reply = await life.say(life.button(shared), user)
        assert reply.title == "Right"
        assert reply.private
        assert "Day 1. Kept for today." in told(reply)


async def test_the_places_of_the_choices_are_drawn_anew_each_time(life: Life) -> None:
    orders = {tuple(answers(await life.say("quiz"))) for _ in range(60)}
    assert len(orders) > 10  # of one question that waits


async def test_next_stays_on_the_topic_and_asks_something_else(life: Life) -> None:
    first = await life.say("quiz python")
    reply = await life.say(life.button(first))
    assert choices(reply)["Next"] == Call.of("quiz", topic="python")
    assert life.question(await life.say(choices(reply)["Next"])) != life.question(first)


async def test_what_was_missed_comes_back_the_same_day(life: Life) -> None:
    asked = await life.say("quiz")
    await life.say(life.button(asked, right=False))
    life.wait(minutes=11)
    assert life.question(await life.say("quiz")) == life.question(asked)


async def test_who_answers_all_rightly_is_done_for_today() -> None:
    life = Life(app.dispatcher(GARDENER))
    for _ in life.mind.world.catalog.all(Question):
        assert (await life.answer()).title == "Right"
    assert (await life.say("quiz")).title == "That was all for today"
    life.wait(days=1)
    assert (await life.answer()).title == "Right"


async def test_a_topic_without_questions_is_told_as_it_is() -> None:
    life = Life(app.dispatcher(GARDENER))
    titles = {(await life.say(Call.of("quiz", topic=topic.id))).title for topic in life.mind.world.catalog.pack.topics}
    assert titles <= {"No question yet"} | {title for title in titles if title.startswith("Quiz: ")}


@pytest.mark.parametrize(
    "arguments",
    [
        {"q": "q-of-an-earlier-pack", "asked": "tabcde-0000", "pick": "1"},
        {"q": "q-mainstream-order", "asked": "nonsense", "pick": "1"},
        {"q": "q-mainstream-order", "asked": "tabcde-0000", "pick": "7"},
        {"q": "q-mainstream-order", "pick": "1"},
    ],
)
async def test_an_old_button_gets_a_kind_sentence_and_counts_nothing(life: Life, arguments: dict[str, str]) -> None:
    reply = await life.say(Call.of("quiz", **arguments))
    assert reply.title == "That question is gone"
    assert choices(reply)["Another question"] == Call("quiz")
    assert "Day 1. Kept for today." in told(await life.answer())
