"""CONTRIBUTING.md says where things are, and on which floor, as it is."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAID = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_the_floors_are_those_that_are_held() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (held,) = (one["layers"] for one in contracts if one["type"] == "layers")
    found = re.search(r"`(__main__ > [^`]+)`", SAID)
    assert found
    assert [set(floor.split(" | ")) for floor in found[1].split(" > ")] == [
        set(floor.replace("bot.", "").split(" | ")) for floor in held
    ]


def test_every_room_of_the_house_is_named() -> None:
    named = set(re.findall(r"`(bot/[\w./]+)`", SAID))
    there = {
        f"bot/{path.name}"
        for path in (ROOT / "bot").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert there - named == {"bot/__init__.py"}
