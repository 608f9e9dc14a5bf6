"""A Reply becomes messages that Slack takes, whatever it holds."""

import html
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.core import markup
from bot.core.chat import Call, Choice, Choices, Fields, File, Item, Items, Menu, Part, Range, RangeChart, Reply, Text
from bot.demo.slack.payloads import check_message, check_reply
from bot.platforms import chart
from bot.platforms.slack import limits, rich
from bot.platforms.slack.choices import call_of
from bot.platforms.slack.render import Message, render

Json = dict[str, Any]

# ── any reply there may be ────────────────────────────────────────────────────────────────────────────────────────────
_NASTY = (
    "<!channel> <!here> <@U000001ADA> <#C000001CAR|careers> <https://evil.example|safe>",
    "&lt;!channel&gt; &amp; @here @channel",
    "*bold* _it_ ~no~ `code` **strong** [label](https://example.org/a?b=c&d=<e>) [x](javascript:alert)",
    "- one\n- two\n\n1. three",
    "\u202eevil\u202c \u2066 \x00\x07\x1b[0m \ud800 \ufffe",
    "👩‍👩‍👧 :tada: ｆｕｌｌ",
    "word " * 900,
    "x" * 3_100,
    "   \n\n\t ",
    "",
)
_text = st.one_of(
    st.sampled_from(_NASTY),
    st.text(st.characters(), max_size=60),
    st.lists(st.sampled_from(_NASTY[:6]), max_size=4).map(" ".join),
)
_word = st.text(st.characters(codec="utf-8"), max_size=12)
_call = st.builds(
    lambda command, value, public: Call(command, (("a", value),) if value else (), public),
    st.sampled_from(["", "salary", "tip", "✂"]),
    st.text("abc &=?!~", max_size=8),
    st.booleans(),
)
_choice = st.builds(Choice, _text, _call, st.sampled_from(["primary", "secondary", "danger"]), _text)
_menu = st.builds(Menu, _text, st.lists(_choice, max_size=8).map(tuple))
_range = st.builds(
    lambda label, low, more, open_ended, emphasis: Range(label, low, low + more, open_ended, emphasis),
    _text,
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.booleans(),
    st.booleans(),
)
_part: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, _text),
    st.builds(Fields, st.lists(st.tuples(_text, _text), max_size=4).map(tuple)),
    st.builds(Items, st.lists(st.builds(Item, _text, _text), max_size=5).map(tuple), st.booleans()),
    st.builds(File, _text, st.just(b"{}"), st.just("application/json"), _text),
    st.builds(Choices, st.lists(st.one_of(_choice, _menu), max_size=7).map(tuple)),
    st.builds(RangeChart, _text, st.lists(_range, max_size=4).map(tuple), st.just("USD"), st.none() | st.just(95_000)),
)
_reply = st.builds(
    Reply,
    _text,
    st.lists(_part, max_size=7).map(tuple),
    st.lists(st.one_of(_choice, _menu), max_size=8).map(tuple),
    _text,
)


def _many(count: int, *, label: str = "Choice {}") -> tuple[Choice, ...]:
    return tuple(Choice(label.format(n), Call.of("tip", item=str(n))) for n in range(count))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_reply)
@example(Reply(""))
@example(Reply("t" * 150, (Text("a" * 3_000),), source="s" * 2_000))
@example(Reply("t" * 151, (Text("a " * 25_000),), source="s" * 20_001))
@example(Reply("Many parts", tuple(Text(f"Part {n}") for n in range(120)), _many(3)))
@example(Reply("Many items", (Items(tuple(Item(f"Item {n}", "x" * 300) for n in range(200)), numbered=True),)))
@example(Reply("A long list", (Text("\n".join(f"- point {n}" for n in range(900))),)))
@example(Reply("Long rows", (RangeChart("c" * 4_000, (Range("l" * 9_000, 1, 2),) * 3, "USD", 5, "m" * 100),)))
@example(Reply("Buttons", (), _many(26) + _many(1, label="b" * 75) + _many(1, label="b" * 76)))
@example(Reply("A crowd", (Text("before"),), _many(900)))
@example(Reply("A menu", (), (Menu("p" * 151, _many(100)), Menu("", _many(101, label="o" * 80)), Menu("none", ()))))
@example(Reply("Between", (Text("a"), Choices(_many(7)), Text("b"), Choices((*_many(2), Menu("", ())))), _many(3)))
@example(Reply("Twice", (), (Menu("m", _many(3) + _many(3)), *_many(2), *_many(2))))
def test_any_reply_renders_to_messages_that_slack_takes_and_loses_nothing(reply: Reply) -> None:
    messages = render(reply)
    _is_taken_by_slack(messages)
    _cannot_mention_or_style(messages)
    _says_everything(reply, messages)
    _offers_every_choice_at_the_end(reply, messages)


@settings(max_examples=20, deadline=None)
@given(st.lists(_range, min_size=1, max_size=60).map(tuple), _text)
def test_a_chart_with_a_picture_is_told_in_its_alternative_text(ranges: tuple[Range, ...], title: str) -> None:
    drawn = RangeChart(title, ranges, "USD")
    (uploaded,), (linked,) = (
        render(Reply("Pay", (drawn,)), {drawn: where}) for where in ("F1", "https://example.org/c.png")
    )
    _is_taken_by_slack((uploaded, linked))
    image = uploaded.blocks[1]
    assert image["slack_file"] == {"id": "F1"}
    assert linked.blocks[1]["image_url"] == "https://example.org/c.png"
    assert image["alt_text"] == markup.clip(rich.clean(chart.told(drawn)), limits.ALT_TEXT)
    assert uploaded.doubtful


