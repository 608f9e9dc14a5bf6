"""Whatever is typed: an answer, inside every limit of both platforms, that mentions nobody.

Every answer is held against validators that are not the renderers' own: simcord's for Discord, the local Slack's for
Slack.
"""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simcord.components import validate_message_state

from bot import app, features
from bot.core.chat import Call, Person, Place, Reply, Request
from bot.core.command import Command, Registry
from bot.demo.slack.payloads import check_message
from bot.platforms.discord import render as discord
from bot.platforms.slack import render as slack
from tests.conftest import NOW

MIND = app.dispatcher("ai-engineer")
FAILED = "Something went wrong on my side"

_nasty = st.sampled_from(
    [
        "@everyone", "@here", "<@1>", "<@!1>", "<@&1>", "<#1>", "<!channel>", "<!here>", "<@U123>", "<!subteam^S1>",
        "<https://evil.example|click>", "[x](https://evil.example)", "</salary:1>", "<t:1:R>", "`", "```", "**", "__",
        "~~", "||", "*", "_", "> ", "# ", "- ", "1. ", "\\", "&amp;", "&lt;", "\u202e", "\u200b", "\u2066", "\x00",
        "\x1b[31m", "\r\n", "\n", "\t", "\ud800", "👩‍💻", "ﷺ", "é", "中文", "𝕬", "=", ":", "?", "!", "~", "+", "level=",
        "offer=-1", "1e999", "9" * 400, "0x10", "NaN", "%s", "{0}", "${x}", "'; DROP TABLE", "../../etc/passwd",
    ]
)  # fmt: skip
_options = [option for found in MIND.registry for p in found.parameters for option in p.kind.options(MIND.world)]
_known = st.sampled_from([name for option in _options for name in option.names])
_typed = st.lists(_nasty | _known | st.text(max_size=30), max_size=12).map(" ".join)
_long = st.builds(
    lambda text, times: (text * times)[:4_000], _nasty | st.text(min_size=1, max_size=20), st.integers(1, 4_000)
)


def _arguments(found: Command) -> st.SearchStrategy[str | Call]:
    """As typed after the name; and as a platform's own options give them, which no reading has cleaned."""
    names = [parameter.name for parameter in found.parameters] or ["nothing"]
    value = _typed | _long
    options = st.dictionaries(st.sampled_from(names), value, max_size=3)
    called = options.map(lambda given: Call(found.name, tuple(given.items())))
    return (value.map(lambda text: f"{found.name} {text}")) | called


@pytest.mark.parametrize("times", [300, pytest.param(2_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("found", tuple(Registry.discover(features)), ids=lambda found: found.name)
def test_whatever_arguments_are_answered_inside_every_limit_and_mention_nobody(found: Command, times: int) -> None:
    loop = asyncio.new_event_loop()

    @settings(max_examples=times, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(_arguments(found))
    def answered(said: str | Call) -> None:
        request = Request(Person("test", "w", "ada"), said, NOW, Place("test", "w", "c"), manages=True)
        reply = loop.run_until_complete(MIND.answer(request))
        assert reply.title != FAILED
        _fits_discord(reply)
        _fits_slack(reply)

    try:
        answered()
    finally:
        loop.close()


def _fits_discord(reply: Reply) -> None:
    for message in discord.render(reply):
        components: list[dict[str, Any]] = list(message.components)
        validate_message_state(components, flags=1 << 15, content=None, embeds=[], poll=None)
        texts = [part["content"] for part in _walk(components) if part.get("type") == 10]
        assert sum(map(len, texts)) <= 4_000
        for text in texts:
            bare = re.sub(r"\\.", "", re.sub(r"`[^`]*`", "", text, flags=re.DOTALL), flags=re.DOTALL)
            assert not re.search(r"@(everyone|here)|<[@#!/:t]|\]\(", bare), text


def _fits_slack(reply: Reply) -> None:
    for message in slack.render(reply):
        assert check_message(message.content(), lambda reference: True) == []
        # Unescaped, "<" begins a mention or a link in the plain text; a rich_text's text is literal, so it cannot.
        assert not re.search(r"<[@#!hm]", message.text), message.text
        for part in _walk(message.blocks):
            assert part.get("type") not in {"user", "usergroup", "broadcast", "channel"}
            if part.get("type") == "mrkdwn":
                assert "<" not in re.sub(r"<https?://[^<>|]*\|[^<>]*>", "", part["text"]), part


def _walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _walk(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _walk(inner)
