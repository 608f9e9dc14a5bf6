"""Reads one file: YAML becomes a value of its type; a problem is told with file, line, key and what was expected.

It takes pydantic and a parser, so it is imported only where something is to be read.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from bot.core.catalog import Pack, Record
from bot.core.errors import PackProblem

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times faster, where it is built in
#: How the tags of YAML's own types begin.
_TAG = "tag:yaml.org,2002:"

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an entry stands, and the lines of its keys."""

    file: Path
    lines: Mapping[Path_, int]
    at: Path_

    def problem(self, key: str, message: str) -> PackProblem:
        line = self.lines.get((*self.at, key), self.lines.get(self.at, 0))
        return PackProblem(self.file, line, key, message)


@dataclass(frozen=True, slots=True)
class File:
    path: Path
    value: Any
    lines: Mapping[Path_, int] = field(default_factory=dict)

    def entries(self) -> Iterator[tuple[Record, Spot]]:
        for number, entry in enumerate(self.value or ()):
            yield entry, Spot(self.path, self.lines, (number,))

    def words(self, pack: Pack) -> Iterator[tuple[Record, Spot]]:
        for key in ("topics", "levels", "regions", "skill_kinds", "tool_kinds"):
            for number, word in enumerate(getattr(pack, key)):
                yield word, Spot(self.path, self.lines, (key, number))


def read_file(path: Path, kind: Any, problems: list[PackProblem]) -> File | None:
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
    return File(path, value, lines)


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
    elif detail["type"] == "string_pattern_mismatch" and "commands" in location:
        message = "expected small letters, digits, - and _"
    owner = data
    for part in location[:1]:
        owner = data[part] if isinstance(data, list) and isinstance(part, int) else None
    if isinstance(owner, dict) and isinstance(owner.get("id"), str):
        key = f"{owner['id']}.{key}"
    return PackProblem(path, lines.get(known, 0), key, message + shown)
