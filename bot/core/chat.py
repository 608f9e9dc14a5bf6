"""What people and the bot say to each other: a `Request` in, a `Reply` out.

Every platform's adapter makes the one and renders the other. Nothing here knows a platform; all of it is frozen, so a
`Reply` may be kept and sent again.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from bot.core.limits import TOKEN

#: The longest a call may be, written as a token.
MAX_TOKEN = TOKEN


@dataclass(frozen=True, slots=True)
class Person:
    """Who speaks. `workspace` is "" where a platform has none (a direct message, a terminal).

    roams: the platform has one account for all its workspaces, so the same `user` elsewhere is the same person.
    zone: the IANA zone of their profile, where it was asked for and is known (`ports.Profiles`).
    """

    platform: str
    workspace: str
    user: str
    name: str = field(default="", compare=False)
    roams: bool = field(default=False, compare=False)
    zone: str | None = field(default=None, compare=False)

    @property
    def account(self) -> tuple[str, str, str]:
        """Platform, workspace and user by which all that is theirs is kept; no workspace for one who roams."""
        return self.platform, "" if self.roams else self.workspace, self.user


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is said: one channel."""

    platform: str
    workspace: str
    channel: str


@dataclass(frozen=True, slots=True)
class Call:
    """A command with its arguments as text, by name. A button carries one, so a click is just another request.

    public: the answer is for everyone in the place, even if it would be private.
    fill: the name of one parameter that the person is asked for first, in the platform's form.
    beside: the answer comes beside what was clicked, and never takes its place.
    """

    command: str
    arguments: tuple[tuple[str, str], ...] = ()
    public: bool = False
    fill: str | None = None
    beside: bool = False

    @classmethod
    def of(cls, command: str, /, **arguments: str) -> "Call":
        return cls(command, tuple(arguments.items()))

    def token(self) -> str:
        """This call as text: `[!][+][~parameter:]command[?name=value&...]`. The inverse of `from_token`."""
        return _token(self)

    @classmethod
    def from_token(cls, token: str) -> "Call":
        """Read a token back. Never raises: what makes no sense, or is too long to be one, names no command."""
        if len(token) > MAX_TOKEN:
            return cls("")
        public = token.startswith("!")
        beside = token.removeprefix("!").startswith("+")
        rest = token.removeprefix("!").removeprefix("+")
        fill: str | None = None
        if rest.startswith("~"):
            fill, _, rest = rest[1:].partition(":")
        command, _, query = rest.partition("?")
        return cls(command, tuple(parse_qsl(query, keep_blank_values=True)), public, fill or None, beside)


@lru_cache(maxsize=1024)  # an answer asks for those of its choices three times over
def _token(call: Call) -> str:
    flags = "!" * call.public + "+" * call.beside + (f"~{call.fill}:" if call.fill else "")
    query = f"?{urlencode(call.arguments, errors='replace')}" if call.arguments else ""
    return f"{flags}{call.command}{query}"


@dataclass(frozen=True, slots=True)
class Request:
    """One thing that one person asks.

    said: what they typed after the bot's name, or the call that a command's options, a button or a menu carries.
    at: the moment of asking, with a zone.
    public: they asked in the open (a mention in a channel), so the answer belongs there too.
    guest: the bot is here only with this person, who has it for themselves: it can answer, and post nothing by itself.
    manages: whether they look after the workspace, where the platform says so with each request; else None (then a
        feature that needs to know asks `ports.Profiles`).
    mute: they may not write in the place themselves, though they may press buttons there.
    """

    person: Person
    said: str | Call
    at: datetime
    place: Place | None = None
    locale: str = "en"
    public: bool = False
    manages: bool | None = None
    guest: bool = False
    mute: bool = False

    @property
    def in_the_open(self) -> bool:
        """Whether everyone in the place sees the answer: asked in public, or shared."""
        return self.public or (isinstance(self.said, Call) and self.said.public)


# ── the parts of a Reply ──────────────────────────────────────────────────────────────────────────────────────────────
# All text is a small subset of Markdown (see `markup`): **bold**, *italic*, `code`, [label](https://...), and lines
# that begin with "- ". Text that came from a person goes through `markup.quote` first.


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph or several."""

    text: str


@dataclass(frozen=True, slots=True)
class Fields:
    """Short facts, each under its name."""

    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Item:
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list: each with a title and a sentence or two. Numbered where the order matters."""

    items: tuple[Item, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high` in the chart's unit; `open_ended` where the source says "and more"."""

    label: str
    low: int
    high: int
    open_ended: bool = False
    emphasis: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high:
            raise ValueError(f"{self.label!r} ranges from {self.low} to {self.high}")


@dataclass(frozen=True, slots=True)
class RangeChart:
    """Ranges side by side, drawn as a picture and told as text. `marker` is one amount to place against them."""

    title: str
    ranges: tuple[Range, ...]
    unit: str
    marker: int | None = None
    marker_label: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file to keep, such as an export. `about` is one line that says what is in it."""

    name: str
    content: bytes
    media_type: str
    about: str

    def __post_init__(self) -> None:
        if not self.content:
            raise ValueError(f"{self.name!r} is empty, and no platform takes that")


@dataclass(frozen=True, slots=True)
class Choice:
    """A button, or a line of a menu."""

    label: str
    call: Call
    style: Literal["primary", "secondary", "danger"] = "secondary"
    description: str = ""

    def __post_init__(self) -> None:
        if len(self.call.token()) > MAX_TOKEN:
            raise ValueError(f"the call behind {self.label!r} is over {MAX_TOKEN} characters: {self.call.token()}")


@dataclass(frozen=True, slots=True)
class Menu:
    """Pick one of several."""

    placeholder: str
    options: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen right here, under what it belongs to, and not at the end."""

    choices: tuple[Choice | Menu, ...]


Part = Text | Fields | Items | RangeChart | File | Choices


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot says, in no platform's words.

    source: where the facts come from, shown small at the end.
    private: only for the person who asked, where the platform can do that.
    personal: never for others. Asked for in the open, it is given by a button that answers only who presses it.
    again: the call that gives this very reply once more; where there is one, the reply can be shared.
    made: what a platform made of it, which is as lasting as the reply: most are gone at once, and a few are given again
        and again (`Dispatcher`). `replace` gives the copy an empty one.
    """

    title: str
    parts: tuple[Part, ...] = ()
    choices: tuple[Choice | Menu, ...] = ()
    source: str = ""
    private: bool = True
    personal: bool = False
    again: Call | None = None
    made: dict[object, Any] = field(init=False, compare=False, repr=False, default_factory=dict)

    @property
    def offered(self) -> tuple[Choice | Menu, ...]:
        """All that can be chosen, in the order in which it is shown."""
        within = (choice for part in self.parts if isinstance(part, Choices) for choice in part.choices)
        return (*within, *self.choices)
