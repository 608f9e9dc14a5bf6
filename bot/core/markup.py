"""The small subset of Markdown that replies are written in, read once for every renderer.

markdown-it does the reading: it is what Rich stands on already, and its escapes and nesting are CommonMark's. All that
is not in the subset stays as it was typed.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

_READER = MarkdownIt("zero").enable(["emphasis", "backticks", "link", "escape", "list", "newline"])
_SPECIAL = re.compile(r"([\\`*_\[\]<>&])")
#: Control characters, what shapes text without being seen (bidi overrides, joiners), half and private characters.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})
_LIST_START = re.compile(r"^(\d*)([-+.)])(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style; `url` where it is a link."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or one bullet of a list. A line break within it is a "\\n" in a span."""

    spans: tuple[Span, ...]
    bullet: bool = False

    @property
    def plain(self) -> str:
        return "".join(span.text for span in self.spans)


def quote(text: str) -> str:
    """Make what a person typed safe to stand inside a reply: it reads the same, and styles or links nothing."""
    return _LIST_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", bare(text)))


def bare(text: str) -> str:
    """What a person typed on one line, without the characters that nobody sees; it may still hold markup."""
    if text.isascii() and text.isprintable():  # nearly all, a token's pieces above all
        return " ".join(text.split())
    seen = (" " if c.isspace() else c for c in text)
    return " ".join("".join(c for c in seen if unicodedata.category(c) not in _UNSEEN).split())


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


@lru_cache(maxsize=2048)
def blocks(text: str) -> tuple[Block, ...]:
    """Read reply text into paragraphs and bullets. Only http and https links are links."""
    found: list[Block] = []
    bullet = 0
    for token in _READER.parse(text):
        if token.type == "list_item_open":
            bullet += 1
        elif token.type == "list_item_close":
            bullet -= 1
        elif token.type == "inline":
            found.append(Block(_spans(token.children or []), bullet=bullet > 0))
    return tuple(found)


def plain(text: str) -> str:
    """Reply text with its markup taken off, for a notification or a screen reader."""
    return "\n".join(("• " if block.bullet else "") + block.plain for block in blocks(text))


def _spans(tokens: list[Token]) -> tuple[Span, ...]:
    spans: list[Span] = []
    bold = italic = 0
    url = ""
    for token in tokens:
        match token.type:
            case "strong_open" | "strong_close":
                bold += token.nesting
            case "em_open" | "em_close":
                italic += token.nesting
            case "link_open":
                href = str(token.attrGet("href") or "")
                url = href if href.startswith(("https://", "http://")) else ""
            case "link_close":
                url = ""
            case "softbreak" | "hardbreak":
                spans.append(Span("\n"))
            case _ if token.content:
                spans.append(Span(token.content, bold > 0, italic > 0, token.type == "code_inline", url))
    return tuple(spans)
