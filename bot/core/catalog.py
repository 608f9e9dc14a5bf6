"""The content pack: what the bot knows, typed, validated and immutable.

A pack is a folder (see content/README.md): `pack.yaml` says whose career it is and which words it uses; every other
file holds one kind of entry. `packs.load` reads it; this file says what it may hold.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Literal, TypeVar

from bot.core.schema import Frozen, Rules

Slug = Annotated[str, Rules(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
Line = Annotated[str, Rules(min_length=1, max_length=90, strip_whitespace=True)]
Prose = Annotated[str, Rules(min_length=1, max_length=600, strip_whitespace=True)]


class Section(Frozen):
    """A part of the source article, as its heading names it."""

    id: Slug
    title: Line


class Source(Frozen):
    """Where the facts come from, and what it does not tell. Shown under answers.

    figures: what the source says, and does not say, about its numbers: sample, date, currency.
    """

    title: Line
    about: Prose
    figures: Prose


class Record(Frozen):
    """Anything in a pack that has an id of its own."""

    id: Slug


class Entry(Record):
    """Anything in a pack that a person may name: by id, by title, or by one of its synonyms."""

    title: Line
    synonyms: tuple[Line, ...] = ()


# ── words: what the parameters of commands may be ─────────────────────────────────────────────────────────────────────


class Topic(Entry):
    """Something a person may want tips about."""


class Level(Entry):
    """A level of experience, as the salary table knows it."""


class Region(Entry):
    """A part of the world, as the salary table knows it."""


class SkillKind(Entry):
    """A sort of skill."""


class ToolKind(Entry):
    """A sort of tool."""


# ── facts: what the article says, in our own words ────────────────────────────────────────────────────────────────────


class Fact(Entry):
    """One fact of the source.

    section: the part of the article that says so.
    asked: ways in which people ask for this very fact, for `ask`.
    related: ids of other entries that lead on from here.
    """

    text: Prose
    section: Slug
    topics: tuple[Slug, ...] = ()
    asked: tuple[Line, ...] = ()
    related: tuple[Slug, ...] = ()


class Work(Fact):
    """What people in this career do, and with whom."""


class Skill(Fact):
    kind: Slug


class Step(Fact):
    """Where a career can go: base of stages, pivots, employers and industries."""


class Stage(Step):
    """A rung of the ladder; the file's order is the ladder's, first rung first."""


class Pivot(Step):
    """A related role to change into."""


class Employer(Step):
    """A sort of employer, with what speaks for it."""


class Industry(Step):
    """A field of business that hires."""


class Pay(Fact):
    """One row of the salary table: a year's pay in whole units of `currency`."""

    level: Slug | None = None
    region: Slug
    low: Annotated[int, Rules(ge=1)]
    high: Annotated[int, Rules(ge=1)]
    open_ended: bool = False
    currency: Annotated[str, Rules(pattern=r"^[A-Z]{3}$")]
    includes: tuple[Line, ...] = ()

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"low ({self.low}) is above high ({self.high})")


class PayFactor(Fact):
    """Something that moves pay."""

    effect: Literal["up", "down", "depends"]


class Tool(Fact):
    kind: Slug


class Outlook(Fact):
    """Where the field is headed: base of roles and trends."""


class Role(Outlook):
    """A specialised role that is opening up."""


class Trend(Outlook):
    """A change that is coming. `act` is our advice: what to do about it."""

    act: Prose


# ── tips: our advice, each resting on facts ───────────────────────────────────────────────────────────────────────────


class Tip(Entry):
    """Something to do this week. The advice is ours; what it `rests_on` is the article's.

    takes: how long it takes, as people say it: 'an evening'.
    """

    text: Prose
    topics: Annotated[tuple[Slug, ...], Rules(min_length=1)]
    rests_on: Annotated[tuple[Slug, ...], Rules(min_length=1)]
    takes: Line


# ── the quiz ──────────────────────────────────────────────────────────────────────────────────────────────────────────

Choice = Annotated[str, Rules(min_length=1, max_length=75, strip_whitespace=True)]  # stands on a button
Reason = Annotated[str, Rules(min_length=1, max_length=200, strip_whitespace=True)]


