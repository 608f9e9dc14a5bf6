"""Write what careerbot brings with it as a CycloneDX bill of materials, from the pins alone, without a network.

Of each package: its name, its version, its purl, what needs it, and the SHA-256 of each file that the pin allows.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

import bot

HERE = Path(__file__).parent
OUT = Path("build") / "sbom.cdx.json"
_PIN = re.compile(r"([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)(?: ; (.+?))? \\")
_HASH = re.compile(r"    --hash=sha256:([0-9a-f]{64})")
#: `    # via NAME` for one, `    #   NAME` for each of several. The way of `make lock` is a comment as well.
_VIA = re.compile(r"    # (?:via|  )\s*([a-z0-9][a-z0-9._-]*)(?: \(.*\))?")


@dataclass(slots=True)
class Pin:
    """One package. `where`: the systems that need it, as a marker; nothing for all. needed_by: the packages that do."""

    name: str
    version: str
    where: str
    hashes: list[str] = field(default_factory=list)
    needed_by: list[str] = field(default_factory=list)


def pins(file: Path) -> list[Pin]:
    """Every pin of a requirement file that `make lock` wrote."""
    found: list[Pin] = []
    for line in file.read_text("utf-8").splitlines():
        if pin := _PIN.match(line):
            found.append(Pin(pin[1], pin[2], pin[3] or ""))
        elif digest := _HASH.match(line):
            found[-1].hashes.append(digest[1])
        elif found and (via := _VIA.fullmatch(line)):
            found[-1].needed_by.append(via[1])
    return found


def bill(file: Path) -> Bom:
    """Of careerbot itself, and of each package in the file."""
    whole = Component(
        name="careerbot", version=bot.__version__, type=ComponentType.APPLICATION, bom_ref="careerbot",
        licenses=[DisjunctiveLicense(id="MIT")],
    )  # fmt: skip
    made = Bom()
    made.metadata.component = whole
    parts = {"careerbot": [whole]}
    known = pins(file)
    for pin in known:
        one = _component(pin)
        made.components.add(one)
        parts.setdefault(pin.name, []).append(one)
    for pin in known:
        here = [one for one in parts[pin.name] if one.version == pin.version]
        for user in (user for name in pin.needed_by for user in parts.get(name, ())):
            made.register_dependency(user, here)
    return made


def _component(pin: Pin) -> Component:
    purl = PackageURL("pypi", name=pin.name, version=pin.version)
    return Component(
        name=pin.name, version=pin.version, type=ComponentType.LIBRARY, purl=purl, bom_ref=str(purl),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in pin.hashes],
        properties=list(_properties(pin)),
    )  # fmt: skip


def _properties(pin: Pin) -> Iterator[Property]:
    if pin.where:
        yield Property(name="careerbot:only-where", value=pin.where)


def main() -> None:
    OUT.parent.mkdir(exist_ok=True)
    made = bill(HERE / "run.txt")
    JsonV1Dot6(made).output_to_file(str(OUT), allow_overwrite=True, indent=2)
    sys.stdout.write(f"{OUT}: careerbot {bot.__version__} and {len(made.components)} packages\n")


if __name__ == "__main__":
    main()
