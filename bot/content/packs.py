"""Finds and reads content packs: a folder of YAML becomes a `Catalog`, or a `PackError` that names every problem.

Each problem says file, line, key and what was expected, so that an author can mend it without reading code.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

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

#: In a checkout the packs stand beside the package, in an installed wheel inside it.
_BOT = Path(__file__).parent.parent
SHELVES = (_BOT / "packs", _BOT.parent / "content")
#: The pack that we bring, and that `make check` looks at.
OURS = "ai-engineer"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times faster, where it is built in
#: How the tags of YAML's own types begin.
_TAG = "tag:yaml.org,2002:"

Path_ = tuple[str | int, ...]


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
    return Catalog(pack, tuple(entry for entry, _ in entries))


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where an entry stands, and the lines of its keys."""

    file: Path
    lines: Mapping[Path_, int]
    at: Path_

    def problem(self, key: str, message: str) -> PackProblem:
        line = self.lines.get((*self.at, key), self.lines.get(self.at, 0))
        return PackProblem(self.file, line, key, message)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    value: Any
    lines: Mapping[Path_, int] = field(default_factory=dict)

    def entries(self) -> Iterator[tuple[Record, _Spot]]:
        for number, entry in enumerate(self.value or ()):
            yield entry, _Spot(self.path, self.lines, (number,))

    def words(self, pack: Pack) -> Iterator[tuple[Record, _Spot]]:
        for key in ("topics", "levels", "regions", "skill_kinds", "tool_kinds"):
            for number, word in enumerate(getattr(pack, key)):
                yield word, _Spot(self.path, self.lines, (key, number))


def read_file(path: Path, kind: Any, problems: list[PackProblem]) -> _File | None:
    """One file as its type; a missing file of entries is an empty one, as not every career has everything."""
    if not path.is_file():
        return None
    lines: dict[Path_, int] = {}
    before = len(problems)
    try:
        loader = _LOADER(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        data = _said(node, loader, (), lines, path, problems) if node is not None else None
    except UnicodeDecodeError as error:
        problems.append(PackProblem(path, 0, "", f"is not UTF-8 text (byte {error.start})"))
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problems.append(PackProblem(path, mark.line + 1 if mark else 0, "", f"not YAML: {error.problem or error}"))
        return None
    except yaml.YAMLError as error:
        problems.append(PackProblem(path, 0, "", f"not YAML: {error}"))
        return None
    if data is None:
        problems.append(PackProblem(path, 0, "", "is empty"))
    if len(problems) > before:
        return None
    try:
        # By way of JSON, because there strictness allows the one thing that YAML needs: a list for a tuple.
        value = TypeAdapter(kind).validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        problems += [_explain(path, lines, data, detail) for detail in error.errors(include_url=False)]
        return None
    return _File(path, value, lines)


def _said(
    node: yaml.Node, loader: Any, at: Path_, lines: dict[Path_, int], path: Path, problems: list[PackProblem]
) -> Any:
    """What a node says, with the line of every key and item noted. A key given twice is a problem, as YAML would keep
    only the last. Raises yaml.YAMLError for a tag that YAML does not know.

    PyYAML's own way would go through everything once more, and takes thrice as long.
    """
    lines.setdefault(at, node.start_mark.line + 1)
    if node.tag == _TAG + "map" and isinstance(node, yaml.MappingNode):
        if any(key.tag == _TAG + "merge" for key, _ in node.value):
            loader.flatten_mapping(node)
        data: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            here = (*at, name)
            lines[here] = key.start_mark.line + 1
            if name in data:
                problems.append(PackProblem(path, lines[here], name, "this key is given twice"))
            data[name] = _said(value, loader, here, lines, path, problems)
        return data
    if node.tag == _TAG + "seq" and isinstance(node, yaml.SequenceNode):
        return [_said(each, loader, (*at, n), lines, path, problems) for n, each in enumerate(node.value)]
    if node.tag == _TAG + "str" and isinstance(node, yaml.ScalarNode):
        return node.value
    return loader.construct_object(node, deep=True)


_EXPECTED = {
    "missing": "is missing",
    "unexpected_keyword_argument": "is no key of this; see content/README.md",
    "string_type": "expected text (put it in quotes if it looks like a number or yes/no)",
    "int_type": "expected a whole number without quotes, such as 90000",
    "bool_type": "expected true or false",
    "tuple_type": "expected a list",
    "string_pattern_mismatch": "expected lower-case words joined by hyphens, such as skill-python",
    "dataclass_type": "expected keys with values, such as `id: skill-python`",
}


def _explain(path: Path, lines: Mapping[Path_, int], data: Any, detail: Any) -> PackProblem:
    location: Path_ = tuple(detail["loc"])
    known = location
    while known and known not in lines:
        known = known[:-1]
    key = ".".join(str(part) for part in location if isinstance(part, str)) or "the file"
    got = detail.get("input")
    shown = (
        f", got {json.dumps(got, ensure_ascii=False, default=str)[:60]}" if isinstance(got, str | int | float) else ""
    )
    message = _EXPECTED.get(detail["type"], detail["msg"].removeprefix("Value error, "))
    if detail["type"] == "string_pattern_mismatch" and "currency" in location:
        message = "expected three capital letters, such as USD"
    owner = data
    for part in location[:1]:
        owner = data[part] if isinstance(data, list) and isinstance(part, int) else None
    if isinstance(owner, dict) and isinstance(owner.get("id"), str):
        key = f"{owner['id']}.{key}"
    return PackProblem(path, lines.get(known, 0), key, message + shown)


def _check(entries: tuple[tuple[Record, _Spot], ...], pack: Pack) -> Iterator[PackProblem]:
    """What no single file can know: ids are unique, every reference leads somewhere, no name means two things."""
    by_id: dict[str, Record] = {}
    first: dict[str, _Spot] = {}
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


def _check_references(entry: Record, spot: _Spot, by_id: Mapping[str, Record], pack: Pack) -> Iterator[PackProblem]:
    for key, ids, kind in _references(entry):
        for wanted in ids:
            if not isinstance(by_id.get(wanted), kind):
                what = "entry" if kind is Entry else kind.__name__
                yield spot.problem(key, f"{entry.id}: there is no {what} with the id {wanted!r} in this pack")
            if wanted == entry.id:
                yield spot.problem(key, f"{entry.id}: refers to itself")
    if isinstance(entry, Fact) and entry.section not in {section.id for section in pack.sections}:
        yield spot.problem("section", f"{entry.id}: pack.yaml lists no section {entry.section!r}")


def _check_topics(entries: tuple[tuple[Record, _Spot], ...]) -> Iterator[PackProblem]:
    used = {topic for entry, _ in entries if isinstance(entry, Tip) for topic in entry.topics}
    for entry, spot in entries:
        if isinstance(entry, Topic) and entry.id not in used:
            yield spot.problem("id", f"no tip has the topic {entry.id!r}; write one, or take the topic out")


def _check_questions(entries: tuple[tuple[Record, _Spot], ...]) -> Iterator[PackProblem]:
    from bot.content import questions

    spots = {entry.id: spot for entry, spot in entries}
    facts = tuple(entry for entry, _ in entries if isinstance(entry, Fact))
    bank = tuple(entry for entry, _ in entries if isinstance(entry, Question))
    for flaw in questions.flaws(bank, facts):
        yield spots[flaw.id].problem(flaw.key, f"{flaw.id}: {flaw.message}")
