"""What people do with a question that they missed, or find wrong: drill it, take it to Anki, report it."""

import csv
import html
import re
from dataclasses import replace
from typing import Any

import pytest

from bot import app
from bot.core.catalog import Catalog, Fact
from bot.core.chat import MAX_TOKEN, Call, File, Person, Reply, Request
from bot.features import _quiz
from bot.learning import anki
from bot.storage import reports, void
from bot.storage.memory import MemoryStore
from tests.conftest import choices, told, withdraw
from tests.life import Life, answers

#: A question whose words would break a file that is not careful.
NASTY: dict[str, Any] = {
    "question": 'Is <b>&\t"x"\n#1?',
    "right": '"<i>"\t&',
    "explanation": "First.\n\n**Second** <script>.",
}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def life(ai_engineer: Catalog, store: MemoryStore) -> Life:
    return Life(app.dispatcher(ai_engineer, store))


def file_of(reply: Reply) -> File:
    (file,) = (part for part in reply.parts if isinstance(part, File))
    return file


def notes(text: str) -> list[list[str]]:
    """The rows as Anki reads them: a line that begins with # is none."""
    return [row for row in csv.reader(text.splitlines(), delimiter="\t") if not row[0].startswith("#")]


# ── the drill ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_drill_asks_what_was_missed_until_none_is_left(life: Life) -> None:
    missed = []
    for _ in range(3):
        asked = await life.say("quiz")
        missed.append(life.question(asked))
        reply = await life.say(life.button(asked, right=False))
        life.wait(seconds=30)
    assert choices(reply)["Drill what I missed"] == Call.of("quiz", what="missed")
    asked = await life.say(choices(reply)["Drill what I missed"])
    for left in (3, 2, 1):
        assert asked.title == f"What you missed: {left} to go"
        assert life.question(asked) == missed[3 - left]
        reply = await life.say(life.button(asked))
        assert reply.title == "Right"
        assert "Drill what I missed" not in choices(reply)
        life.wait(seconds=30)
        asked = await life.say(choices(reply)["Next"])
    assert asked.title == "Nothing missed"
    assert "you had right when it last came. Well done." in told(asked)


async def test_what_is_missed_again_in_the_drill_stays_in_it(life: Life) -> None:
    await life.answer(right=False)
    asked = await life.say("quiz missed")
    again = await life.say(choices(await life.say(life.button(asked, right=False)))["Next"])
    assert again.title == "What you missed: 1 to go"
    assert life.question(again) == life.question(asked)


async def test_a_drill_is_kept_to_the_topic_that_was_named(life: Life) -> None:
    await life.answer(right=False, what="quiz python")
    asked = await life.say("quiz python missed")
    assert asked.title == "What you missed on Python and coding: 1 to go"
    life.wait(seconds=5)
    reply = await life.say(life.button(asked))
    assert choices(reply)["Next"] == Call.of("quiz", what="missed", topic="python")
    assert (await life.say(choices(reply)["Next"])).title == "Nothing missed on Python and coding"


async def test_who_has_answered_nothing_is_told_so(life: Life) -> None:
    for what in ("quiz missed", "quiz export"):
        reply = await life.say(what)
        assert reply.title == "Nothing missed yet"
        assert choices(reply)["A question"] == Call("quiz")


async def test_a_shared_question_of_a_drill_tells_nothing_of_the_drill(life: Life) -> None:
    await life.answer(right=False)
    shared = await life.say(choices(await life.say("quiz missed"))["Share"])
    assert shared.title == "Quiz"
    assert not any("what" in dict(call.arguments) for call in answers(shared).values())


# ── the file for Anki ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_was_missed_comes_as_a_file_for_anki(life: Life) -> None:
    missed = []
    for _ in range(2):
        asked = await life.say("quiz")
        missed.append(life.question(asked))
        await life.say(life.button(asked, right=False))
        life.wait(seconds=30)
    reply = await life.say("quiz export")
    assert reply.private
    assert "Share" not in choices(reply)
    file = file_of(reply)
    assert (file.name, file.about) == ("careerbot-missed.txt", "2 questions for Anki")
    text = file.content.decode()
    assert text.splitlines()[:6] == [
        "#separator:tab", "#html:true", "#notetype:Basic", "#guid column:1", "#deck column:2", "#tags column:5"
    ]  # fmt: skip
    catalog = life.mind.world.catalog
    for (guid, deck, front, back, tags), question in zip(notes(text), missed, strict=True):
        assert (guid, deck) == (f"careerbot/ai-engineer/{question.id}", "careerbot::AI engineering")
        assert html.unescape(front).startswith(question.question)
        assert set(re.findall("<li>(.*?)</li>", html.unescape(front))) == {question.right, *question.wrong}
        assert html.unescape(back).startswith(f"<b>{question.right}</b><br><br>{question.explanation}<br><br>Source: ")
        topics = catalog.get(question.fact, Fact).topics
        assert tags.split() == ["careerbot", *(f"careerbot::{topic}" for topic in topics)]


async def test_nothing_missed_is_no_empty_file(life: Life) -> None:
    await life.answer()
    reply = await life.say("quiz export")
    assert reply.title == "Nothing missed"
    assert not any(isinstance(part, File) for part in reply.parts)


