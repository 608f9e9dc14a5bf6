import string
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.core.markup import Block, Span, blocks, clip, plain, quote


def test_the_subset_is_read() -> None:
    assert blocks("A **b** *c* `d` [e](https://f.example)") == (
        Block(
            (
                Span("A "),
                Span("b", bold=True),
                Span(" "),
                Span("c", italic=True),
                Span(" "),
                Span("d", code=True),
                Span(" "),
                Span("e", url="https://f.example"),
            )
        ),
    )
    assert [block.bullet for block in blocks("text\n\n- one\n- two")] == [False, True, True]


def test_only_web_links_are_links() -> None:
    assert plain("[x](javascript:alert)") == "[x](javascript:alert)"
    assert all(not span.url for block in blocks("[x](ftp://a.example)") for span in block.spans)


@given(st.text(max_size=200))
def test_what_a_person_typed_styles_nothing_and_hides_nothing(text: str) -> None:
    found = blocks(quote(text))
    assert all(not (s.bold or s.italic or s.code or s.url) for block in found for s in block.spans)
    assert not any(block.bullet for block in found)
    assert all(c == " " or c.isprintable() or unicodedata.category(c) in {"Cn", "Zl", "Zp"} for c in plain(quote(text)))


@given(st.text(string.printable, max_size=200))
def test_what_a_person_typed_reads_the_same(text: str) -> None:
    printable = "".join(c for c in " ".join(text.split()) if c.isprintable())
    assert plain(quote(text)).split() == printable.split()


@given(st.text(max_size=80), st.integers(1, 60))
def test_a_clipped_text_is_never_too_long(text: str, limit: int) -> None:
    assert len(clip(text, limit)) <= limit
