"""What a week's digest says, as a pure function: the same pack, week and place always give the same Reply.

Each section goes through its pool in an order of the place's own, and begins anew only when all have been told: so
nothing comes back sooner than the pool allows, and two places need not read the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from random import Random
from typing import TypeVar

from bot.core.catalog import Catalog, Fact, Outlook, Pay, PayFactor, Question, Record, Role, Step, Tip, Tool, Trend
from bot.core.charts import pay_chart
from bot.core.chat import Call, Choice, Menu, Part, Reply, Text
from bot.core.markup import quote
from bot.core.words import join, many, source_of
from bot.learning.quiz import places

#: The sections, in the order in which they stand; each can be switched off.
SECTIONS = ("trend", "tip", "note", "tool", "quiz", "people")

#: How a section begins: each line comes round in turn, so that two weeks seldom sound alike.
_LEADS = {
    "act": ("What to do about it", "Start here", "One step this week"),
    "tip": ("Try this", "For a free evening", "Something to do", "Hands on", "Your move this week"),
    "pay": ("On pay", "What moves a salary", "Money matters"),
    "career": ("On careers", "Where it can lead", "Ways in and up"),
    "tool": ("From the toolbox", "A tool to know", "In the kit", "Worth a look"),
    "quiz": ("Your turn:", "The question of the week:", "Do you know this one?", "Before you go:"),
}

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class People:
    """What a place has done since its last digest. Names are as their platform gives them.

    leaders: name, days learned in the week before; the best first. milestones: name, days in a row reached in it.
    last: the question of the last digest, by id, how many answered it, and how many rightly; None where there was none.
    """

    leaders: tuple[tuple[str, int], ...] = ()
    milestones: tuple[tuple[str, int], ...] = ()
    last: tuple[str, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """One digest to be made.

    week: its Monday. place: a name of the place, for its own order. asked: names this one asking of its question.
    off: sections that are switched off. by: who set it up. personal: for one person, in private.
    """

    week: date
    place: str
    asked: str
    off: frozenset[str] = frozenset()
    by: str = ""
    personal: bool = False


def compose(catalog: Catalog, issue: Issue, people: People) -> Reply:
    """The digest of a week. A section whose pool the pack leaves empty is left out."""
    number = issue.week.toordinal() // 7
    on = [section for section in SECTIONS if section not in issue.off]
    trend = _turn(catalog.all(Outlook), number, issue.place, "trend") if "trend" in on else None
    tip = _turn(catalog.all(Tip), number, issue.place, "tip") if "tip" in on else None
    note = _note(catalog, number, issue.place) if "note" in on else None
    tool = _turn(catalog.all(Tool), number, issue.place, "tool") if "tool" in on else None
    question = question_of(catalog, issue.week, issue.place) if "quiz" in on else None
    parts: list[Part] = []
    if trend:
        parts += [Text(trend.text), *_act(trend, number)]
    if tip:
        parts.append(Text(f"**{_lead('tip', number)}: {tip.title}** ({tip.takes})\n{tip.text}"))
    if note:
        parts += _shown(catalog, note, number)
    if tool:
        parts.append(Text(_told(_lead("tool", number), tool)))
    if "people" in on:
        parts += _people(catalog, people)
    if question:
        parts.append(Text(f"**{_lead('quiz', number)}** {question.question}"))
    facts = [fact for fact in (trend, note, tool) if isinstance(fact, Fact)]
    title = _headline(trend) if trend else tip.title if tip else f"{catalog.pack.title}, week by week"
    return Reply(title, tuple(parts), _choices(issue, question), _source(catalog, facts, issue), private=False)


def question_of(catalog: Catalog, week: date, place: str) -> Question | None:
    """The question of a week; None where the pack has none."""
    return _turn(catalog.bank, week.toordinal() // 7, place, "quiz")


def _turn(pool: Sequence[R], number: int, place: str, section: str) -> R | None:
    """Whose turn it is, in this place's own order."""
    if not pool:
        return None
    seed = sha256(f"{place}\0{section}".encode()).digest()
    order = Random(seed).sample(range(len(pool)), len(pool))  # noqa: S311 # for variety, no secret
    return pool[order[number % len(pool)]]


def _note(catalog: Catalog, number: int, place: str) -> Fact | None:
    """One week about pay, the next about careers; where the pack has only one of them, that each week."""
    pay: tuple[Fact, ...] = (*catalog.all(Pay), *catalog.all(PayFactor))
    steps: tuple[Fact, ...] = catalog.all(Step)
    if pay and steps:
        return _turn(steps if number % 2 else pay, number // 2, place, "note")
    return _turn(pay or steps, number, place, "note")


def _shown(catalog: Catalog, note: Fact, number: int) -> list[Part]:
    """The note; with the salary table as a picture where it is about rows of it."""
    money = isinstance(note, Pay | PayFactor)
    said = Text(_told(_lead("pay" if money else "career", number // 2), note))
    about = (note, *catalog.related(note)) if money else ()
    rows = [row for row in about if isinstance(row, Pay)]
    return [said, pay_chart(catalog, rows)] if rows else [said]


def _told(lead: str, fact: Fact) -> str:
    return f"**{lead}: {fact.title}**\n{fact.text}"


def _headline(trend: Outlook) -> str:
    return f"A new role: {trend.title}" if isinstance(trend, Role) else trend.title


def _act(trend: Outlook, number: int) -> list[Part]:
    return [Text(f"**{_lead('act', number)}:** {trend.act}")] if isinstance(trend, Trend) else []


def _people(catalog: Catalog, people: People) -> list[Part]:
    lines: list[str] = []
    before = catalog.find(people.last[0], Question) if people.last else None
    if people.last and before and people.last[1]:
        _, answered, right = people.last
        lines.append(f"Last week's question: {right} of {answered} had it right. The answer: **{before.right}**.")
    if people.milestones:
        said = join([f"{quote(name)} {many(days)}" for name, days in people.milestones])
        lines.append(f"In a row now: {said}.")
    if people.leaders:
        said = join([f"{quote(name)} {many(days)}" for name, days in people.leaders])
        lines.append(f"Learned most last week: {said}.")
    return [Text("\n".join(f"- {line}" for line in lines))] if lines else []


def _lead(section: str, number: int) -> str:
    leads = _LEADS[section]
    return leads[number % len(leads)]


def _choices(issue: Issue, question: Question | None) -> tuple[Choice | Menu, ...]:
    """The answers; and, apart from them, what else there is to do. None of it takes the digest's place."""
    manage = _beside("Change or stop it", Call("digest"))
    if question is None:
        return (manage,)
    bank = (question.right, *question.wrong)
    command = "quiz" if issue.personal else "round"
    answers = (
        _beside(bank[place], Call.of(command, q=question.id, asked=issue.asked, pick=str(n)))
        for n, place in enumerate(places(issue.asked, question.id))
    )
    more = _beside("How does it stand?", Call.of("round", asked=issue.asked))
    if issue.personal:
        more = _beside("My streak", Call("streak"))
    return (*answers, Menu("More…", (more, manage)))


def _beside(label: str, call: Call) -> Choice:
    return Choice(label, replace(call, beside=True))


def _source(catalog: Catalog, facts: Sequence[Fact], issue: Issue) -> str:
    if issue.personal:
        who = "You asked for this once a week with “digest me”."
    else:
        who = f"Once a week, set up by {quote(issue.by)} with “digest”." if issue.by else "Once a week."
    return f"{source_of(catalog, *facts)}\n\n{who}" if facts else who
