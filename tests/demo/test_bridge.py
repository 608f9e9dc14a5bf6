"""Two processes call each other's functions."""

import asyncio
import sys
from datetime import UTC, datetime

import pytest

from bot.core.chat import (
    Call,
    Choice,
    Fields,
    File,
    Item,
    Items,
    Menu,
    Person,
    Place,
    Range,
    RangeChart,
    Reply,
    Request,
    Text,
)  # fmt: skip
from bot.demo.bridge import BridgeClosed, CallFailed, to_child

from .conftest import pair

_HEAD = "import asyncio, os, sys; from bot.demo.bridge import to_child, to_parent\n"
#: Answers, and says things that nobody asked for.
_CHILD = (
    _HEAD
    + """
async def double(number): print("a print among the frames"); return number * 2
async def die(): os._exit(3)
async def main():
    async with to_parent({"double": double, "die": die}) as bridge:
        print("another print")
        await bridge.closed.wait()
asyncio.run(main())
"""
)
#: Starts a child, says so, and waits to be killed.
_PARENT = (
    _HEAD
    + """
async def main():
    async with to_child([sys.executable, "-c", sys.argv[1]], {}) as bridge:
        print(await bridge.call("double", 21), flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""
)


async def test_a_request_and_a_reply_arrive_as_they_were() -> None:
    person, place = Person("discord", "1", "2", "Ada", roams=True), Place("discord", "1", "3")
    request = Request(person, Call.of("tip", topic="python"), datetime(2026, 11, 23, tzinfo=UTC), place, manages=True)
    reply = Reply(
        "All",
        (
            Text("**bold**"), Fields((("a", "b"),)), Items((Item("c", "d"),), numbered=True),
            RangeChart("e", (Range("f", 1, 2),), "USD"), File("g.csv", b"\x00\xff", "text/csv", "h"),
        ),
        (Choice("i", Call("tip"), "primary"), Menu("j", (Choice("k", Call("help")),))),
        again=Call("tip", public=True),
    )  # fmt: skip
    heard: list[Request] = []

    async def answer(request: Request) -> Reply:
        heard.append(request)
        return reply

    with pair({"answer": answer}, {}) as (_, there, _):
        assert await there.call("answer", request) == reply
    assert heard == [request]


async def test_either_side_calls_even_while_it_is_called() -> None:
    async def outer(word: str) -> str:
        return f"outer {await one.call('inner', word)}"

    async def inner(word: str) -> str:
        return f"inner {word}"

    with pair({"outer": outer}, {"inner": inner}) as (one, two, _):
        assert await two.call("outer", "word") == "outer inner word"


async def test_what_takes_long_holds_nothing_up() -> None:
    go = asyncio.Event()

    async def wait() -> str:
        await go.wait()
        return "waited"

    async def release() -> str:
        go.set()
        return "released"

    with pair({"wait": wait, "release": release}, {}) as (_, there, _):
        waiting = asyncio.create_task(there.call("wait"))
        given_up = asyncio.create_task(there.call("wait"))
        await asyncio.sleep(0)
        given_up.cancel()
        assert await there.call("release") == "released"
        assert await waiting == "waited"
        assert await there.call("wait") == "waited"  # the answer that nobody waits for any more harms none


async def test_a_failure_is_told_in_a_sentence_and_the_next_call_works(caplog: pytest.LogCaptureFixture) -> None:
    async def refuse() -> None:
        raise CallFailed("Ada types /tip: no answer came")

    async def fail() -> None:
        raise ZeroDivisionError

    async def no_pickle() -> object:
        return lambda: None

    async def works() -> str:
        return "works"

    with pair({"refuse": refuse, "fail": fail, "no_pickle": no_pickle, "works": works}, {}) as (_, there, _):
        with pytest.raises(CallFailed, match=r"^Ada types /tip: no answer came$"):
            await there.call("refuse")
        assert not caplog.records
        for method, says in (("fail", "ZeroDivisionError"), ("no_pickle", "pickle"), ("unheard", "unheard")):
            with pytest.raises(CallFailed, match=says):
                await there.call(method)
        assert [record.getMessage() for record in caplog.records] == [
            "fail failed", "no_pickle failed", "unheard failed",
        ]  # fmt: skip
        assert await there.call("works") == "works"


async def test_nobody_waits_for_a_side_that_is_gone() -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    with pair({}, {"never": never}) as (here, _, reader):
        waiting = asyncio.create_task(here.call("never"))
        await asyncio.sleep(0)
        reader.feed_eof()
        for call in (waiting, here.call("never")):
            with pytest.raises(BridgeClosed):
                await call
        assert here.closed.is_set()


async def test_a_child_answers_whatever_it_prints(capfd: pytest.CaptureFixture[str]) -> None:
    async with to_child([sys.executable, "-c", _CHILD], {}) as bridge:
        assert await bridge.call("double", 21) == 42
        assert await bridge.call("double", "x" * 300_000) == "x" * 600_000  # more than a pipe holds
        with pytest.raises(BridgeClosed):
            await bridge.call("die")
    said = capfd.readouterr()
    assert "a print among the frames" in said.err
    assert said.out == ""


async def test_a_child_goes_when_its_parent_is_killed() -> None:
    pipe = asyncio.subprocess.PIPE
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", _PARENT, _CHILD, stdout=pipe, stderr=pipe)
    assert parent.stdout
    assert parent.stderr
    async with asyncio.timeout(20):
        assert await parent.stdout.readline() == b"42\n"
        parent.kill()
        await parent.stderr.read()  # ends when nobody holds it any more: the child has it too
        await parent.wait()
