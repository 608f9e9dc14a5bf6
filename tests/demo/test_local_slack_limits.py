"""Slack's documented limits: what is just within is taken, one more is refused, by name, size and limit."""

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.demo.slack import LocalSlack
from bot.demo.slack.payloads import check_message, check_reply, check_response_action, check_view

from .conftest import Body, button, client_of, section

Blocks = list[Body]


def plain(text: str) -> Body:
    return {"type": "plain_text", "text": text}


def option(text: str = "t", value: str = "v", **extra: Any) -> Body:
    return {"text": plain(text), "value": value} | extra


def menu(options: list[Body], **extra: Any) -> Body:
    return {"type": "static_select", "action_id": "a", "options": options} | extra


def actions(*elements: Body) -> Blocks:
    return [{"type": "actions", "elements": list(elements)}]


def fields(number: int, size: int = 1) -> Blocks:
    return [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * size}] * number}]


def table(rows: int, cells: int) -> Body:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * cells] * rows}


def image(**extra: Any) -> Body:
    return {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "x"} | extra


def typed(label: str = "x", **extra: Any) -> Body:
    return {"type": "input", "label": plain(label), "element": {"type": "plain_text_input"} | extra}


def modal(blocks: Blocks, **extra: Any) -> Body:
    return {"type": "modal", "title": plain("t"), "submit": plain("s"), "blocks": blocks} | extra


MESSAGES: list[tuple[str, int, Callable[[int], Blocks]]] = [
    ("blocks", 50, lambda n: [{"type": "divider"}] * n),
    ("section text", 3000, lambda n: [section("x" * n)]),
    ("section fields", 10, fields),
    ("section field", 2000, lambda n: fields(1, n)),
    ("header", 150, lambda n: [{"type": "header", "text": plain("x" * n)}]),
    ("context elements", 10, lambda n: [{"type": "context", "elements": [plain("x")] * n}]),
    ("actions elements", 25, lambda n: actions(*(button(f"a{i}", "x") for i in range(n)))),
    ("block_id", 255, lambda n: [{"type": "divider", "block_id": "x" * n}]),
    ("action_id", 255, lambda n: actions(button("x", "x") | {"action_id": "x" * n})),
    ("button text", 75, lambda n: actions(button("a", "x" * n))),
    ("button value", 2000, lambda n: actions(button("a", "x") | {"value": "x" * n})),
    ("menu options", 100, lambda n: actions(menu([option(value=str(i)) for i in range(n)]))),
    ("option text", 75, lambda n: actions(menu([option("x" * n)]))),
    ("option value", 150, lambda n: actions(menu([option(value="x" * n)]))),
    ("option description", 75, lambda n: actions(menu([option(description=plain("x" * n))]))),
    ("placeholder", 150, lambda n: actions(menu([option()], placeholder=plain("x" * n)))),
    ("overflow options", 5, lambda n: actions(menu([option(value=str(i)) for i in range(n)]) | {"type": "overflow"})),
    (
        "radio options",
        10,
        lambda n: actions(menu([option(value=str(i)) for i in range(n)]) | {"type": "radio_buttons"}),
    ),
    ("image alt_text", 2000, lambda n: [image(alt_text="x" * n)]),
    ("image title", 2000, lambda n: [image(title=plain("x" * n))]),
    ("table rows", 100, lambda n: [table(n, 1)]),
    ("table cells", 20, lambda n: [table(1, n)]),
    ("tables", 1, lambda n: [table(1, 1)] * n),
    ("markdown", 12_000, lambda n: [{"type": "markdown", "text": "x" * n}]),
    ("markdown together", 12_000, lambda n: [{"type": "markdown", "text": "x" * t} for t in (6000, n - 6000)]),
    ("all text together", 12_000, lambda n: [section("x" * 2400)] * 4 + [section("x" * (n - 9600))]),
    ("confirm text", 300, lambda n: actions(button("a", "x") | {"confirm": confirm(n)})),
    ("input label", 2000, lambda n: [typed("x" * n)]),
]
VIEWS: list[tuple[str, int, Callable[[int], Body]]] = [
    ("view blocks", 100, lambda n: modal([{"type": "divider"}] * n)),
    ("title", 24, lambda n: modal([], title=plain("x" * n))),
    ("submit", 24, lambda n: modal([], submit=plain("x" * n))),
    ("close", 24, lambda n: modal([], close=plain("x" * n))),
    ("private_metadata", 3000, lambda n: modal([], private_metadata="x" * n)),
    ("callback_id", 255, lambda n: modal([], callback_id="x" * n)),
    ("input max_length", 3000, lambda n: modal([typed(max_length=n)])),
]


def confirm(size: int) -> Body:
    return {"title": plain("x"), "text": plain("x" * size), "confirm": plain("y"), "deny": plain("n")}


