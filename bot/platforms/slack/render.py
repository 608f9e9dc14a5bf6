"""A `Reply` as Slack's messages: blocks to see, and the same as plain text for notifications and screen readers.

Pure, and never raises: what is too long for one message becomes several, and the choices stand under the last.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from bot.core import markup
from bot.core.chat import Choices, Fields, File, Item, Items, Part, RangeChart, Reply, Text
from bot.core.kept import Kept
from bot.core.markup import Span, clip
from bot.platforms import chart
from bot.platforms.slack import choices, limits, rich
from bot.platforms.slack.choices import label
from bot.platforms.slack.rich import Json, Kind, Line, Piece

#: For so many workspaces, each with pictures of its own, one reply is kept as it stands there.
_WORKSPACES = 16
_NO_PICTURES: Mapping[RangeChart, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `doubtful`: it shows a picture, which Slack may refuse (a file deleted, or not ready yet)."""

    text: str
    blocks: tuple[Json, ...]
    doubtful: bool = False
    written: dict[bool, str] = field(init=False, compare=False, repr=False, default_factory=dict)

    def content(self) -> Json:
        """What every way of sending takes."""
        return {"text": self.text, "blocks": list(self.blocks), "unfurl_links": False, "unfurl_media": False}

    def in_acknowledgement(self, *, private: bool) -> Json:
        return {**self.content(), "response_type": "ephemeral" if private else "in_channel"}

    def acknowledged(self, *, private: bool) -> str:
        """The same as JSON. It is kept with the message."""
        if private not in self.written:
            self.written[private] = json.dumps(self.in_acknowledgement(private=private), separators=(",", ":"))
        return self.written[private]


def render(reply: Reply, pictures: Mapping[RangeChart, str] = _NO_PICTURES) -> tuple[Message, ...]:
    """The messages, at least one.

    pictures: for a chart, the id of an uploaded file or an address (https) that shows it; without, it is bars of text.
    """
    body = [*_title(reply.title), *(piece for part in reply.parts for piece in _part(part, pictures))]
    tail = [*_source(reply.source), *(Piece(row, "") for row in choices.rows(reply.choices))]
    pages, last = list(_pages(body)), list(_pages(tail))
    if pages and last and len(together := list(_pages([*pages[-1], *last[0]]))) == 1:
        pages[-1:], last = together, last[1:]
    choices.number(piece.block for page in (*pages, *last) for piece in page)
    name = " ".join(rich.clean(reply.title).split()) or "…"
    return tuple(_message(page, name) for page in [*pages, *last] or [[]])


def rendered(reply: Reply, pictures: Mapping[RangeChart, str], *, sure: bool) -> tuple[Message, ...]:
    """The same, kept with the reply. sure: Slack shows these pictures."""
    kept: Kept[object, tuple[Message, ...]] = reply.made.setdefault(Message, Kept(_WORKSPACES))
    alike = (*pictures.values(), sure)
    made = kept.get(alike)
    if made is None:
        made = render(reply, pictures)
        if sure:
            made = tuple(replace(one, doubtful=False) for one in made)
        kept.put(alike, made)
    return made


def charts(reply: Reply) -> tuple[RangeChart, ...]:
    """Those that can be pictures."""
    return tuple(part for part in reply.parts if isinstance(part, RangeChart) and chart.drawable(part))


def moment() -> Message:
    """What is shown while an answer takes longer than usual."""
    return Message("One moment…", ())


def escape(text: str) -> str:
    """Plain text for a `text` field: with these three escaped, nothing in it is a mention, a channel or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _title(title: str) -> Iterator[Piece]:
    said = " ".join(rich.clean(title).split())
    if said:
        yield Piece({"type": "header", "text": label(said, limits.HEADER)}, clip(said, limits.HEADER))
    if len(said) > limits.HEADER:
        yield from rich.pieces([Line((Span(said, bold=True),))])


def _part(part: Part, pictures: Mapping[RangeChart, str]) -> Iterator[Piece]:
    match part:
        case Text(text):
            yield from rich.pieces(rich.lines(text))
        case Fields(fields):
            yield from rich.pieces([_named(fields)] if fields else [])
        case Items(items, numbered):
            kind: Kind = "ordered" if numbered else "bullet" if len(items) > 1 else "plain"
            yield from rich.pieces(Line(_item(item), kind, number) for number, item in enumerate(items, start=1))
        case RangeChart():
            yield from _chart(part, pictures.get(part))
        case Choices(offered):
            yield from (Piece(row, "") for row in choices.rows(offered))
        case File(name, _, _, about):  # no block can hold one: files.py hands it over, and says so in its place
            yield from rich.pieces([Line((*_bold(name, ": "), *rich.spans(about)))])


def _item(item: Item) -> tuple[Span, ...]:
    # A dash, because titles have colons of their own.
    text = rich.spans(item.text)
    return (*_bold(item.title), *((Span(" – "),) if text and item.title.strip() else ()), *text)


def _named(fields: Iterable[tuple[str, str]]) -> Line:
    """Names and values, a row each."""
    found: list[Span] = []
    for name, value in fields:
        found += [Span("\n")] if found else []
        found += [*_bold(name, ": "), *rich.spans(value)]
    return Line(tuple(found))


def _bold(text: str, after: str = "") -> Iterator[Span]:
    said = " ".join(rich.clean(text).split())
    if said:
        yield Span(said + after, bold=True)


def _chart(drawn: RangeChart, picture: str | None) -> Iterator[Piece]:
    if picture is not None:
        told = rich.clean(chart.told(drawn))
        where = {"image_url": picture} if picture.startswith("http") else {"slack_file": {"id": picture}}
        yield Piece({"type": "image", **where, "alt_text": clip(told, limits.ALT_TEXT)}, told)
        return
    yield from rich.pieces([Line(tuple(_bold(drawn.title)))])
    yield from rich.preformatted(chart.bars(drawn))


def _source(source: str) -> Iterator[Piece]:
    """The footer, small and grey."""
    said = rich.clean(markup.plain(rich.clean(source))).strip()
    for at in range(0, len(said), limits.CONTEXT_TEXT):
        text = said[at : at + limits.CONTEXT_TEXT]
        if text.strip():
            small = {"type": "plain_text", "text": text, "emoji": False}
            yield Piece({"type": "context", "elements": [small]}, text)


def _pages(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    return choices.chunks(pieces, limits.MESSAGE_BLOCKS, limits.MESSAGE_CHARACTERS, _weight)


def _weight(piece: Piece) -> int:
    return choices.characters_of(piece.block)


def _message(page: list[Piece], name: str) -> Message:
    blocks = tuple(_identified(piece.block, place) for place, piece in enumerate(page))
    plain = "\n\n".join(piece.plain for piece in page if piece.plain.strip()) or name
    text = escape(plain)
    if len(text) > limits.MESSAGE_TEXT:
        text = escape(clip(plain, limits.MESSAGE_TEXT // len("&amp;")))
    return Message(text, blocks, any(block["type"] == "image" for block in blocks))


def _identified(block: Json, place: int) -> Json:
    """With a `block_id` made of what it holds.

    Slack keeps what was picked in a menu while its block's id stays; so a menu that changed must have a new one.
    """
    digest = hashlib.sha256(json.dumps(block, sort_keys=True).encode()).hexdigest()[:12]
    return {**block, "block_id": f"{place}:{digest}"}
