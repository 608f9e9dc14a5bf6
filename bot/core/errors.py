"""Everything that can go wrong, each with the sentence that a person is shown.

CareerbotError
├── DefinitionError      a command is wrongly defined: raised when its module is imported
├── PackError            a content pack is broken: raised before the start
├── BadValue             a text is no value of its kind
├── StorageUnavailable   what must be remembered cannot be read or kept now: becomes a kind reply
└── Mistake              what a person typed cannot be answered as it stands: becomes a kind reply
    ├── UnknownCommand
    ├── MissingArgument
    ├── BadArgument      (a BadValue, once it is known whose value it is)
    ├── NotAllowed       only some people may have this done
    ├── NotHere          the person may not write in the place, so nothing is written there for them
    └── TooOften         this person has asked for so much that they have to wait

Only `dispatch` turns an exception into a reply.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.core.chat import Call


class CareerbotError(Exception):
    """The root of ours."""


class DefinitionError(CareerbotError):
    """A command is wrongly defined. The sentence names the function, the parameter and the mend."""


@dataclass(frozen=True, slots=True)
class PackProblem:
    """One thing wrong in a pack. `line` counts from 1; 0 where the whole file is meant."""

    file: Path
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class PackError(CareerbotError):
    """A pack that cannot be used, with every problem found in it."""

    def __init__(self, problems: Sequence[PackProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class Mistake(CareerbotError):
    """What was typed cannot be answered. `str()` is the sentence shown, in reply markup.

    suggestions: what may have been meant, best first: a label, and the call to make instead.
    """

    def __init__(self, sentence: str, suggestions: Sequence[tuple[str, Call]] = ()) -> None:
        super().__init__(sentence)
        self.suggestions = tuple(suggestions)


class UnknownCommand(Mistake):
    """No command has that name."""


class MissingArgument(Mistake):
    """A parameter that the command cannot do without was not given; the suggestion asks for it in a form."""


class BadArgument(Mistake):
    """A word or a value fits no parameter."""


class NotAllowed(Mistake):
    """Only those who look after the workspace may have this done."""


class NotHere(Mistake):
    """Who may not write in a place has nobody else write there for them."""

    def __init__(self) -> None:
        super().__init__("You may not write in this channel, so I write nothing here for you. It works in others.")


class TooOften(Mistake):
    """The person has to wait; the sentence says for how long."""


class BadValue(CareerbotError):
    """A text is no value of a kind of parameter. `reading` makes a BadArgument of it.

    options: labels and values that do fit.
    """

    def __init__(self, sentence: str, options: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(sentence)
        self.options = tuple(options)


class StorageUnavailable(CareerbotError):
    """The database cannot be reached, or cannot take more. What was asked may or may not have been kept.

    The sentence is for the person; why it is so stands in the log and in `__cause__`.
    """

    def __init__(self) -> None:
        super().__init__("I can't save right now; try again in a minute. Everything that I look up still works.")
