"""A quiz answer through the whole command, from the click to the reply, committed; beside the bare floor."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime, timedelta
from itertools import product

from bot import app, content
from bot.core.catalog import Question
from bot.core.chat import Call, Person, Request
from bot.core.dispatch import Dispatcher
from bot.learning.quiz import asked_at
from bot.storage.opening import open_store
from tests.bench.bare import bare_aiosqlite, bare_postgres, bare_sqlite, one_hop
from tests.bench.load import Deed, Goal, Line, Sample, Size, Who, load

#: Questions that are answered in turn, so that cards are both made and reviewed.
_QUESTIONS = 50
_BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

NOTES = """
An answer: the click as a request, dispatch, one select and three writes, streak and card reckoned, the reply made. It
is answered once it is committed; sending the reply to a platform is not in it. One process does everything.

Bare: one select, one insert and two upserts on the same tables, with values ready made, each time in a commit of its
own. No command, no rules, no reply. The floor says what the disk and the driver allow, not what a bot could do.

SQLite: ours and bare wait for the disk at each commit (synchronous=FULL). Bare is one thread that does one after
another, whatever stands under "at a time"; ours lets those that wait share a commit, which pays where the disk is slow.
One hop is the same in a thread of its own, to which each transaction goes as a whole; aiosqlite sends each statement
there by itself. NORMAL does not wait, and may lose the last answers when the power fails.

PostgreSQL: the server is on this machine and waits for the disk (fsync). Bare has five connections, and is read
committed; ours is serializable, and writes over one of its five, so that its own answers never meet each other, and
those that wait share a commit. What meets another replica's is not in it.
"""


async def measure(fresh: Mapping[str, Callable[[], str]], size: Size) -> list[Line | Goal]:
    """Every load on each engine, and what we want of it. fresh: makes an empty database, by the engine's name."""
    catalog = content.load(content.find("ai-engineer"))
    lines: list[Line | Goal] = []
    for engine, url in fresh.items():
        async with AsyncExitStack() as stack:
            store = await stack.enter_async_context(open_store(url()))
            contenders = {"ours": _ours(app.dispatcher(catalog, store))}
            for floor, opened in _floors(engine, url, _everybody(size)):
                contenders[floor] = await stack.enter_async_context(opened)
            await load(contenders["ours"], _many(size), range(size.people), 10)  # from here on all are known
            measured = await _compare(f"A quiz answer, {engine}", contenders, size)
            lines += [*measured, *_goals(engine, measured, size)]
    return lines


def _goals(engine: str, lines: list[Line], size: Size) -> list[Goal]:
    """Among many learners, as nobody answers hundreds of times a day."""
    by_load = {line.at_once: line for line in lines if line.learners == "many"}
    alone, usual = by_load[min(size.loads)], by_load[sorted(size.loads)[1]]
    if engine == "SQLite":
        return [
            Goal(
                "A quiz answer, SQLite, 1 at a time, by one hop of sqlite3", alone.ratio("one hop"), 0.5, at_least=True
            ),
            Goal(
                f"A quiz answer, SQLite, {usual.at_once} at a time, by bare sqlite3",
                usual.ratio("bare"),
                1.0,
                at_least=True,
            ),
        ]
    return [
        Goal(
            f"A quiz answer, {engine}, {line.at_once} at a time, by bare asyncpg",
            line.ratio("bare"),
            0.6,
            at_least=True,
        )
        for line in (alone, usual)
    ]


async def _compare(thing: str, contenders: Mapping[str, Deed], size: Size) -> list[Line]:
    """Each load is given to all, one after the other, and who is first changes from round to round."""
    samples: dict[tuple[str, int, str], list[Sample]] = defaultdict(list)
    begin = size.people
    for turn, (at_once, many) in product(range(size.rounds), size.loads.items()):
        for who, person in (("many", _many(size)), ("one", _alone(turn, at_once))):
            for name in list(contenders)[:: 1 if turn % 2 else -1]:
                sample = await load(contenders[name], person, range(begin, begin + many), at_once)
                samples[who, at_once, name].append(sample)
            begin += many
    return [
        Line(thing, who, at_once, {name: tuple(samples[who, at_once, name]) for name in contenders})
        for who, at_once in product(("many", "one"), size.loads)
    ]


def _ours(mind: Dispatcher) -> Deed:
    questions = mind.world.catalog.all(Question)[:_QUESTIONS]

    async def do(who: str, number: int) -> bool:
        at = _BEGIN + timedelta(seconds=number)
        question = questions[number % len(questions)].id
        call = Call.of("quiz", q=question, asked=asked_at(at, number), pick=str(number % 4))
        said = await mind.answer(Request(Person("bench", "w", who, "Ada"), call, at))
        return said.title in {"Right", "Not this one"}

    return do


def _floors(
    engine: str, url: Callable[[], str], learners: list[str]
) -> Iterator[tuple[str, AbstractAsyncContextManager[Deed]]]:
    if engine == "SQLite":
        yield "bare", bare_sqlite(url(), learners, "FULL")
        yield "one hop", one_hop(url(), learners)
        yield "aiosqlite", bare_aiosqlite(url(), learners)
        yield "NORMAL", bare_sqlite(url(), learners, "NORMAL")
    else:
        yield "bare", bare_postgres(url(), learners)


def _many(size: Size) -> Who:
    return lambda number: f"learner-{number % size.people}"


def _alone(turn: int, at_once: int) -> Who:
    """A new one for each load, as nobody answers hundreds of times a day."""
    return lambda _number: f"alone-{turn}-{at_once}"


def _everybody(size: Size) -> list[str]:
    alone = (_alone(turn, at_once)(0) for turn, at_once in product(range(size.rounds), size.loads))
    return [*map(_many(size), range(size.people)), *alone]
