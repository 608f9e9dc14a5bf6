"""What every test may use: the bot's mind over each pack, and a person who talks with it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot import app, content
from bot.core.catalog import FILES, Catalog, Question
from bot.core.chat import Call, Fields, File, Items, Menu, Person, Place, RangeChart, Reply, Request, Text
from bot.core.dispatch import Dispatcher
from bot.core.markup import plain
from tests.engines import fresh, postgres, store, url

__all__ = ["fresh", "postgres", "store", "url"]

# The same examples each time, however long they take: whether a test passes is not to hang on the machine, nor on luck.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
GARDENER = str(Path(__file__).parent / "packs" / "gardener")

Say = Callable[..., Awaitable[Reply]]


@pytest.fixture(scope="session")
def ai_engineer() -> Catalog:
    """The pack that careerbot brings, read once: it never changes."""
    return content.load(content.find("ai-engineer"))


@pytest.fixture
def mind(ai_engineer: Catalog) -> Dispatcher:
    """Over the pack that careerbot brings. Made anew for each test: what a person was told is not remembered."""
    return app.dispatcher(ai_engineer)


@pytest.fixture
def gardener() -> Dispatcher:
    """Over a second, tiny pack."""
    return app.dispatcher(GARDENER)


@pytest.fixture
def say(mind: Dispatcher) -> Say:
    """Say something in a channel as one person: text as typed, or a call as a button makes it."""

    async def said(
        what: str | Call, user: str = "ada", *, public: bool = False, manages: bool = False, to: Dispatcher = mind
    ) -> Reply:
        place = Place("test", "w", "c")
        return await to.answer(Request(Person("test", "w", user), what, NOW, place, public=public, manages=manages))

    return said


def withdraw(catalog: Catalog, question: Question, why: str = "Two of the choices were right.") -> Catalog:
    """The pack as it is once its authors have made this question void."""
    void = replace(question, void=why)
    entries = (entry for entry in catalog if isinstance(entry, tuple(FILES.values())))
    return Catalog(catalog.pack, tuple(void if entry.id == question.id else entry for entry in entries))


def told(reply: Reply) -> str:
    """All that a reply says, as plain text."""
    lines = [reply.title]
    for part in reply.parts:
        match part:
            case Text(text):
                lines.append(plain(text))
            case Fields(fields):
                lines += [f"{name}: {plain(value)}" for name, value in fields]
            case Items(items):
                lines += [f"{item.title}: {plain(item.text)}" for item in items]
            case RangeChart():
                lines += [f"{one.label} {one.low}-{one.high}" for one in part.ranges]
            case File(name, _, _, about):
                lines.append(f"{name}: {plain(about)}")
    return "\n".join([*lines, reply.source])


def choices(reply: Reply) -> dict[str, Call]:
    """Every button and menu line of a reply: label -> call."""
    every = [c for entry in reply.offered for c in (entry.options if isinstance(entry, Menu) else (entry,))]
    return {choice.label: choice.call for choice in every}
