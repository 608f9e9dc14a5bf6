"""Which question comes next, where its choices stand, and what an answer is worth."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from fsrs import Rating

from bot import content
from bot.core.catalog import Catalog, Fact, Question
from bot.learning.quiz import AWAY, Known, asked_at, choose, is_asked, places, rate, review, took
from tests.conftest import withdraw

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return content.load(content.find("ai-engineer"))


def known(due: timedelta) -> Known:
    return Known(NOW + due, TODAY - timedelta(days=3))


def test_what_is_due_comes_first_and_the_longest_due_before_all(catalog: Catalog) -> None:
    a, b, c = (question.id for question in catalog.all(Question)[:3])
    cards = {a: known(timedelta(hours=-1)), b: known(timedelta(hours=-5)), c: known(timedelta(hours=1))}
    assert choose(catalog, None, cards, set(), NOW, "") == catalog.get(b, Question)
    assert choose(catalog, None, cards, {b}, NOW, "") == catalog.get(a, Question)


def test_new_questions_ask_for_every_fact_once_before_any_twice_and_the_easier_first(catalog: Catalog) -> None:
    cards: dict[str, Known] = {}
    facts: list[str] = []
    for _ in {question.fact for question in catalog.all(Question)}:
        question = choose(catalog, None, cards, set(), NOW, "ada")
        assert question is not None
        assert question.difficulty == min(
            q.difficulty for q in catalog.all(Question) if q.fact not in facts and q.id not in cards
        )
        cards[question.id] = known(timedelta(days=1))
        facts.append(question.fact)
    assert len(set(facts)) == len(facts)


def test_nothing_comes_twice_until_all_has_come_and_then_the_next_due(catalog: Catalog) -> None:
    right: set[str] = set()
    cards: dict[str, Known] = {}
    while (question := choose(catalog, "python", cards, right, NOW, "ada")) is not None:
        assert question.id not in right
        assert "python" in catalog.get(question.fact, Fact).topics
        right.add(question.id)
        cards[question.id] = known(timedelta(days=len(right)))
    assert right == {q.id for q in catalog.all(Question) if "python" in catalog.get(q.fact, Fact).topics}
    tomorrow = choose(catalog, "python", cards, set(), NOW, "ada")
    assert tomorrow is not None
    assert cards[tomorrow.id].due == NOW + timedelta(days=1)


def test_a_void_question_is_never_chosen(catalog: Catalog) -> None:
    due, new = catalog.all(Question)[:2]
    void = withdraw(withdraw(catalog, due), new)
    right = {question.id for question in catalog.all(Question)} - {due.id, new.id}
    assert choose(catalog, None, {due.id: known(timedelta(hours=-1))}, right, NOW, "") is not None
    assert choose(void, None, {due.id: known(timedelta(hours=-1))}, right, NOW, "") is None


def test_each_person_begins_elsewhere(catalog: Catalog) -> None:
    assert len({choose(catalog, None, {}, set(), NOW, str(n)) for n in range(100)}) > 30


def test_each_of_the_24_orders_is_as_likely_as_the_others() -> None:
    seen = Counter(places(asked_at(NOW, n), "q-some") for n in range(24_000))
    assert len(seen) == 24
    chi = sum((times - 1_000) ** 2 / 1_000 for times in seen.values())
    assert chi < 49.7  # one in a thousand, at 23 degrees of freedom


def test_the_order_holds_for_one_asking_and_differs_between_questions() -> None:
    asked = asked_at(NOW, 7)
    assert places(asked, "q-a") == places(asked, "q-a")
    assert len({places(asked, f"q-{n}") for n in range(200)}) == 24


def test_buttons_that_were_sent_before_an_upgrade_are_read_as_they_were_meant() -> None:
    """A button tells the place where its choice stood, and not which it was."""
    assert places("toy6c0-0004", "q-in-demand") == (1, 0, 3, 2)
    assert places("toy6c0-0005", "q-in-demand") == (0, 2, 1, 3)
    assert places("toy6c0-0004", "q-mainstream-order") == (0, 3, 2, 1)


def test_the_name_of_an_asking_tells_when_it_was() -> None:
    asked = asked_at(NOW, 123_456_789)
    assert is_asked(asked)
    assert took(asked, NOW + timedelta(seconds=61)) == 61
    assert took(asked, NOW - timedelta(seconds=1)) is None
    assert took(asked, NOW + AWAY + timedelta(seconds=1)) is None
    assert not any(is_asked(text) for text in ("", "x", asked + "0", asked.upper(), "ſ" * 6 + "-0000"))


@pytest.mark.parametrize(
    ("right", "seconds", "missed", "rating"),
    [
        (True, 5, False, Rating.Good),
        (True, None, False, Rating.Good),
        (True, 60, False, Rating.Good),
        (True, 61, False, Rating.Hard),
        (True, 5, True, Rating.Hard),
        (False, 5, False, Rating.Again),
        (False, None, True, Rating.Again),
    ],
)
def test_an_answer_is_rated(right: bool, seconds: int | None, missed: bool, rating: Rating) -> None:
    assert rate(right=right, seconds=seconds, missed_today=missed) is rating


def test_what_is_known_comes_back_later_each_time_and_what_was_missed_in_minutes() -> None:
    card, at, waits = None, NOW, []
    for _ in range(4):
        card, due = review(card, Rating.Good, at)
        waits.append((due - at).days)
        at = due
    assert waits == sorted(waits)
    assert waits[0] >= 1
    assert waits[-1] > 100
    _, due = review(card, Rating.Again, at)
    assert due - at == timedelta(minutes=10)
    _, due = review(None, Rating.Again, at)
    assert due - at == timedelta(minutes=10)


def test_the_same_answers_make_the_same_card() -> None:
    def card() -> str:
        kept, at = None, NOW
        for rating in (Rating.Good, Rating.Again, Rating.Hard, Rating.Good, Rating.Good, Rating.Good):
            kept, due = review(kept, rating, at)
            at = due + timedelta(hours=3)
        return kept or ""

    assert card() == card()