def wrong(blocks: Blocks, **extra: Any) -> str:
    found = check_message({"text": "x", "blocks": blocks} | extra, lambda file: file == {"id": "F1"})
    return "\n".join(map(str, found))


def wrong_view(view: Body, surface: Any = "modal") -> str:
    return "\n".join(map(str, check_view(view, surface, lambda _: False)))


@pytest.mark.parametrize(("name", "limit", "build"), MESSAGES, ids=[each[0] for each in MESSAGES])
def test_a_message_at_its_limit_is_taken_and_one_past_it_refused(
    name: str, limit: int, build: Callable[[int], Blocks]
) -> None:
    assert wrong(build(limit)) == ""
    assert str(limit) in wrong(build(limit + 1))
    assert str(limit + 1) in wrong(build(limit + 1))


@pytest.mark.parametrize(("name", "limit", "build"), VIEWS, ids=[each[0] for each in VIEWS])
def test_a_view_at_its_limit_is_taken_and_one_past_it_refused(
    name: str, limit: int, build: Callable[[int], Body]
) -> None:
    assert wrong_view(build(limit)) == ""
    assert f"{limit + 1}" in wrong_view(build(limit + 1))


@pytest.mark.parametrize(
    ("blocks", "says"),
    [
        ([{"type": "poll"}], "/blocks/0/type"),
        ([{"type": "video"}], "does not model"),
        (actions({"type": "slider"}), "unsupported type of element"),
        ([section("x") | {"colour": "red"}], "unknown key 'colour'"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "must be plain_text"),
        ([section("")], "at least 1 character"),
        ([{"type": "section"}], "'text' or 'fields'"),
        (actions(), "1 to 25 items, has 0"),
        (actions(menu([])), "1 to 100 items, has 0"),
        (actions(menu([option()], initial_option=option("other"))), "not exactly one of the options"),
        (actions(button("a", "x"), button("a", "y")), "action_id 'a' is already in use"),
        ([{"type": "divider", "block_id": "b"}] * 2, "block_id 'b' is already in use"),
        ([{"type": "image", "image_url": "https://example.org"}], "must have a 'alt_text'"),
        ([image(slack_file={"id": "F1"})], "exactly one of"),
        ([{"type": "image", "alt_text": "x", "slack_file": {"id": "F2"}}], "invalid slack file"),
        ([{"type": "rich_text", "elements": [{"type": "text", "text": "x"}]}], "unsupported type of rich text element"),
        ([{"type": "table", "rows": [[], []]}], "1 to 20 items, has 0"),
    ],
)
def test_what_is_not_block_kit_is_refused(blocks: Blocks, says: str) -> None:
    assert says in wrong(blocks)


def test_some_blocks_are_for_messages_only() -> None:
    for block in ({"type": "markdown", "text": "x"}, table(1, 1)):
        assert wrong([block]) == ""
        assert "unsupported type of block in a modal" in wrong_view(modal([block]))
        assert "unsupported type of block in App Home" in wrong_view({"type": "home", "blocks": [block]}, "home")
    assert "needs a 'submit'" in wrong_view({"type": "modal", "title": plain("t"), "blocks": [typed()]})


def test_a_reply_or_response_action_knows_its_keys() -> None:
    assert not check_reply({"text": "x", "response_type": "in_channel"}, lambda _: False)
    assert "unknown key 'channel'" in str(check_reply({"text": "x", "channel": "C"}, lambda _: False)[0])
    assert "needs a text" in str(check_reply({}, lambda _: False)[0])
    ids = frozenset({"goal"})
    assert not check_response_action({"response_action": "errors", "errors": {"goal": "no"}}, lambda _: False, ids)
    for bad in ({"response_action": "errors", "errors": {"gaol": "no"}}, {"response_action": "close"}, {"text": "hi"}):
        assert check_response_action(bad, lambda _: False, ids)


async def test_the_web_api_answers_as_slack_does_and_the_refusal_is_kept(slack: LocalSlack) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client_of(slack).chat_postMessage(
            channel=slack.careers, text="x", blocks=[section("ok"), section("x" * 3001)]
        )
    answer: Any = caught.value.response.data
    says = "block 1 (section): must have at most 3000 characters, has 3001 [json-pointer:/blocks/1/text/text]"
    assert answer == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": [says],
        "response_metadata": {"messages": [f"[ERROR] {says}"]},
    }
    assert slack.refusals[0].reasons == (says,)
    for error, said in {"no_text": "", "msg_too_long": "x" * 40_001}.items():
        message = {"channel": slack.careers, "text": said}
        with pytest.raises(SlackApiError, match=error):
            await client_of(slack).api_call("chat.postMessage", json=message)
    await client_of(slack).chat_postMessage(channel=slack.careers, text="x" * 40_000)
