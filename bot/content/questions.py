"""What makes a quiz question fair: one right choice, no figure that the pack lacks, and no way to guess.

Works on a bank whose keys are all there; `packs` gives each flaw its file and line.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import snowballstemmer
from rapidfuzz import fuzz

from bot.core.catalog import Fact, Pay, Question
from bot.core.parameters import normal

#: How alike (0 to 100) two questions with their right choices may be before one of them is a repetition.
_ALIKE = 88
#: How alike two questions on one fact may be before they count as the same question in other words.
_SAME_FACT_ALIKE = 75
#: By what factor, and by how many characters at least, the right choice must differ in length to stand out.
_STANDS_OUT = 1.3
_STANDS_OUT_BY = 10

_ARROW = " → "
_FIGURE = re.compile(
    r"(?P<sign>[$€£]\s?)?(?P<number>\d+(?:,\d{3})*(?:\.\d+)?)(?P<scale>k\b)?\s?(?P<percent>%)?", re.IGNORECASE
)
_GIVEAWAY = re.compile(
    r"(?:all|none|both|any|neither|either) of (?:the above|the others|these|them|those)\b", re.IGNORECASE
)
#: Words that mark a statement as too strong to be true.
_ABSOLUTE = frozenset(
    "always never only alone every everybody everyone nobody nothing nowhere none all entirely completely impossible "
    "guarantee guarantees guaranteed".split()
)
#: Words that point to no answer, whatever the career.
_PLAIN = frozenset(
    "true false because about after also from have into just more most much over such than that their them then "
    "there these they this those what when where which while will with without your does make makes work works "
    "people job jobs good best like need needs first last".split()
)
_stem: Callable[[str], str] = lru_cache(maxsize=8192)(snowballstemmer.stemmer("english").stemWord)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong with one question or fact, at one of its keys."""

    id: str
    key: str
    message: str


def flaws(bank: Sequence[Question], facts: Sequence[Fact]) -> Iterator[Flaw]:
    """Everything that makes this bank unfair; nothing for a pack without questions.

    A void question needs a reason that people understand; how it was asked matters no more.
    """
    for question in bank:
        if question.void and not question.void.endswith((".", "!", "?")):
            yield Flaw(question.id, "void", "people are shown this: write a whole sentence, with a full stop")
    bank = [question for question in bank if not question.void]
    if not bank:
        return
    figures = _known_figures(facts)
    for question in bank:
        yield from _choice_flaws(question)
        yield from _giveaways(question)
        yield from _form_flaws(question)
        yield from _figure_flaws(question, figures)
    yield from _repetitions(bank)
    asked = {question.fact for question in bank}
    for fact in facts:
        if fact.id not in asked:
            yield Flaw(
                fact.id, "id", "no question asks for this fact; write one in questions.yaml (a void one does not count)"
            )


def longest(question: Question) -> bool:
    """Whether the right choice is longer than each wrong one."""
    return all(len(question.right) > len(wrong) for wrong in question.wrong)


def shortest(question: Question) -> bool:
    """Whether the right choice is shorter than each wrong one."""
    return all(len(question.right) < len(wrong) for wrong in question.wrong)


def _choice_flaws(question: Question) -> Iterator[Flaw]:
    seen = {normal(question.right)}
    for wrong in question.wrong:
        if normal(wrong) in seen:
            yield Flaw(question.id, "wrong", f"two choices say the same: {wrong!r}")
        seen.add(normal(wrong))


# ── an answer given away ──────────────────────────────────────────────────────────────────────────────────────────────


