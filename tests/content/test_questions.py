"""A question that can be guessed, repeats another or says what the pack does not is refused; the bank is fair."""

import io
import re
from collections import Counter
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from rich.console import Console

from bot import content
from bot.cli import check
from bot.content import questions
from bot.core.catalog import Catalog, Fact, Question
from bot.learning.quiz import places
from tests.content.conftest import problems

ONE_MORE = """
- id: q-more
  kind: {kind}
  question: "{question}"
  right: "{right}"
  wrong: ["{wrong}", Once the roses bloom, When the snow melts]
  explanation: It is best done late in autumn.
  fact: skill-digging
  difficulty: 1
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("fact: tool-spade", "fact: tool-rake", "questions.yaml:21: fact: q-first-tool: there is no Fact with the id"),
        ("fact: tool-spade", "fact: skill-digging", "tools.yaml:1: id: tool-spade: no question asks for this fact"),
        ("kind: which", "kind: riddle", "questions.yaml:2: q-depth.kind: "),
        ("    - As deep as one boot\n", "", "questions.yaml:5: q-depth.wrong: "),
        ("difficulty: 2", "difficulty: 4", "questions.yaml:22: q-first-tool.difficulty: "),
        ("difficulty: 2", "void:", "questions.yaml:22: q-first-tool.void: expected text"),
        ("difficulty: 2", "void: ' '", "questions.yaml:22: q-first-tool.void: "),
        (
            "difficulty: 2",
            "difficulty: 2\n  void: wrong",
            "questions.yaml:23: void: q-first-tool: people are shown this",
        ),
        (
            "difficulty: 2",
            "difficulty: 2\n  void: Nobody could know.",
            "tools.yaml:1: id: tool-spade: no question asks for this fact",
        ),
        ("As deep as one spade", "As deep as one spade " * 4, "questions.yaml:4: q-depth.right: "),
        ("As deep as one boot", "as deep as one RAKE.", "questions.yaml:5: wrong: q-depth: two choices say the same"),
        ("As deep as one boot", "All of the above", "questions.yaml:5: wrong: q-depth: a choice stands for itself"),
        (
            "right: As deep as one spade",
            "right: As deep as a spade of the usual size",
            "questions.yaml:4: right: q-depth: is much longer",
        ),
        ("right: As deep as one spade", "right: Knee-deep", "questions.yaml:4: right: q-depth: is much shorter"),
        (
            "How deep do you turn",
            "With a spade, how deep do you turn",
            "questions.yaml:4: right: q-depth: repeats the question's words (deep, spade)",
        ),
        ("As deep as one boot", "It never matters", "questions.yaml:5: wrong: q-depth: never: an absolute word"),
        ("- True, because a bed is", "- False, because a bed is", "questions.yaml:16: wrong: q-first-tool: needs two"),
        ("kind: which", "kind: order", "questions.yaml:5: wrong: q-depth: each choice needs the same parts"),
        ("At most €11,000", "At most €12,000", "questions.yaml:27: wrong: q-wage: no fact of this pack has the figure"),
        ("One spade deep, late", "40% of it, late", "questions.yaml:9: explanation: q-depth: no fact of this pack"),
        ("is nearly over", "is 9% over", "questions.yaml:3: question: q-depth: no fact of this pack has the figure 9%"),
    ],
)
def test_an_unfair_question_is_named_by_file_line_and_key(pack: Path, old: str, new: str, said: str) -> None:
    file = pack / "questions.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    assert any(said in problem for problem in problems(pack)), problems(pack)


@pytest.mark.parametrize(
    ("question", "right", "wrong", "said"),
    [
        ("Autumn is nearly over: how deep do you turn the bed?", "Knee-deep", "No", "asks the same as 'q-depth'"),
        ("Autumn over, how deep do you turn the beds?", "Deep", "As deep as one spade", "is the right answer of"),
    ],
)
def test_a_repetition_is_refused(pack: Path, question: str, right: str, wrong: str, said: str) -> None:
    with (pack / "questions.yaml").open("a", encoding="utf-8") as file:
        file.write(ONE_MORE.format(kind="which", question=question, right=right, wrong=wrong))
    assert any(said in problem for problem in problems(pack)), problems(pack)


def test_a_void_question_is_held_to_no_rule_and_its_heir_may_ask_the_same(pack: Path) -> None:
    void = "\n  void: A boot is as deep as a spade."
    text = (pack / "questions.yaml").read_text("utf-8").replace("As deep as one boot", "It is never 9% deep")
    heir = ONE_MORE.format(
        kind="which",
        question="Autumn is nearly over. How deep do you turn the bed?",
        right="One spade",
        wrong="One hand",
    )
    (pack / "questions.yaml").write_text(text.replace("difficulty: 1", f"difficulty: 1{void}", 1) + heir, "utf-8")
    catalog = content.load(pack)
    assert "q-depth" in {question.id for question in catalog.all(Question)}
    assert [question.id for question in catalog.bank] == ["q-first-tool", "q-wage", "q-more"]
    console = Console(record=True, file=io.StringIO(), width=100)
    console.print(check.report(catalog))
    assert "Void, so asked no more: 1 (q-depth)." in console.export_text()


def test_figures_may_be_written_as_people_write_them(pack: Path) -> None:
    text = (pack / "questions.yaml").read_text("utf-8").replace("At most €11,000", "At most 11k a year")
    (pack / "questions.yaml").write_text(text, "utf-8")
    assert len(content.load(pack).all(Question)) == 3


def test_a_pack_may_do_without_a_quiz(pack: Path) -> None:
    (pack / "questions.yaml").unlink()
    assert not content.load(pack).all(Question)


def test_a_bank_whose_longest_answers_are_right_is_doubted(pack: Path) -> None:
    assert not check.doubts(content.load(pack))
    text = (pack / "questions.yaml").read_text("utf-8").replace("two hands", "one mole")
    (pack / "questions.yaml").write_text(text, "utf-8")
    assert "longest" in check.doubts(content.load(pack))[0]


@pytest.mark.parametrize(
    ("draw", "doubted"),
    [
        (places, False),
        (lambda asked, question: (0, 1, 2, 3), True),
        # In each fourth second the right choice is shown first, whatever chance says.
        (lambda asked, question: places(asked, question) if int(asked[:6], 36) % 4 else (0, 1, 2, 3), True),
        # Two questions take turns; in the third the right choice never moves.
        (lambda asked, question: (0, 1, 2, 3) if question == "q-depth" else places(asked, question), True),
    ],
)
def test_a_right_answer_with_a_favorite_place_is_doubted(pack: Path, draw: check.Draw, doubted: bool) -> None:
    doubts = check.doubts(content.load(pack), draw)
    assert bool(doubts) == doubted
    assert all("stands in the four places in" in doubt for doubt in doubts)


def test_the_report_says_where_the_right_answers_stand(pack: Path) -> None:
    console = Console(record=True, file=io.StringIO(), width=100)
    console.print(check.report(content.load(pack)))
    assert re.search(
        r"it stands in the four places in (\d\d\.\d%, ){2}\d\d\.\d% and \d\d\.\d%\.", console.export_text()
    )


# ── the bank that careerbot brings ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return content.load(content.find("ai-engineer"))


def test_every_fact_is_asked_and_every_kind_is_there(catalog: Catalog) -> None:
    assert len(catalog.all(Question)) >= 150
    assert all(catalog.questions_on(fact) for fact in catalog.all(Fact))
    kinds = Counter(question.kind for question in catalog.all(Question))
    assert all(kinds[kind] >= 15 for kind in get_args(get_type_hints(Question)["kind"]))
    assert {question.difficulty for question in catalog.all(Question)} == {1, 2, 3}


def test_the_answer_cannot_be_guessed_by_its_length(catalog: Catalog) -> None:
    bank = catalog.all(Question)
    assert not check.doubts(catalog)
    assert sum(map(questions.shortest, bank)) < check.LONGEST * len(bank)


def test_true_is_right_about_as_often_as_false(catalog: Catalog) -> None:
    verdicts = [q.right.startswith("True") for q in catalog.all(Question) if q.kind == "true-false"]
    assert 0.4 <= sum(verdicts) / len(verdicts) <= 0.6


def test_every_right_answer_is_unlike_the_wrong_ones_only_in_what_it_says(catalog: Catalog) -> None:
    for question in catalog.all(Question):
        choices = (question.right, *question.wrong)
        assert len({choice[0].isupper() or choice[0] in "$€" for choice in choices}) == 1, question.id
        assert not any(choice.endswith(".") for choice in choices), question.id
        assert question.explanation.endswith("."), question.id
