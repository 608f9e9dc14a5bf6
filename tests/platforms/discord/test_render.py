"""Any reply becomes messages that Discord takes, with all of it in them and nothing injected."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simcord.components import validate_message_state

from bot.core.chat import (
    MAX_TOKEN,
    Call,
    Choice,
    Choices,
    Fields,
    File,
    Item,
    Items,
    Menu,
    Range,
    RangeChart,
    Reply,
    Text,
)
from bot.core.markup import blocks, quote
from bot.platforms.chart import drawable
from bot.platforms.discord.choices import call_of
from bot.platforms.discord.render import Message, render

_V2 = 1 << 15

# ── any reply at all ──────────────────────────────────────────────────────────────────────────────────────────────────

_nasty = st.sampled_from(
    """@everyone
<@123>
<@&5> <#9> </salary:1> <t:0:R> <:x:1>
:smile:
https://evil.example/a_b
[free money](https://evil.example)
[label](https://example.com/a(b)?c=d)
# big
-# small
> quote
- item
1. one
**bold**
*it*
`code`
**a *b* c**
***x***
word. Another!
🧑‍🚀 é 中文 ﷺ""".split("\n")
) | st.sampled_from(
    [
        "```",
        "`",
        "**",
        "__",
        "~~",
        "||",
        "\\",
        "*",
        "_",
        "\u202e",
        "\u200b",
        "\x00",
        "\x07",
        "\n",
        "\r\n",
        "\t",
        "\ud800",
    ]
)
_plain_text = st.text(st.characters(codec="utf-8"), max_size=60)
_short = st.lists(_nasty | _plain_text, max_size=8).map(" ".join)
_long = st.builds(
    lambda some, times: (" ".join(some) * times)[:9_000],
    st.lists(_nasty | _plain_text, min_size=1, max_size=4),
    st.integers(1, 400),
)
_any_text = _short | _long
_word = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
_calls = st.builds(
    Call,
    _word,
    st.dictionaries(_word, st.text(max_size=4), max_size=2).map(lambda given: tuple(given.items())),
    st.booleans(),
    st.none() | _word,
).filter(lambda call: len(call.token()) <= MAX_TOKEN)
_choices = st.builds(Choice, _short, _calls, st.sampled_from(["primary", "secondary", "danger"]), _short)
_options = st.lists(_choices, max_size=4) | st.lists(_choices, min_size=1, max_size=2).map(lambda some: some * 30)
_menus = st.builds(Menu, _short, _options.map(tuple))
_ranges = st.builds(Range, _short, st.integers(1, 10**6), st.integers(10**6, 10**7), st.booleans(), st.booleans())
_charts = st.builds(
    RangeChart,
    _short,
    st.lists(_ranges, max_size=30).map(tuple),
    st.sampled_from(["USD", "CHF"]),
    st.none() | st.integers(1, 10**9),
    _short,
)
_file_names = st.sampled_from(["mine.json", "chart-1.png", "", "../ü b?.txt", "x" * 300 + ".csv"]) | _short
_files = st.builds(File, _file_names, st.sampled_from([b"x", b"x" * 5_000]), st.just("text/plain"), _short)
_items = st.lists(st.builds(Item, _short, _any_text), max_size=30).map(tuple)
_parts = (
    st.builds(Text, _any_text)
    | st.builds(Fields, st.lists(st.tuples(_short, _any_text), max_size=12).map(tuple))
    | st.builds(Items, _items, st.booleans())
    | _charts
    | _files
    | st.builds(Choices, st.lists(_choices | _menus, max_size=12).map(tuple))
)
_replies = st.builds(
    Reply,
    _any_text,
    st.lists(_parts, max_size=6).map(tuple) | st.lists(st.builds(Text, _short), min_size=30, max_size=60).map(tuple),
    st.lists(_choices | _menus, max_size=60).map(tuple),
    _any_text,
)


@given(_replies, st.booleans())
@settings(max_examples=60, deadline=None)
def test_any_reply_becomes_messages_inside_every_limit_with_nothing_lost_or_injected(
    reply: Reply, pictures: bool
) -> None:
    messages = render(reply, pictures=pictures)
    for message in messages:
        _inside_every_limit(message)
        for content in _contents(message):
            _nothing_injected(content)
    _holds_all_text(reply, messages)
    _holds_all_choices(reply, messages)
    attached = [one for message in messages for _, one in message.attached]
    pictured = [part for part in reply.parts if pictures and isinstance(part, RangeChart) and drawable(part)]
    assert attached == [part for part in reply.parts if isinstance(part, File) or part in pictured]


def _inside_every_limit(message: Message) -> None:
    components: list[dict[str, Any]] = list(message.components)
    files = {f"attachment://{name}" for name, _ in message.attached}
    every = list(_walk(components))
    assert len(every) <= 40
    assert components[0]["components"]
    assert sum(len(content) for content in _contents(message)) <= 4_000
    assert all(content.strip() for content in _contents(message))
    assert len(files) == len(message.attached) <= 10
    assert all(re.fullmatch(r"[\w.-]{1,110}", name, re.ASCII) for name, _ in message.attached)
    media = [item["media"] for part in every for item in part.get("items", ())]
    media += [part["file"] for part in every if part["type"] == 13]
    assert sorted(one["url"] for one in media) == sorted(files)
    ids = [part["custom_id"] for part in every if "custom_id" in part]
    assert len(ids) == len(set(ids))
    for part in every:
        options = part.get("options", ())
        assert len({option["value"] for option in options}) == len(options) <= 25
        for text in (part.get("custom_id"), *(option["value"] for option in options)):
            assert text is None or 1 <= len(text) <= 100
    # A validator that is not ours: simcord's, after Discord's documentation.
    validate_message_state(components, flags=_V2, content=None, embeds=[], poll=None)


def _nothing_injected(content: str) -> None:
    """Outside code, every sign that could mention, link or show an emoji has a backslash before it."""
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", content)
    bare = re.sub(r"```.*?```|\\[^A-Za-z0-9\s]|`[^`]*`", "", content, flags=re.DOTALL)
    bare = re.sub(r"\[[^\[\]]*\]\(https?://[^\s()<>]*\)", "", bare)
    assert not re.search(r"[@<>\[\]|~_`]|:[\w/]", bare)


def _holds_all_text(reply: Reply, messages: tuple[Message, ...]) -> None:
    """Every letter and digit, in order; marks and numbers may have come between."""
    shown = iter(re.sub(r"\W", "", "".join(content for message in messages for content in _contents(message))))
    pictured = any(isinstance(one, RangeChart) for message in messages for _, one in message.attached)
    for text in _texts(reply, pictured=pictured):
        for letter in re.sub(r"[\W_]", "", text):
            assert letter in shown, f"{letter!r} of {text[:80]!r} is gone"


def _texts(reply: Reply, *, pictured: bool) -> Iterator[str]:
    yield reply.title
    for part in reply.parts:
        match part:
            case Text():
                yield _read(part.text)
            case Fields():
                for name, value in part.fields:
                    yield from (name, _read(value))
            case Items():
                for item in part.items:
                    yield from (item.title, _read(item.text))
            case RangeChart():
                yield "" if pictured else "".join(one.label for one in part.ranges)
            case File():
                yield _read(part.about)
    yield _read(reply.source)


def _read(text: str) -> str:
    return "".join(block.plain for block in blocks(text))


def _holds_all_choices(reply: Reply, messages: tuple[Message, ...]) -> None:
    every = [part for message in messages for part in _walk(message.components)]
    clicked = [call_of(part["custom_id"]) for part in every if part["type"] == 2]
    picked = [call_of(option["value"]) for part in every for option in part.get("options", ())]
    assert clicked == [choice.call for choice in reply.offered if isinstance(choice, Choice)]
    assert picked == [one.call for menu in reply.offered if isinstance(menu, Menu) for one in menu.options]
    ids = [part["custom_id"] for part in every if "custom_id" in part]
    assert len(set(ids)) == len(ids)


def _contents(message: Message) -> list[str]:
    return [part["content"] for part in _walk(message.components) if part["type"] == 10]


def _walk(components: Any) -> Iterator[dict[str, Any]]:
    for part in components:
        yield part
        yield from _walk(part.get("components", ()))


# ── how it reads ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain **bold** *italic* `code`", "plain **bold** *italic* `code`"),
        ("**a *b* c**", "**a** ***b*** **c**"),
        ("[the *docs*](https://example.com/a_b?c=(d))", "[the *docs*](https://example.com/a_b?c=%28d%29)"),
        ("- one\n- two", "- one\n- two"),
        ("first\n\nsecond", "first\nsecond"),
        (quote("# big"), "\\# big"),
        (quote("-# small"), "\\-# small"),
        (quote("> quote <@1> @here"), "\\> quote \\<\\@1\\> \\@here"),
        (quote("[x](https://evil.example)"), "\\[x\\](https\\://evil.example)"),
        (quote("**no** `no` ||no|| ~~no~~ _no_"), "\\*\\*no\\*\\* \\`no\\` \\|\\|no\\|\\| \\~\\~no\\~\\~ \\_no\\_"),
        ("`a` and ``b`c``", "`a` and b\\`c"),
    ],
)
def test_text_is_written_in_discords_markdown(text: str, shown: str) -> None:
    (message,) = render(Reply("Title", (Text(text),)))
    assert _contents(message) == ["## Title", shown]


def test_a_reply_reads_from_title_to_source_and_its_choices_stand_below() -> None:
    reply = Reply(
        "Pay",
        (
            Fields((("Takes", "an hour"), ("Good for", "pay"))),
            Items((Item("First", "do this"), Item("Then", "that")), numbered=True),
            Items((Item("Alone", "no list"),)),
        ),
        (Choice("Again", Call("tip"), "primary"), Menu("More", (Choice("One", Call("one"), description="why"),))),
        "Source: a page",
    )
    (message,) = render(reply)
    assert _contents(message) == [
        "## Pay",
        "**Takes** · an hour\n**Good for** · pay",
        "1. **First**\n   do this\n2. **Then**\n   that",
        "**Alone**\nno list",
        "-# Source: a page",
    ]
    assert message.components[0]["components"][-2:] == [
        {"type": 1, "components": [{"type": 2, "style": 1, "label": "Again", "custom_id": "0:tip"}]},
        {"type": 1, "components": [{"type": 3, "custom_id": "1:", "placeholder": "More", "options": [
            {"label": "One", "value": "0:one", "description": "why"}]}]},
    ]  # fmt: skip


def test_each_paragraph_of_the_source_is_small_print_of_its_own_and_a_name_in_it_reads_as_it_is() -> None:
    (message,) = render(Reply("News", source=f"Source: a page\n\nSet up by {quote('ada_l')}"))
    assert _contents(message) == ["## News", "-# Source: a page\n-# Set up by ada\\_l"]


def test_a_chart_is_a_picture_told_in_its_alternative_text_or_else_bars() -> None:
    chart = RangeChart("Pay", (Range("Junior", 10_000, 20_000),), "EUR")
    (pictured,) = render(Reply("Pay", (chart,)))
    assert pictured.attached == (("chart-1.png", chart),)
    (item,) = next(part["items"] for part in _walk(pictured.components) if part["type"] == 12)
    assert item == {
        "media": {"url": "attachment://chart-1.png"},
        "description": "Pay. Junior: €10,000 to €20,000.",
    }
    (barred,) = render(Reply("Pay", (chart,)), pictures=False)
    assert barred.attached == ()
    assert _contents(barred)[1].startswith("```\nJunior\n")


def test_a_file_stands_under_what_is_said_of_it() -> None:
    file = File("mine.json", b"{}", "application/json", "All of it.")
    (message,) = render(Reply("Yours", (file,)))
    assert message.attached == (("mine.json", file),)
    assert message.components[0]["components"][1:] == [
        {"type": 10, "content": "All of it."},
        {"type": 13, "file": {"url": "attachment://mine.json"}},
    ]


def test_more_files_than_a_message_takes_go_on_in_the_next_and_none_hides_another() -> None:
    file = File("meine größte.csv", b"1", "text/csv", "A part.")
    first, second = render(Reply("Yours", (file,) * 12))
    names = [name for name, _ in first.attached]
    assert names[:3] == ["meine_gr_te.csv", "2-meine_gr_te.csv", "3-meine_gr_te.csv"]
    assert (len(set(names)), len(second.attached)) == (10, 2)


def test_a_file_that_discord_would_refuse_is_told_with_what_to_do() -> None:
    (fits,) = render(Reply("Yours", (File("a.txt", b"x" * 10 * 1024**2, "text/plain", "It."),)))
    assert fits.attached
    (message,) = render(Reply("Yours", (File("a_b.txt", b"x" * (10 * 1024**2 + 1), "text/plain", "It."),)))
    assert message.attached == ()
    assert _contents(message)[1] == (
        "a\\_b.txt is larger than the 10.0 MiB that Discord takes. Please ask whoever runs me for it."
    )


def test_a_long_menu_comes_in_parts_and_a_long_label_is_clipped() -> None:
    menu = Menu("Topics", tuple(Choice(f"{n} {'x' * 200}", Call.of("tip", topic=str(n))) for n in range(60)))
    (message,) = render(Reply("Tips", (), (menu, Menu("Nothing", ()))))
    menus = [part for part in _walk(message.components) if part["type"] == 3]
    assert [part["placeholder"] for part in menus] == ["Topics (1 of 3)", "Topics (2 of 3)", "Topics (3 of 3)"]
    assert [len(part["options"]) for part in menus] == [25, 25, 10]
    assert menus[0]["options"][0]["label"] == f"0 {'x' * 97}…"


def test_long_text_goes_on_in_the_next_message_after_a_whole_sentence() -> None:
    first, second = render(Reply("Long", (Text("A sentence that ends here. " * 200),), (Choice("OK", Call("ok")),)))
    assert _contents(first)[-1].endswith("ends here.")
    assert _contents(second)[0].startswith("A sentence")
    assert [part["type"] for part in _walk(first.components) if part["type"] == 2] == []
    assert [part["label"] for part in _walk(second.components) if part["type"] == 2] == ["OK"]
