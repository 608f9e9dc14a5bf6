"""`careerbot run`, before it runs."""

import asyncio
import sys
from types import SimpleNamespace

import pytest

from bot.environment import Secret
from bot.roles import Role
from bot.serving import loop_factory
from bot.settings import Settings

TALKS = Settings(discord_token=Secret("a-token"))


@pytest.mark.parametrize("only", [(), (Role.DIGESTS,), (Role.DISCORD, Role.DIGESTS)])
def test_what_is_said_unasked_stays_on_the_loop_that_is_fenced(
    only: tuple[Role, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", SimpleNamespace(new_event_loop=asyncio.new_event_loop))
    assert loop_factory(TALKS, only) is None


def test_a_process_that_only_answers_takes_uvloop_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", SimpleNamespace(new_event_loop=asyncio.new_event_loop))
    assert loop_factory(TALKS, (Role.DISCORD,)) is asyncio.new_event_loop
    monkeypatch.setitem(sys.modules, "uvloop", None)  # as if it were not installed
    assert loop_factory(TALKS, (Role.DISCORD,)) is None
