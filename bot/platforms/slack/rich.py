"""Text as Slack's rich text, in which every character is literal.

mrkdwn escapes only & < >, so a typed `*` or backtick would still style there; a rich text element says its style beside
its text, so nothing that a person typed can mention, link or style anything.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from bot.core import markup
from bot.core.markup import Span
from bot.platforms.slack import limits

Json: TypeAlias = dict[str, Any]

#: Control characters but the line feed and the tab; halves of characters; direction overrides and isolates, which would
#: turn around what stands after them, outside the text too. Joiners stay: families of emoji and some scripts need them.
_UNTAKEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_ADDRESS = re.compile(r"https?://\S+")
_STYLES = ("bold", "italic", "code")


@dataclass(frozen=True, slots=True)
class Piece:
    """A block, and what it says as plain text."""

    block: Json
    plain: str


Kind: TypeAlias = Literal["plain", "bullet", "ordered"]


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph or an item of a list. `number` is an ordered item's, from 1."""

    spans: tuple[Span, ...]
    kind: Kind = "plain"
    number: int = 0

    @property
    def said(self) -> str:
        sign = {"plain": "", "bullet": "• ", "ordered": f"{self.number}. "}[self.kind]
        return sign + "".join(span.text for span in self.spans)


def clean(text: str) -> str:
    """Without control characters, halves of characters and turned directions, none of which Slack takes well."""
    return _UNTAKEN.sub("", text).replace("\t", " ")


def lines(text: str) -> Iterator[Line]:
    """Reply text as lines."""
    for block in markup.blocks(clean(text)):
        yield Line(block.spans, "bullet" if block.bullet else "plain")


def spans(text: str) -> tuple[Span, ...]:
    """Reply text as the spans of a single line, its paragraphs and bullets under each other."""
    found: list[Span] = []
    for block in markup.blocks(clean(text)):
        found += [Span("\n")] if found else []
        found += [Span("• ")] if block.bullet else []
        found += block.spans
    return tuple(found)


def pieces(written: Iterable[Line]) -> Iterator[Piece]:
    """Lines as rich text blocks, as few as the limits allow."""
    kept: list[Line] = []
    room = limits.PARAGRAPH
    for line in itertools.chain.from_iterable(_cut(line) for line in written):
        size = len(line.said) + 2
        if kept and size > room:
            yield _piece(kept)
            kept, room = [], limits.PARAGRAPH
        kept.append(line)
        room -= size
    if kept:
        yield _piece(kept)


def preformatted(text: str) -> Iterator[Piece]:
    """Text in a fixed-width font, cut between its lines."""
    for line in pieces_of_lines(clean(text).split("\n")):
        inner = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": line}]}
        yield Piece({"type": "rich_text", "elements": [inner]}, line)


def pieces_of_lines(written: Iterable[str]) -> Iterator[str]:
    """Lines joined to texts of at most PARAGRAPH characters; none of them blank."""
    kept = ""
    for line in written:
        while len(kept) + 1 + len(line) > limits.PARAGRAPH:
            if not kept:
                kept, line = line[: limits.PARAGRAPH], line[limits.PARAGRAPH :]
            if kept.strip():
                yield kept
            kept = ""
        kept = f"{kept}\n{line}" if kept else line
    if kept.strip():
        yield kept


def _cut(line: Line) -> Iterator[Line]:
    """The line in parts that fit a block, cut at spaces where there are any."""
    limit = limits.PARAGRAPH - 20  # a number or a bullet, and the space between lines
    part: list[Span] = []
    room, kind = limit, line.kind
    for span in line.spans:
        text = span.text
        while len(text) > room:
            at = text.rfind(" ", 0, room) + 1 or (0 if part else room)
            if at:
                part.append(replace(span, text=text[:at]))
            yield Line(tuple(part), kind, line.number)
            part, room, text, kind = [], limit, text[at:], "plain"
        if text:
            part.append(replace(span, text=text))
            room -= len(text)
    if any(span.text.strip() for span in part):
        yield Line(tuple(part), kind, line.number)


def _piece(kept: list[Line]) -> Piece:
    elements: list[Json] = []
    said: list[str] = []
    for kind, group in itertools.groupby(kept, key=lambda line: line.kind):
        together = list(group)
        said.append(("\n\n" if kind == "plain" else "\n").join(line.said for line in together))
        elements.append(_section(together) if kind == "plain" else _list(together))
    return Piece({"type": "rich_text", "elements": elements}, "\n".join(said))


def _section(paragraphs: list[Line]) -> Json:
    flowing: list[Span] = []
    for paragraph in paragraphs:
        flowing += [Span("\n\n")] if flowing else []
        flowing += paragraph.spans
    return {"type": "rich_text_section", "elements": _elements(flowing)}


def _list(items: list[Line]) -> Json:
    made: Json = {
        "type": "rich_text_list",
        "style": "ordered" if items[0].kind == "ordered" else "bullet",
        "elements": [{"type": "rich_text_section", "elements": _elements(item.spans)} for item in items],
    }
    if items[0].number > 1:
        made["offset"] = items[0].number - 1
    return made


def _elements(flowing: Iterable[Span]) -> list[Json]:
    elements: list[Json] = []
    for span in flowing:
        element = _element(span)
        last = elements[-1] if elements else {}
        if element["type"] == "text" and last.get("type") == "text" and element.get("style") == last.get("style"):
            last["text"] += element["text"]
        else:
            elements.append(element)
    return elements


def _element(span: Span) -> Json:
    element: Json = {"type": "text", "text": span.text}
    if len(span.url) <= limits.LINK and _ADDRESS.fullmatch(span.url):
        element = {"type": "link", "url": span.url, "text": span.text}
    style = {name: True for name in _STYLES if getattr(span, name)}
    return {**element, "style": style} if style else element
