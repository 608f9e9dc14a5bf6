"""Reads a Containerfile: as much of its language as ours uses, and nothing that it would only half understand."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

_KNOWN = {"ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "RUN", "STOPSIGNAL", "USER",
          "VOLUME", "WORKDIR"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction: `RUN`, and all that follows it on its line, or on the lines that it goes on for."""

    word: str
    rest: str

    @property
    def exec_form(self) -> list[str]:
        """The words of a command that no shell reads. Raises ValueError for one that a shell would read."""
        said = self.rest[self.rest.index("[") :] if "[" in self.rest else ""
        words = json.loads(said or "null")
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueError(f"{self.word} is not in the exec form: {self.rest}")
        return words

    @property
    def pairs(self) -> dict[str, str]:
        """The variables of an ENV."""
        return dict(re.findall(r"(\w+)=(\S*)", self.rest))


@dataclass(frozen=True, slots=True)
class Stage:
    """From one FROM to the next. `name`: what follows AS, or nothing."""

    name: str
    steps: list[Step] = field(default_factory=list)

    def all(self, word: str) -> list[Step]:
        return [step for step in self.steps if step.word == word]

    def last(self, word: str) -> Step:
        """Raises LookupError if there is none."""
        found = self.all(word)
        if not found:
            raise LookupError(f"no {word} in the stage {self.name or 'that is the image'}")
        return found[-1]


def stages(file: Path) -> list[Stage]:
    """In their order, the last of which is the image. Raises ValueError for an instruction that we do not know."""
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    found: list[Stage] = []
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if not line.strip():
            continue
        word, rest = line.split(maxsplit=1)
        if word not in _KNOWN:
            raise ValueError(f"{word} is not understood here: {line}")
        if word == "FROM":
            _, _, name = rest.partition(" AS ")
            found.append(Stage(name.strip()))
        elif found:
            found[-1].steps.append(Step(word, rest.strip()))
    return found
