"""The bill of materials: valid by its schema, and it has every pin with its hashes and what needs it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy.requirements import sbom

FILE = Path(__file__).parents[2] / "deploy" / "requirements" / "run.txt"


@pytest.fixture(scope="module")
def written() -> str:
    return JsonV1Dot6(sbom.bill(FILE)).output_as_string()


def test_it_is_valid_by_the_schema(written: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(written) is None


def test_every_pin_is_in_it_with_every_hash(written: str) -> None:
    bill: dict[str, Any] = json.loads(written)
    text = FILE.read_text("utf-8")
    lines = re.findall(r"(?m)^(\S+)==(\S+)", text)
    assert sorted((one["name"], one["version"]) for one in bill["components"]) == sorted(lines)
    found = [one["content"] for part in bill["components"] for one in part["hashes"]]
    assert sorted(found) == sorted(re.findall(r"--hash=sha256:(\w+)", text))
    assert {one["purl"] for one in bill["components"]} == {f"pkg:pypi/{name}@{version}" for name, version in lines}


def test_every_package_is_needed_by_careerbot_or_by_one_that_is(written: str) -> None:
    needs = {one["ref"]: one.get("dependsOn", []) for one in json.loads(written)["dependencies"]}
    reached, waiting = {"careerbot"}, ["careerbot"]
    while waiting:
        new = set(needs[waiting.pop()]) - reached
        reached |= new
        waiting += new
    assert reached == needs.keys()
    assert len(needs["careerbot"]) > 15