def test_the_same_question_is_the_same_note_each_time_and_no_word_breaks_its_line(ai_engineer: Catalog) -> None:
    question = replace(ai_engineer.bank[0], **NASTY)
    text = anki.as_text(ai_engineer, [question])
    assert anki.as_text(ai_engineer, [question, ai_engineer.bank[1]]).startswith(text)
    (row,) = notes(text)
    assert len(row) == 5
    assert row[2].startswith("Is &lt;b&gt;&amp; &quot;x&quot; #1?<ol type=A><li>")
    assert "<li>&quot;&lt;i&gt;&quot; &amp;</li>" in row[2]
    assert "<br><br>First. Second &lt;script&gt;.<br><br>Source: " in row[3]


def test_the_right_choice_stands_in_no_place_more_than_in_others(ai_engineer: Catalog) -> None:
    rows = notes(anki.as_text(ai_engineer, ai_engineer.bank))
    at = [re.findall("<li>(.*?)</li>", row[2]).index(html.escape(q.right)) for row, q in zip(rows, ai_engineer.bank)]  # noqa: B905 # held below
    assert len(at) == len(ai_engineer.bank)
    assert all(len(at) / 4 * 0.6 < at.count(place) < len(at) / 4 * 1.4 for place in range(4))


# ── a report ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_is_wrong_with_a_question_is_asked_kept_and_thanked_for(life: Life, store: MemoryStore) -> None:
    reply = await life.answer()
    button = choices(reply)["Report"]
    assert life.mind.form(button).label == "What is wrong with it?"
    for words in ("Two are right", " Two \u202eare\nright <b>,\x1b[31m really "):
        thanks = await life.say(Call("quiz", (*button.arguments, ("said", words))))
        assert thanks.title == "Reported"
        assert "Next" in choices(thanks)
    (found,) = await store.read(reports.reported)
    assert found.question == dict(button.arguments)["q"]
    assert found.said == ("Two are right <b>,[31m really",)


async def test_a_report_stays_in_the_drill_and_needs_words(life: Life, store: MemoryStore) -> None:
    await life.answer(right=False)
    button = choices(await life.say(life.button(await life.say("quiz missed"))))["Report"]
    empty = await life.say(Call("quiz", (*button.arguments, ("said", " \u200b "))))
    assert empty.title == "One more thing"
    assert choices(empty)["Report"] == button
    assert choices(empty)["Next"] == Call.of("quiz", what="missed")
    long = await life.say(Call("quiz", (*button.arguments, ("said", "x" * 301))))
    assert "300" in told(long)
    assert await store.read(reports.reported) == ()


def test_every_button_of_the_longest_question_fits(ai_engineer: Catalog) -> None:
    question = replace(ai_engineer.bank[0], id="q-" + "x" * 38)
    topic = replace(ai_engineer.pack.topics[0], id="t" * 40)
    on = _quiz.following(topic, drill=True)
    assert _quiz.report_button(question.id, on).call.arguments == (("q", question.id), ("what", "missed"))
    pick = _quiz.stay(Call.of("quiz", q=question.id, asked="zzzzzzz-zzzz", pick="0"), on)
    assert dict(pick.arguments)["what"] == "missed"
    assert len(pick.token()) <= MAX_TOKEN


# ── a question that was withdrawn ─────────────────────────────────────────────────────────────────────────────────────


async def test_the_old_buttons_of_a_void_question_say_why_and_lose_nobody_a_day(
    life: Life, store: MemoryStore, ai_engineer: Catalog
) -> None:
    asked = await life.say("quiz")
    question = life.question(asked)
    lost = await life.say(life.button(asked, right=False), "grace")
    after = Life(app.dispatcher(withdraw(ai_engineer, question), store), life.now)
    await void.set_right(store, after.mind.world.catalog)

    reply = await after.say(life.button(asked, right=False))
    assert reply.title == "Withdrawn"
    for part in (question.question, "This question is asked no more. Two of the choices were right.", "Day 1. Kept"):
        assert part in told(reply)
    assert "Your answer counts as right." in told(reply)
    assert list(choices(reply)) == ["Next"]

    again = await after.say(life.button(asked, right=False), "grace")
    assert "Your answer counts as right. " not in told(lost)
    assert "nothing new was counted" in told(again)
    assert (await after.say("quiz missed", "grace")).title == "Nothing missed"
    assert (await after.say("quiz export", "grace")).title == "Nothing missed"

    for call in (choices(asked)["Share"], choices(lost)["Report"]):
        shown = await after.say(call)
        assert shown.title == "Withdrawn"
        assert "Your answer" not in told(shown)
    assert await store.read(reports.reported) == ()


async def test_a_void_question_is_not_asked_of_those_who_missed_it(
    life: Life, store: MemoryStore, ai_engineer: Catalog
) -> None:
    asked = await life.say("quiz")
    await life.say(life.button(asked, right=False))
    withdrawn = withdraw(ai_engineer, life.question(asked))
    after = Life(app.dispatcher(withdrawn, store), life.now)
    await void.set_right(store, withdrawn)
    after.wait(minutes=11)
    assert after.question(await after.say("quiz")) != life.question(asked)


async def test_an_account_that_roams_is_asked_the_same_question_everywhere(life: Life) -> None:
    """Until it is answered: it is one person's question of the day."""
    asked = [
        await life.mind.answer(Request(Person("test", place, "ada", roams=True), "quiz", life.now))
        for place in ("", "guild-1", "guild-2")
    ]
    assert len({life.question(one).id for one in asked}) == 1
