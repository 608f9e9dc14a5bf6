"""A `Reply` as Discord messages of Components V2: pure, with no network.

One container a message: the title as a heading, each part under it, the source small at the end, then the choices. What
is over a limit goes on in the next message; nothing here raises, and nothing is left out. The choices stand under the
last message.

Such messages carry no plain text beside their components (the flag turns `content` off), so there is no separate
fallback: screen readers read the text displays, and a picture has its alternative text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.core.chat import Choices, Fields, File, Items, Part, RangeChart, Reply, Text
from bot.core.markup import clip, plain, quote
from bot.core.words import size as in_bytes
from bot.platforms import chart
from bot.platforms.discord import limits, marks
from bot.platforms.discord.choices import Component, rows, size

_TEXT, _GALLERY, _FILE, _SEPARATOR, _CONTAINER = 10, 12, 13, 14, 17
#: The colour at the container's edge; the pictures' own.
ACCENT = 0x5B6EE1
_FENCE = "```"
#: What a name may not have where `attachment://` is to find it.
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")

#: What is attached to a message: a chart, once it is drawn, or a file.
Attached = RangeChart | File
#: What stands under each other in a message: a text, in pieces that each fit into one; something attached; or choices.
Section = Sequence[str] | Attached | Choices


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its components, and what is to be attached under these names."""

    components: tuple[Component, ...]
    attached: tuple[tuple[str, Attached], ...] = ()


def render(reply: Reply, *, pictures: bool = True) -> tuple[Message, ...]:
    """The reply as one message or several. A chart is a picture that its alternative text tells too; without
    `pictures`, and where it cannot be drawn, it is bars of text."""
    pages = [_Page()]
    number = 0
    for section in _sections(reply, pictures=pictures):
        if isinstance(section, Choices):
            number = _add_rows(pages, rows(section.choices, number), number, apart=False)
            continue
        texts: Sequence[str | Attached] = [section] if isinstance(section, Attached) else section
        for nth, piece in enumerate(texts):
            if not pages[-1].takes(piece, joined=nth > 0):
                pages.append(_Page())
            pages[-1].add(piece, joined=nth > 0)
    if not pages[-1].components:
        pages[-1].add("…")
    _add_rows(pages, rows(reply.choices, number), number, apart=True)
    return tuple(page.message() for page in pages)


def _add_rows(pages: list["_Page"], added: Sequence[Component], number: int, *, apart: bool) -> int:
    """Put rows under what is there; `apart`: with a line before them. Gives the number of the next component."""
    for nth, row in enumerate(added):
        first = apart and nth == 0
        if not pages[-1].takes_row(row, first=first):
            pages.append(_Page())
        pages[-1].add_row(row, first=first)
        number += size(row) - 1
    return number


def _sections(reply: Reply, *, pictures: bool) -> Iterator[Section]:
    yield [f"## {piece}" for piece in marks.plain(reply.title, limits.MESSAGE_TEXT - 3)]
    for part in reply.parts:
        if isinstance(part, Choices) or (isinstance(part, RangeChart) and pictures and chart.drawable(part)):
            yield part
            continue
        yield _text(part)
        if isinstance(part, File) and len(part.content) <= limits.FILE_BYTES:
            yield part
    small = (piece for line in plain(reply.source).split("\n") for piece in marks.plain(line, limits.MESSAGE_TEXT - 3))
    yield [f"-# {piece}" for piece in small]


def _text(part: Part) -> list[str]:
    match part:
        case Text():
            return list(marks.paragraphs(part.text))
        case Fields():
            return [piece for name, value in part.fields for piece in _field(name, value)]
        case Items():
            return [
                piece
                for number, item in enumerate(part.items, 1)
                for piece in _item(_mark(part, number), item.title, item.text)
            ]
        case RangeChart():
            return list(_bars(part))
        case Choices():
            return []
        case File():
            return list(marks.paragraphs(part.about if len(part.content) <= limits.FILE_BYTES else _too_large(part)))


def _too_large(part: File) -> str:
    most = in_bytes(limits.FILE_BYTES)
    return f"{quote(part.name)} is larger than the {most} that Discord takes. Please ask whoever runs me for it."