def test_styles_and_links_of_the_reply_itself_are_native() -> None:
    (message,) = render(Reply("T", (Text("Pay **rises**, *slowly*, see `x` at [the source](https://example.org/p)."),)))
    elements = message.blocks[1]["elements"][0]["elements"]
    assert [(e["type"], e["text"], e.get("style", {})) for e in elements] == [
        ("text", "Pay ", {}),
        ("text", "rises", {"bold": True}),
        ("text", ", ", {}),
        ("text", "slowly", {"italic": True}),
        ("text", ", see ", {}),
        ("text", "x", {"code": True}),
        ("text", " at ", {}),
        ("link", "the source", {}),
        ("text", ".", {}),
    ]
    assert elements[7]["url"] == "https://example.org/p"


def test_a_numbered_list_goes_on_counting_in_the_next_block() -> None:
    items = tuple(Item(f"Step {n}", "x" * 900) for n in range(1, 6))
    (message,) = render(Reply("", (Items(items, numbered=True),)))
    lists = [block["elements"][0] for block in message.blocks]
    assert [(each["style"], each.get("offset", 0), len(each["elements"])) for each in lists] == [
        ("ordered", 0, 3),
        ("ordered", 3, 2),
    ]


@pytest.mark.parametrize(
    ("choices", "rows"),
    [
        ((*_many(2), Menu("M", _many(2))), ["button button", "static_select"]),
        ((Menu("M", _many(2)), *_many(1)), ["static_select button"]),
        (_many(6), ["button button button button button", "button"]),
    ],
)
def test_buttons_stand_above_menus_five_in_a_row(choices: tuple[Choice | Menu, ...], rows: list[str]) -> None:
    (message,) = render(Reply("T", (), choices))
    actions = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    assert [" ".join(element["type"] for element in row) for row in actions] == rows


# ── what is held of every message ─────────────────────────────────────────────────────────────────────────────────────
def _is_taken_by_slack(messages: tuple[Message, ...]) -> None:
    assert messages
    for message in messages:
        assert check_message(message.content(), lambda _: True) == []
        assert check_reply({**message.content(), "response_type": "ephemeral"}, lambda _: True) == []
        assert message.text.strip()
        assert json.dumps(message.content(), ensure_ascii=False).encode()  # no half of a character is left
        assert message.content()["unfurl_links"] is message.content()["unfurl_media"] is False
        for name in ("action_id", "block_id"):
            ids = list(_values(message.blocks, name))
            assert len(ids) == len(set(ids))


def _cannot_mention_or_style(messages: tuple[Message, ...]) -> None:
    for message in messages:
        assert "<" not in message.text
        assert ">" not in message.text
        assert all(kind != "mrkdwn" for kind in _values(message.blocks, "type"))
        assert not {"user", "usergroup", "channel", "broadcast", "emoji"} & set(_values(message.blocks, "type"))
        assert all(url.startswith(("https://", "http://")) for url in _values(message.blocks, "url"))
        assert all(on is False for on in _values(message.blocks, "emoji"))


def _says_everything(reply: Reply, messages: tuple[Message, ...]) -> None:
    shown = _squashed("".join(_shown(messages)))
    plain = _squashed(html.unescape("".join(message.text for message in messages)))
    for said in _strings(reply):
        assert _squashed(said) in shown
        assert _squashed(said) in plain


def _offers_every_choice_at_the_end(reply: Reply, messages: tuple[Message, ...]) -> None:
    offered: list[Call] = []
    within = any(isinstance(part, Choices) for part in reply.parts)
    for block in (block for message in messages for block in message.blocks):
        assert block["type"] == "actions" or within or not offered  # nothing stands below the choices
        for element in block["elements"] if block["type"] == "actions" else ():
            picks = element.get("options", [None])
            offered += [call_of({**element, **({"selected_option": pick} if pick else {})}) for pick in picks]
    wanted = [c for choice in reply.offered for c in (choice.options if isinstance(choice, Menu) else (choice,))]
    assert {call.token() for call in offered} == {choice.call.token() for choice in wanted}


def _strings(reply: Reply) -> Iterator[str]:
    yield " ".join(rich.clean(reply.title).split())
    yield _plain(reply.source)
    for part in reply.parts:
        match part:
            case Text(text):
                yield _plain(text)
            case Fields(fields):
                yield from (text for name, value in fields for text in (rich.clean(name), _plain(value)))
            case Items(items):
                yield from (text for item in items for text in (rich.clean(item.title), _plain(item.text)))
            case File():
                yield from (rich.clean(part.name), _plain(part.about))
            case RangeChart():
                yield rich.clean(part.title)
                yield rich.clean(chart.bars(part))


def _plain(text: str) -> str:
    return markup.plain(rich.clean(text))


def _squashed(text: str) -> str:
    return "".join(text.split()).replace("•", "")


def _shown(messages: tuple[Message, ...]) -> Iterator[str]:
    for message in messages:
        for block in message.blocks:
            if block["type"] == "header" and block["text"]["text"].endswith("…"):
                continue  # clipped; the whole title stands below it
            if block["type"] != "actions":
                yield from (text for text in _values([block], "text") if isinstance(text, str))


def _values(value: Any, name: str) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for each in value:
            yield from _values(each, name)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key == name:
                yield each
            if isinstance(each, dict | list):
                yield from _values(each, name)