class Question(Record):
    """One question of the quiz bank. The choices' places are drawn when it is asked, so the file has none.

    fact: what it asks for; its section is the question's. `content.questions` says what else makes it fair.
    difficulty: 1 easy, 2, 3 hard.
    void: why it was withdrawn, "" where it was not. A void question is asked no more, and any answer to it was right.
    """

    kind: Literal["which", "why", "how-much", "order", "true-false", "match"]
    question: Annotated[str, Rules(min_length=1, max_length=280, strip_whitespace=True)]
    right: Choice
    wrong: Annotated[tuple[Choice, ...], Rules(min_length=3, max_length=3)]
    explanation: Annotated[str, Rules(min_length=1, max_length=400, strip_whitespace=True)]
    fact: Slug
    difficulty: Annotated[int, Rules(ge=1, le=3)]
    void: Reason = ""  # a default is not validated; a key without a value is refused, so nobody voids in vain

    def is_right(self, choice: int) -> bool:
        """Whether the choice at this place in the bank is right: at 0; of a void question, at each."""
        return choice == 0 or bool(self.void)


# ── how people ask ────────────────────────────────────────────────────────────────────────────────────────────────────


class Wording(Entry):
    """Words and phrases that mean the same to somebody who asks: the title and its synonyms. For `ask` alone."""


class Silence(Entry):
    """Something people ask that the source does not say. The title reads on from "My source says nothing about".

    synonyms: the words and phrases that give such a question away; `a + b` where both must stand in it.
    """


# ── the pack ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Pack(Frozen):
    """`pack.yaml`.

    title: the career's name: 'AI engineering'. role: one who has it: 'AI engineer'.
    """

    id: Slug
    title: Line
    role: Line
    article: Literal["a", "an"] = "a"
    source: Source
    sections: Annotated[tuple[Section, ...], Rules(min_length=1)]
    topics: Annotated[tuple[Topic, ...], Rules(min_length=1)]
    levels: tuple[Level, ...] = ()
    regions: tuple[Region, ...] = ()
    skill_kinds: tuple[SkillKind, ...] = ()
    tool_kinds: tuple[ToolKind, ...] = ()


#: The files of a pack beside `pack.yaml`, and what each holds a list of.
FILES: Mapping[str, type[Record]] = MappingProxyType(
    {
        "work": Work,
        "skills": Skill,
        "stages": Stage,
        "pivots": Pivot,
        "employers": Employer,
        "industries": Industry,
        "pay": Pay,
        "pay-factors": PayFactor,
        "tools": Tool,
        "roles": Role,
        "trends": Trend,
        "tips": Tip,
        "questions": Question,
        "wordings": Wording,
        "silences": Silence,
    }
)

R = TypeVar("R", bound=Record)


class Catalog:
    """A whole pack, ready to be asked. Never changes once made; `packs.load` makes it."""

    def __init__(self, pack: Pack, entries: tuple[Record, ...]) -> None:
        self.pack = pack
        words = (*pack.topics, *pack.levels, *pack.regions, *pack.skill_kinds, *pack.tool_kinds)
        self._entries = (*words, *entries)
        self._by_id = MappingProxyType({entry.id: entry for entry in self._entries})
        self._sections = MappingProxyType({section.id: section for section in pack.sections})
        self._by_kind: dict[type[Record], tuple[Record, ...]] = {}
        #: The questions that are asked: all but the void ones.
        self.bank = tuple(question for question in self.all(Question) if not question.void)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._entries)

    def all(self, kind: type[R]) -> tuple[R, ...]:
        """Every entry of that kind and its sub-kinds, in the pack's order."""
        if kind not in self._by_kind:
            self._by_kind[kind] = tuple(entry for entry in self._entries if isinstance(entry, kind))
        return self._by_kind[kind]  # type: ignore[return-value] # keyed by the very type that it was filtered with

    def find(self, entry_id: str, kind: type[R]) -> R | None:
        """The entry with that id, if it is of that kind."""
        entry = self._by_id.get(entry_id)
        return entry if isinstance(entry, kind) else None

    def get(self, entry_id: str, kind: type[R]) -> R:
        """The entry with that id. Raises KeyError: use it only for ids that the pack itself names."""
        entry = self.find(entry_id, kind)
        if entry is None:
            raise KeyError(f"no {kind.__name__.lower()} with the id {entry_id!r}")
        return entry

    def section(self, section_id: str) -> Section:
        return self._sections[section_id]

    def related(self, fact: Fact) -> tuple[Entry, ...]:
        return tuple(self.get(related, Entry) for related in fact.related)

    def tips_on(self, fact: Fact) -> tuple[Tip, ...]:
        """The tips that rest on this fact."""
        return tuple(tip for tip in self.all(Tip) if fact.id in tip.rests_on)

    def questions_on(self, fact: Fact) -> tuple[Question, ...]:
        """The quiz questions that ask for this fact; no void ones."""
        return tuple(question for question in self.bank if question.fact == fact.id)