def _field(name: str, value: str) -> Iterator[str]:
    """`**Name** value`, on one line if the value is one paragraph."""
    texts = (*marks.plain(name, bold=True), *marks.paragraphs(value))
    yield from marks.pack(texts, " · " if len(texts) == 2 else "\n", limits.MESSAGE_TEXT)


def _mark(part: Items, number: int) -> str:
    """What stands before an item; one alone is no list."""
    return f"{number}. " if part.numbered else "- " if len(part.items) > 1 else ""


def _item(mark: str, title: str, text: str) -> Iterator[str]:
    """A bullet or a number, the title bold, and the text under it, set in as far."""
    room = limits.MESSAGE_TEXT - len(mark)
    indent = " " * len(mark)
    texts = (*marks.plain(title, room, bold=True), *marks.paragraphs(text, room // 2))
    lines = (indent + piece.replace("\n", f"\n{indent}") for piece in texts)
    packed = list(marks.pack(lines, "\n", limits.MESSAGE_TEXT))
    yield from (mark + piece.removeprefix(indent) if nth == 0 else piece for nth, piece in enumerate(packed))


def _bars(part: RangeChart) -> Iterator[str]:
    """The chart in text, in a fixed-width font."""
    drawn = marks.clean(chart.bars(part)).replace("`", "'")
    room = limits.MESSAGE_TEXT - 2 * len(_FENCE) - 2
    pieces = (one[at : at + room] for one in drawn.split("\n") for at in range(0, len(one), room))
    for piece in marks.pack(pieces, "\n", room):
        yield f"{_FENCE}\n{piece}\n{_FENCE}"


@dataclass(slots=True)
class _Page:
    """A message that is being filled. `characters` and `count` are held under Discord's limits by `takes`."""

    components: list[Component] = field(default_factory=list)
    attached: list[tuple[str, Attached]] = field(default_factory=list)
    characters: int = 0
    count: int = 1  # the container itself

    def takes(self, piece: str | Attached, *, joined: bool) -> bool:
        if isinstance(piece, Attached):
            return self.count < limits.MESSAGE_COMPONENTS and len(self.attached) < limits.MESSAGE_FILES
        grows = joined and self._ends_in_text()
        fits = self.characters + grows + len(piece) <= limits.MESSAGE_TEXT
        return fits and (grows or self.count < limits.MESSAGE_COMPONENTS)

    def add(self, piece: str | Attached, *, joined: bool = False) -> None:
        if isinstance(piece, Attached):
            self._attach(piece)
        elif joined and self._ends_in_text():
            self.components[-1]["content"] += f"\n{piece}"
            self.characters += 1 + len(piece)
        else:
            self._append({"type": _TEXT, "content": piece})
            self.characters += len(piece)

    def takes_row(self, row: Component, *, first: bool) -> bool:
        return self.count + size(row) + first <= limits.MESSAGE_COMPONENTS

    def add_row(self, row: Component, *, first: bool) -> None:
        if first and self.components:
            self._append({"type": _SEPARATOR, "divider": True, "spacing": 1})
        self._append(row, size(row))

    def message(self) -> Message:
        container = {"type": _CONTAINER, "accent_color": ACCENT, "components": self.components}
        return Message((container,), tuple(self.attached))

    def _attach(self, piece: Attached) -> None:
        name = self._name_of(piece)
        media = {"url": f"attachment://{name}"}
        if isinstance(piece, File):
            self._append({"type": _FILE, "file": media})
        else:
            item: dict[str, Any] = {"media": media}
            if told := clip(marks.line(chart.told(piece)), limits.MEDIA_DESCRIPTION):
                item["description"] = told
            self._append({"type": _GALLERY, "items": [item]})
        self.attached.append((name, piece))

    def _name_of(self, piece: Attached) -> str:
        """A name that no other has in this message, of letters that `attachment://` can find."""
        wanted = piece.name if isinstance(piece, File) else f"chart-{len(self.attached) + 1}.png"
        plain = _NOT_IN_A_NAME.sub("_", wanted)[-limits.FILE_NAME :] or "file"
        taken = {name for name, _ in self.attached}
        return next(name for name in (plain, *(f"{n}-{plain}" for n in range(2, 99))) if name not in taken)

    def _append(self, component: Component, count: int = 1) -> None:
        self.components.append(component)
        self.count += count

    def _ends_in_text(self) -> bool:
        return bool(self.components) and self.components[-1]["type"] == _TEXT
