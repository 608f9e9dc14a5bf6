"""Finds and reads content packs: a folder of YAML becomes a `Catalog`, or a `PackError` that names every problem.

Each problem says file, line, key and what was expected, so that an author can mend it without reading code.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bot.content.compiled import kept
from bot.core.catalog import (
    FILES,
    Catalog,
    Entry,
    Fact,
    Level,
    Pack,
    Question,
    Record,
    Region,
    Skill,
    SkillKind,
    Tip,
    Tool,
    ToolKind,
    Topic,
)
from bot.core.errors import PackError, PackProblem
from bot.core.parameters import normal

if TYPE_CHECKING:
    from bot.content.files import Spot

#: In a checkout the packs stand beside the package, in an installed wheel inside it.
_BOT = Path(__file__).parent.parent
SHELVES = (_BOT / "packs", _BOT.parent / "content")
#: The pack that we bring, and that `make check` looks at.
OURS = "ai-engineer"


def find(name: str) -> Path:
    """The folder of a pack: a path as it is, or the name of one that careerbot brings. Raises PackError."""
    given = Path(name).expanduser()
    for folder in (given, *(shelf / name for shelf in SHELVES)):
        if (folder / "pack.yaml").is_file():
            return folder
    if given.is_dir():
        raise PackError(
            [PackProblem(given / "pack.yaml", 0, "", "this file is missing; it says what the pack is about")]
        )
    known = sorted({path.parent.name for shelf in SHELVES for path in shelf.glob("*/pack.yaml")})
    raise PackError([PackProblem(given, 0, "", f"no such pack; the ones I bring are: {', '.join(known) or 'none'}")])


def ours(folder: Path) -> bool:
    """Whether it is the pack that careerbot brings. Beside it stand those that others write."""
    return folder in [shelf / OURS for shelf in SHELVES]


def load(folder: Path, *, checked: bool = False) -> Catalog:
    """Read and check a whole pack. Raises PackError with every problem that was found.

    checked: its questions are known to be fair; to see that takes as long as all the rest.
    """
    return Catalog(*_read(folder, checked=checked))


def ready(folder: Path) -> Catalog:
    """A whole pack, for whoever serves: as it was kept, if nothing of it has changed since, else read and checked. Of
    our own, `make check` looks at the questions."""
    pack, entries = kept(folder, lambda: _read(folder, checked=ours(folder)))
    return Catalog(pack, tuple(entries))


def _read(folder: Path, *, checked: bool) -> tuple[Pack, tuple[Record, ...]]:
    from bot.content.files import read_file

    problems: list[PackProblem] = []
    pack_file = read_file(folder / "pack.yaml", Pack, problems)
    files = [read_file(folder / f"{name}.yaml", tuple[kind, ...], problems) for name, kind in FILES.items()]  # type: ignore[valid-type] # a type made at run time
    problems += [
        PackProblem(path, 0, "", f"not a file of a pack; those are pack, {', '.join(FILES)} (each with .yaml)")
        for path in sorted(folder.glob("*.y*ml"))
        if path.stem not in {"pack", *FILES} or path.suffix != ".yaml"
    ]
    if problems or pack_file is None or pack_file.value is None:
        raise PackError(problems)
    pack: Pack = pack_file.value
    entries = tuple((entry, place) for file in files if file is not None for entry, place in file.entries())
    words = tuple((word, place) for word, place in pack_file.words(pack))
    problems += _check((*words, *entries), pack)
    if not checked:
        problems += _check_questions(entries)
    if problems:
        raise PackError(problems)
    return pack, tuple(entry for entry, _ in entries)


def _check(entries: tuple[tuple[Record, "Spot"], ...], pack: Pack) -> Iterator[PackProblem]:
    """What no single file can know: ids are unique, every reference leads somewhere, no name means two things."""
    by_id: dict[str, Record] = {}
    first: dict[str, Spot] = {}
    names: dict[tuple[type[Record], str], str] = {}
    asked: dict[str, str] = {}
    for entry, spot in entries:
        if entry.id in by_id:
            here = first[entry.id]
            yield spot.problem(
                "id", f"{entry.id!r} is taken, by {here.file.name}:{here.lines.get((*here.at, 'id'), 0)}"
            )
        by_id.setdefault(entry.id, entry)
        first.setdefault(entry.id, spot)
        for name in {normal(name) for name in (entry.title, *entry.synonyms)} if isinstance(entry, Entry) else ():
            other = names.setdefault((type(entry), name), entry.id)
            if other != entry.id:
                yield spot.problem("synonyms", f"{entry.id}: {name!r} already means {other!r}")
        for phrase in entry.asked if isinstance(entry, Fact) else ():
            other = asked.setdefault(normal(phrase), entry.id)
            if other != entry.id:
                yield spot.problem("asked", f"{entry.id}: {phrase!r} already asks for {other!r}")
    for entry, spot in entries:
        yield from _check_references(entry, spot, by_id, pack)
    yield from _check_topics(entries)


def _references(entry: Record) -> Iterator[tuple[str, tuple[str, ...], type[Record]]]:
    """The keys of an entry that name other entries: key, ids, what they must be."""
    kinds: dict[str, type[Record]] = {
        "topics": Topic,
        "related": Entry,
        "fact": Fact,
        "rests_on": Fact,
        "level": Level,
        "region": Region,
    }
    for key, kind in kinds.items():
        value = getattr(entry, key, None)
        yield key, (value,) if isinstance(value, str) else tuple(value or ()), kind
    if isinstance(entry, Skill):
        yield "kind", (entry.kind,), SkillKind
    if isinstance(entry, Tool):
        yield "kind", (entry.kind,), ToolKind


def _check_references(entry: Record, spot: "Spot", by_id: Mapping[str, Record], pack: Pack) -> Iterator[PackProblem]:
    for key, ids, kind in _references(entry):
        for wanted in ids:
            if not isinstance(by_id.get(wanted), kind):
                what = "entry" if kind is Entry else kind.__name__
                yield spot.problem(key, f"{entry.id}: there is no {what} with the id {wanted!r} in this pack")
            if wanted == entry.id:
                yield spot.problem(key, f"{entry.id}: refers to itself")
    if isinstance(entry, Fact) and entry.section not in {section.id for section in pack.sections}:
        yield spot.problem("section", f"{entry.id}: pack.yaml lists no section {entry.section!r}")


def _check_topics(entries: tuple[tuple[Record, "Spot"], ...]) -> Iterator[PackProblem]:
    used = {topic for entry, _ in entries if isinstance(entry, Tip) for topic in entry.topics}
    for entry, spot in entries:
        if isinstance(entry, Topic) and entry.id not in used:
            yield spot.problem("id", f"no tip has the topic {entry.id!r}; write one, or take the topic out")


def _check_questions(entries: tuple[tuple[Record, "Spot"], ...]) -> Iterator[PackProblem]:
    from bot.content import questions

    spots = {entry.id: spot for entry, spot in entries}
    facts = tuple(entry for entry, _ in entries if isinstance(entry, Fact))
    bank = tuple(entry for entry, _ in entries if isinstance(entry, Question))
    for flaw in questions.flaws(bank, facts):
        yield spots[flaw.id].problem(flaw.key, f"{flaw.id}: {flaw.message}")
