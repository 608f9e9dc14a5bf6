"""Reply text as Discord's Markdown: what came as plain text reads as it was, and styles, links and pings nothing.

Discord's dialect is not CommonMark: it escapes any sign that is no letter, digit or space with a backslash, knows
headings, lists, quotes and `-#` at a line's start, and mentions, emoji, times and links within a line.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from bot.core.markup import Block, Span, blocks
from bot.platforms.discord import limits

#: What could style, link or mention within a line. A colon stands for links (https://) and emoji (:smile:).
_SIGNS = re.compile(r"[\\`*_~|<>\[\]@]|:(?=\S)")
#: What could make a line a heading, small print, a list or a quote.
_LINE_START = re.compile(r"(?m)^([^\S\n]*)(?:([#+-])|(\d+)([.)]))")
#: What no person reads: control characters but the line feed, lone surrogates, and overrides of the writing direction,
#: with which a text can be made to read as another.
_UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_SENTENCES = re.compile(r"(?<=[.!?…;])\s+|\n+")
_WORDS = re.compile(r"\s+")
#: Between two runs of emphasis that touch, so that their stars are not read as one.
_GAP = "\u200b"


def clean(text: str) -> str:
    """Text without what no person reads; a tab is a space."""
    return _UNSEEN.sub("", text.replace("\t", " "))


def line(text: str) -> str:
    """Plain text for a place that knows no Markdown and no line breaks, such as a button."""
    return " ".join(clean(text).split())


def escape(text: str) -> str:
    """Plain text that Discord shows as it is, wherever in a message it stands."""
    return _LINE_START.sub(_guard, _inline(text))


def _inline(text: str) -> str:
    return _SIGNS.sub(r"\\\g<0>", clean(text))


def _guard(found: re.Match[str]) -> str:
    return f"{found[1]}\\{found[2]}" if found[2] else rf"{found[1]}{found[3]}\{found[4]}"


def paragraphs(text: str, limit: int = limits.MESSAGE_TEXT) -> Iterator[str]:
    """Reply text as Discord Markdown: a string a paragraph, bullets joined; none is over `limit` characters."""
    for bullet, group in groupby(blocks(text), key=lambda block: block.bullet):
        pieces = [piece for block in group for piece in _pieces(block, limit)]
        yield from pack(pieces, "\n", limit) if bullet else pieces


def plain(text: str, limit: int = limits.MESSAGE_TEXT, *, bold: bool = False) -> Iterator[str]:
    """Plain text, escaped, in strings of at most `limit` characters; none if there is nothing to read."""
    yield from _pieces(Block((Span(line(text), bold=bold),)), limit)


def pack(pieces: Iterable[str], glue: str, limit: int) -> Iterator[str]:
    """Join pieces while they fit into `limit` characters together."""
    held = ""
    for piece in pieces:
        joined = f"{held}{glue}{piece}" if held else piece
        if held and len(joined) > limit:
            yield held
            joined = piece
        held = joined
    if held:
        yield held


def _pieces(block: Block, limit: int) -> Iterator[str]:
    """One paragraph or bullet; cut at sentences, else words, else anywhere, where it is over the limit."""
    mark = "- " if block.bullet else ""
    whole = _styled(block.spans)
    if not whole:
        return
    if len(mark + whole) <= limit:
        yield mark + whole
        return
    held: list[Span] = []
    cost = len(mark)
    for span in _cut(block.spans, limit - len(mark)):
        if held and cost + _cost(span) > limit:
            yield mark + _styled(held)
            held, cost = [], len(mark)
        held.append(span)
        cost += _cost(span)
    if last := _styled(held):
        yield mark + last


def _cost(span: Span) -> int:
    """The most characters that a span can take when it is written: its marks, its link, its gap."""
    return len(escape(span.text)) + 14 + (len(span.url) * 3 + 4 if span.url else 0)


def _cut(spans: Iterable[Span], limit: int) -> Iterator[Span]:
    """The same spans in smaller ones, each of which can stand alone within the limit."""
    for span in spans:
        if _cost(span) - len(escape(span.text)) > limit // 2:
            span = _like(span, span.text, url="")  # a link so long that no text would fit beside it
        room = limit - (_cost(span) - len(escape(span.text)))
        for sentence in _split(span.text, _SENTENCES):
            if len(escape(sentence)) <= room:
                yield _like(span, sentence)
                continue
            for word in _split(sentence, _WORDS):
                step = max(room // 2, 1)  # a sign and its backslash are two
                for at in range(0, len(word), step):
                    yield _like(span, word[at : at + step])


def _split(text: str, border: re.Pattern[str]) -> Iterator[str]:
    """Cut after each border; the border stays with what it ends."""
    start = 0
    for found in border.finditer(text):
        yield text[start : found.end()]
        start = found.end()
    if start < len(text):
        yield text[start:]


def _like(span: Span, text: str, url: str | None = None) -> Span:
    return Span(text, span.bold, span.italic, span.code, span.url if url is None else url)


def _styled(spans: Iterable[Span]) -> str:
    """Spans as one run of Markdown, its outer white space taken off."""
    written: list[str] = []
    for url, group in groupby(spans, key=lambda span: span.url):
        label = _emphasised(group)
        written.append(
            f"[{label}]({_address(url)})" if url and label.strip() and len(url) <= limits.LINK_URL else label
        )
    # A line's start is only known now: "1" and "." may have come as two spans.
    return _LINE_START.sub(_guard, "".join(written)).strip()


def _address(url: str) -> str:
    """A link's target with all that could end it encoded."""
    return re.sub(
        r"[\s()<>\\\[\]\"`|]", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), clean(url)
    )


def _emphasised(spans: Iterable[Span]) -> str:
    """Bold, italic and code, opened and closed as the style changes; marks never touch white space or other marks."""
    written = ""
    for (bold, italic, code), group in groupby(spans, key=lambda s: (s.bold, s.italic, s.code)):
        text = "".join(span.text for span in group)
        core = text.strip()
        mark = "**" * bold + "*" * italic
        if not line(core):
            written += clean(text)
            continue
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        gap = _GAP if mark and not before and written.endswith("*") else ""
        written += f"{clean(before)}{gap}{mark}{_code(core) if code else _inline(core)}{mark[::-1]}{clean(after)}"
    return written


def _code(text: str) -> str:
    """Code as it stands; with a backtick in it as plain text, since Discord has no escape for one."""
    return _inline(text) if "`" in text else f"`{line(text)}`"