def _giveaways(question: Question) -> Iterator[Flaw]:
    for key, choice in (("right", question.right), *(("wrong", wrong) for wrong in question.wrong)):
        if found := _GIVEAWAY.match(choice):
            yield Flaw(question.id, key, f"a choice stands for itself; write it without {found.group()!r}")
    lengths = [len(wrong) for wrong in question.wrong]
    if _much_more(len(question.right), max(lengths)):
        yield Flaw(question.id, "right", "is much longer than every wrong choice, which gives it away")
    if _much_more(min(lengths), len(question.right)):
        yield Flaw(question.id, "right", "is much shorter than every wrong choice, which gives it away")
    asked = _telling(question.question)
    echoes = _telling(question.right) & asked
    if len(echoes) > max(len(_telling(wrong) & asked) for wrong in question.wrong):
        said = ", ".join(sorted(echoes))
        yield Flaw(question.id, "right", f"repeats the question's words ({said}) more than any wrong choice does")
    absolute = {word for wrong in question.wrong for word in normal(wrong).split()} & _ABSOLUTE
    if absolute and not _ABSOLUTE & set(normal(question.right).split()):
        yield Flaw(
            question.id, "wrong", f"{', '.join(sorted(absolute))}: an absolute word that only wrong choices have"
        )


def _much_more(one: int, other: int) -> bool:
    return one > other * _STANDS_OUT and one >= other + _STANDS_OUT_BY


def _telling(text: str) -> set[str]:
    """The words that could point to an answer, without their endings."""
    return {_stem(word) for word in normal(text).split() if len(word) > 3 and word not in _PLAIN}


def _form_flaws(question: Question) -> Iterator[Flaw]:
    choices = (question.right, *question.wrong)
    if question.kind == "true-false":
        verdicts = sorted(normal(choice).split()[0] for choice in choices if normal(choice))
        if verdicts != ["false", "false", "true", "true"]:
            yield Flaw(question.id, "wrong", "needs two choices that start with True and two that start with False")
    elif question.kind == "order":
        parts = {tuple(sorted(normal(part) for part in choice.split(_ARROW))) for choice in choices}
        if len(parts) > 1 or len(next(iter(parts))) < 3:
            yield Flaw(
                question.id, "wrong", f"each choice needs the same parts, three or more, with '{_ARROW}' between"
            )


# ── figures ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _figures(text: str) -> Iterator[tuple[str, str]]:
    """Each figure that needs a source, as it stands and as it is compared: two digits or more, or money, or a share."""
    for found in _FIGURE.finditer(text):
        number = found["number"].replace(",", "") + ("000" if found["scale"] else "")
        if len(number) > 1 or found["sign"] or found["percent"]:
            yield found.group().strip(), number + ("%" if found["percent"] else "")


def _known_figures(facts: Sequence[Fact]) -> frozenset[str]:
    said = {figure for fact in facts for text in (fact.title, fact.text) for _, figure in _figures(text)}
    paid = {str(amount) for fact in facts if isinstance(fact, Pay) for amount in (fact.low, fact.high)}
    return frozenset(said | paid)


def _figure_flaws(question: Question, known: frozenset[str]) -> Iterator[Flaw]:
    keys = ("question", question.question), ("right", question.right), ("explanation", question.explanation)
    for key, text in (*keys, *(("wrong", wrong) for wrong in question.wrong)):
        for shown, figure in _figures(text):
            if figure not in known:
                yield Flaw(question.id, key, f"no fact of this pack has the figure {shown}")


# ── repetitions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _repetitions(bank: Sequence[Question]) -> Iterator[Flaw]:
    plain = {question.id: normal(question.question) for question in bank}
    whole = {question.id: f"{plain[question.id]} {normal(question.right)}" for question in bank}
    words = {question.id: _telling(question.question) for question in bank}
    # As fuzz.token_sort_ratio compares them; but each is sorted once, and not with every other.
    in_order = {name: " ".join(sorted(said.split())) for name, said in whole.items()}
    for first, second in combinations(bank, 2):
        a, b = first.id, second.id
        if plain[a] == plain[b] or fuzz.ratio(in_order[a], in_order[b], score_cutoff=_ALIKE):
            yield Flaw(b, "question", f"asks the same as {a!r}")
            continue
        alike = first.fact == second.fact and fuzz.token_sort_ratio(plain[a], plain[b]) >= _SAME_FACT_ALIKE
        if alike or (words[a] and words[a] == words[b]):
            yield from _contradictions(first, second)
            yield from _contradictions(second, first)


def _contradictions(one: Question, other: Question) -> Iterator[Flaw]:
    for wrong in one.wrong:
        if normal(wrong) == normal(other.right):
            yield Flaw(one.id, "wrong", f"{wrong!r} is the right answer of {other.id!r}, which asks the same")
