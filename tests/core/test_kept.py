"""Replies that everybody gets alike are made once, and none is given to whom it does not fit."""

from collections.abc import Iterator
from itertools import product

import pytest

from bot import app
from bot.core.catalog import Catalog
from bot.core.chat import Call, Menu, Person, Place, Reply, Request
from bot.core.dispatch import Dispatcher, Ended
from bot.core.kept import Kept
from bot.core.rate_limits import BURST, RateLimits
from tests.conftest import NOW, Say, choices

#: What everybody gets alike.
ALIKE = ("about", "help", "job", "path", "salary", "skills", "tools", "trends")


def asked(
    said: str | Call, user: str = "ada", *, place: bool = True, public: bool = False, mute: bool = False
) -> Request:
    where = Place("test", "w", "c") if place else None
    return Request(Person("test", "w", user), said, NOW, where, public=public, mute=mute)


def behind(reply: Reply) -> Iterator[Call]:
    for choice in reply.offered:
        yield from (one.call for one in (choice.options if isinstance(choice, Menu) else (choice,)))


def test_no_more_is_kept_than_there_is_room_for_and_what_was_asked_for_last_stays() -> None:
    kept = Kept[str, int](2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c"), len(kept)) == (1, None, 3, 2)


@pytest.mark.parametrize("name", ALIKE)
async def test_what_everybody_gets_alike_is_made_once_and_is_what_would_be_made_anew(
    name: str, mind: Dispatcher, ai_engineer: Catalog
) -> None:
    """With all that its buttons and menus lead to, in every sort of place."""
    anew = app.dispatcher(ai_engineer)
    anew._kept = Kept(0)
    first = await mind.answer(asked(name))
    assert await mind.answer(asked(name, "grace")) is first
    for call in [Call(name), *(call for call in behind(first) if call.command == name and not call.public)]:
        for place, public, mute in product((True, False), repeat=3):
            given = [await mind.answer(asked(call, who, place=place, public=public, mute=mute)) for who in ("a", "b")]
            assert given[0] == given[1] == await anew.answer(asked(call, place=place, public=public, mute=mute))


@pytest.mark.parametrize("said", ["tip", "quiz", "salary 95k", "ask python?", Call("salary", public=True)])
async def test_what_is_ones_own_or_free_or_counted_anew_is_not_kept(said: str | Call, say: Say) -> None:
    assert await say(said) is not await say(said)


async def test_what_was_kept_still_counts_and_is_still_told_of(ai_engineer: Catalog) -> None:
    told: list[tuple[str, Ended]] = []
    mind = app.dispatcher(ai_engineer, limits=RateLimits(), observer=lambda _: lambda *end: told.append(end))
    for _ in range(BURST):
        await mind.answer(asked("trends"))
    assert (await mind.answer(asked("trends"))).title == "One moment…"
    assert told == [("trends", Ended.OK)] * BURST + [("", Ended.LIMITED)]


async def test_what_a_platform_made_of_a_reply_does_not_go_over_to_a_changed_one(say: Say) -> None:
    reply = await say("salary")
    reply.made["test"] = "whole"
    assert (await say("salary")).made == {"test": "whole"}
    assert (await say(choices(reply)["Share"])).made == {}
