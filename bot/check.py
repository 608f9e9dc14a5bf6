"""`careerbot check`: what is in a content pack, counted."""

from collections import Counter
from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.table import Table

from bot.content import questions
from bot.core.catalog import FILES, Catalog, Fact, Question, Record, Tip, Topic

#: The share of questions whose right choice is the longest, above which a learner may guess by length.
LONGEST = 0.35


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


def doubts(catalog: Catalog) -> list[str]:
    """What no single question shows: that the bank as a whole can be guessed."""
    bank = catalog.bank
    share = sum(map(questions.longest, bank)) / len(bank) if bank else 0
    if share < LONGEST:
        return []
    return [
        f"The right answer is the longest in {share:.0%} of questions; under {LONGEST:.0%} nobody gains by guessing."
    ]


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
