"""`make eval`: how well `ask` answers. Prints a report and writes build/eval.json.

`questions.yaml` and `questions-2.yaml` are what the search was tuned on; `held-out.yaml` never was, so it is the honest
figure: keep it so, and write a new one when it has been looked into. Exit status 1 if a set is below what we promise.
"""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

from bot import content
from bot.core.search import Search

HERE = Path(__file__).parent
#: What we promise: the share answered first by a right fact, and the share of the unanswerable that is refused.
RIGHT, REFUSED = 0.85, 0.90
SETS = ("questions", "questions-2", "held-out")


@dataclass(frozen=True)
class Case:
    """One question. `want` is empty where the article does not say; `got` is None where `ask` refused."""

    ask: str
    want: tuple[str, ...]
    got: str | None
    coverage: float

    @property
    def right(self) -> bool:
        return self.got in self.want if self.want else self.got is None


def judge(search: Search, file: Path) -> tuple[Case, ...]:
    """Every question of a file, asked."""
    data = yaml.safe_load(file.read_text("utf-8"))
    asked = [(case["ask"], tuple(case["want"])) for case in data["answered"]] + [(q, ()) for q in data["refused"]]
    return tuple(_ask(search, question, want) for question, want in asked)


def shares(cases: tuple[Case, ...]) -> tuple[float, float]:
    """The share of answerable questions answered first by a right fact, and of the others refused."""
    answerable = [case.right for case in cases if case.want]
    others = [case.right for case in cases if not case.want]
    return sum(answerable) / len(answerable), sum(others) / len(others)


def _ask(search: Search, question: str, want: tuple[str, ...]) -> Case:
    found = search.find(question)
    coverage = round(found.hits[0].coverage, 3) if found.hits else 0.0
    return Case(question, want, found.answer.id if found.answer else None, coverage)


def main() -> int:
    search = Search(content.load(content.find("ai-engineer")))
    results = {name: judge(search, HERE / f"{name}.yaml") for name in SETS}
    console = Console()
    for name, cases in results.items():
        wrong = Table("Question", "Wanted", "Got", "Coverage", title=f"{name}: what went wrong", title_justify="left")
        for case in cases:
            if not case.right:
                wrong.add_row(
                    case.ask, ", ".join(case.want) or "a refusal", case.got or "a refusal", f"{case.coverage:.2f}"
                )
        console.print(wrong)
    table = Table("Set", "Questions", "Right fact first", "Unanswerable", "Refused")
    for name, cases in results.items():
        right, refused = shares(cases)
        answerable = sum(bool(case.want) for case in cases)
        table.add_row(name, str(answerable), f"{right:.0%}", str(len(cases) - answerable), f"{refused:.0%}")
    console.print(table)
    out = Path("build") / "eval.json"
    out.parent.mkdir(exist_ok=True)
    report = {
        name: {"right": shares(cases)[0], "refused": shares(cases)[1], "cases": [asdict(case) for case in cases]}
        for name, cases in results.items()
    }
    out.write_text(json.dumps(report, ensure_ascii=False, indent=2), "utf-8")
    kept = all(right >= RIGHT and refused >= REFUSED for right, refused in map(shares, results.values()))
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
