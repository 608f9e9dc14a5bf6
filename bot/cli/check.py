"""`careerbot check`: what is in a content pack, counted."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from rich.console import Group, RenderableType
from rich.table import Table

from bot.content import questions
from bot.core.catalog import FILES, Catalog, Fact, Question, Record, Tip, Topic
from bot.learning import quiz

#: The share of questions whose right choice is the longest, above which a learner may guess by length.
LONGEST = 0.35
#: How often each question is asked, a second apart, to see in which places the right choice comes to stand.
ASKINGS = 100
#: The 99.9 % quantile of chi-square with three degrees of freedom: fair places exceed it once in a thousand banks.
UNEVEN = 16.27

#: Where four choices stand in one asking of one question, as `quiz.places` draws it.
Draw = Callable[[str, str], Sequence[int]]


def report(catalog: Catalog) -> RenderableType:
    """What is doubtful, then tables: entries by file, facts by section, tips by topic, and the quiz bank."""
    pack = catalog.pack
    facts = Counter(fact.section for fact in catalog.all(Fact))
    tips = Counter(topic for tip in catalog.all(Tip) for topic in tip.topics)
    kinds: dict[str, type[Record]] = dict(FILES)
    total = sum(len(catalog.all(kind)) for kind in kinds.values())
    return Group(
        *doubts(catalog),
        f"{pack.id}: {pack.title}. The pack is sound: {total} entries, {sum(facts.values())} of them facts.",
        _table("File", {f"{name}.yaml": len(catalog.all(kind)) for name, kind in kinds.items()}),
        _table("Section of the source", {section.title: facts[section.id] for section in pack.sections}, "Facts"),
        _table("Topic", {topic.title: tips[topic.id] for topic in catalog.all(Topic)}, "Tips"),
        *_quiz(catalog),
    )


def doubts(catalog: Catalog, draw: Draw = quiz.places) -> list[str]:
    """What no single question shows: that the bank as a whole can be guessed, by length or by place."""
    bank = catalog.bank
    if not bank:
        return []
    doubtful = []
    share = sum(map(questions.longest, bank)) / len(bank)
    if share >= LONGEST:
        doubtful.append(
            f"The right answer is the longest in {share:.0%} of questions; "
            f"under {LONGEST:.0%} nobody gains by guessing."
        )
    stood = right_places(bank, draw)
    if (chi_square := unevenness(stood)) > UNEVEN:
        doubtful.append(
            f"The right answer stands in the four places in {_shares(stood)} of askings, which is more than chance "
            f"(chi-square {chi_square:.1f}; up to {UNEVEN} is even)."
        )
    return doubtful


def right_places(bank: Sequence[Question], draw: Draw = quiz.places) -> list[int]:
    """How often the right choice stands first, second, third and fourth, over many askings of each question."""
    # Any second will do to begin with, and a chance that is always the same leaves the draw the least to go by.
    start = datetime(2026, 1, 1, tzinfo=UTC)
    names = [quiz.asked_at(start + timedelta(seconds=second), 0) for second in range(ASKINGS)]
    stood = Counter(draw(asked, question.id).index(0) for question in bank for asked in names)
    return [stood[place] for place in range(4)]


def unevenness(counts: Sequence[int]) -> float:
    """Pearson's chi-square of these counts against equal ones."""
    expected = sum(counts) / len(counts)
    return sum((count - expected) ** 2 for count in counts) / expected


def _shares(counts: Sequence[int]) -> str:
    *most, last = (f"{count / sum(counts):.1%}" for count in counts)
    return f"{', '.join(most)} and {last}"


def _quiz(catalog: Catalog) -> list[RenderableType]:
    bank = catalog.bank
    void = [question.id for question in catalog.all(Question) if question.void]
    told = [f"Void, so asked no more: {len(void)} ({', '.join(void)})."] if void else []
    if not bank:
        return ["No questions: this pack has no quiz.", *told]
    sections = Counter(catalog.get(question.fact, Fact).section for question in bank)
    per_fact = Counter(len(catalog.questions_on(fact)) for fact in catalog.all(Fact))
    long, short = (sum(map(test, bank)) / len(bank) for test in (questions.longest, questions.shortest))
    return [
        f"The quiz: {len(bank)} questions. The right answer is the longest in {long:.0%}, the shortest in {short:.0%}.",
        f"Asked {ASKINGS} times each, it stands in the four places in {_shares(right_places(bank))}.",
        *told,
        _table("Section of the source", {s.title: sections[s.id] for s in catalog.pack.sections}, "Questions"),
        _table("Kind", Counter(question.kind for question in bank), "Questions"),
        _table("Difficulty", dict(sorted(Counter(str(question.difficulty) for question in bank).items())), "Questions"),
        _table("Questions on the fact", {str(asked): per_fact[asked] for asked in sorted(per_fact)}, "Facts"),
    ]


def _table(name: str, counts: Mapping[str, int], counted: str = "Entries") -> Table:
    table = Table(name, title_justify="left")
    table.add_column(counted, justify="right")
    for key, count in counts.items():
        table.add_row(key, str(count))
    return table
