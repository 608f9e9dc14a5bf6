"""Whatever an answer holds, a view takes it."""

import json

import pytest

from bot.core.chat import Call, Choice, Menu, Reply, Text
from bot.demo.slack.payloads import check_view
from bot.platforms.slack.render import render
from bot.platforms.slack.rich import Json
from bot.platforms.slack.views import stamped

CHOICES = tuple(Choice(f"Choice {n}", Call.of("tip", item=str(n))) for n in range(3))


def blocks(reply: Reply, stamp: str = "1") -> list[Json]:
    return stamped([block for message in render(reply) for block in message.blocks], stamp)


@pytest.mark.parametrize(
    "reply",
    [
        Reply("Short", (Text("a"),), CHOICES),
        Reply("Many parts", tuple(Text(f"Part {n}") for n in range(230)), CHOICES),
        Reply("Much text", (Text("ä & <b> " * 60_000),), CHOICES),
        Reply("Rows", (), tuple(Choice(f"{n}" * 70, Call.of("tip", item=str(n))) for n in range(600))),
    ],
    ids=lambda reply: reply.title,
)
def test_any_answer_stays_within_what_a_view_holds_and_keeps_its_end(reply: Reply) -> None:
    shown = blocks(reply)
    home: Json = {"type": "home", "blocks": shown}
    assert check_view(home, "home", lambda _: True) == []
    modal: Json = {"type": "modal", "blocks": shown, "title": {"type": "plain_text", "text": "t"}}
    assert check_view(modal, "modal", lambda _: True) == []
    assert len(json.dumps(shown)) < 250_000
    assert (shown[0]["type"], shown[-1]["type"]) == ("header", "actions")


def test_what_can_be_picked_is_new_each_time_and_what_was_typed_stays() -> None:
    menu = Reply("", (), (Menu("m", CHOICES),))
    assert blocks(menu, "1") == blocks(menu, "1")
    assert blocks(menu, "1")[0]["block_id"] != blocks(menu, "2")[0]["block_id"]
    field: Json = {"type": "input", "block_id": "ask"}
    assert stamped([field], "1") == stamped([field], "2") == [field]
