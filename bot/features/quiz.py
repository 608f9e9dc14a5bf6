from functools import lru_cache
from typing import Annotated, Literal

from bot.core.catalog import Catalog, Fact, Question, Topic
from bot.core.chat import Call, Choice, Menu, Reply, Request, Text
from bot.core.command import Group, Hidden, command
from bot.features import _facts, _quiz
from bot.learning.port import Learning, Verdict
from bot.learning.quiz import is_asked, places


@command(
    examples=["", "missed", "export", "python"],
    aliases=["question", "daily"],
    group=Group.LEARNING,
    costly=lambda given: given.get("what") == "export",
)
async def quiz(
    request: Request,
    catalog: Catalog,
    learning: Learning,
    topic: Annotated[Topic | None, "What the question should be about"] = None,
    what: Annotated[
        Literal["missed", "export"] | None, "Only what you got wrong: missed drills it, export is a file for Anki"
    ] = None,
    q: Annotated[str | None, "The question that a button belongs to", Hidden()] = None,
    asked: Annotated[str | None, "The one time that it was asked", Hidden()] = None,
    pick: Annotated[str | None, "The place of the choice, counted from 0", Hidden()] = None,
    said: Annotated[str | None, "What is wrong with it?", Hidden()] = None,
) -> Reply:
    """A question a day, chosen for you; the first answer keeps your streak."""
    on = _quiz.following(topic, drill=what == "missed")
    if q is None and what is None:
        return await _next(request, catalog, learning, topic, on)
    if q is None:
        missed = await learning.missed(request.person, topic.id if topic else None)
        if not missed:
            standing, _ = await learning.standing(request.person, request.at)
            return _quiz.nothing_missed(topic, standing)
        if what == "export":
            return _quiz.export(catalog, missed, topic)
        return _ask(missed[0], _quiz.asked_now(request), _quiz.title(missed, topic), on, _quiz.way_out(topic))
    old = catalog.find(q, Question)
    if old is not None and asked is None and pick is None:
        return await _quiz.report(request, learning, old, said, on)
    if old is None or asked is None or not is_asked(asked) or pick not in {None, "0", "1", "2", "3"}:
        return _quiz.gone()
    if pick is None:
        return _quiz.withdrawn(old, on) if old.void else _ask(old, asked, _heading(topic), on, _topics(catalog, topic))
    choice = places(asked, old.id)[int(pick)]
    return _told(catalog, await learning.answer(request.person, asked, old, choice, request.at), on)


async def _next(request: Request, catalog: Catalog, learning: Learning, topic: Topic | None, on: Call) -> Reply:
    found = await _quiz.next_question(request, learning, topic)
    if found is None:
        return _none(catalog, topic)
    return _ask(found, _quiz.asked_now(request), _heading(topic), on, _topics(catalog, topic))


def _heading(topic: Topic | None) -> str:
    return f"Quiz: {topic.title}" if topic else "Quiz"


def _ask(question: Question, asked: str, heading: str, on: Call, menus: tuple[Menu, ...] = ()) -> Reply:
    this = Call.of("quiz", q=question.id, asked=asked)
    return Reply(heading, (Text(question.question),), (*_quiz.answers(question, asked, on), *menus), again=this)


def _told(catalog: Catalog, verdict: Verdict, on: Call) -> Reply:
    fact = _facts.call_for(catalog.get(verdict.question.fact, Fact))
    return _quiz.told(catalog, verdict, on, _ways_on(verdict.question.id, fact, on))


@lru_cache(maxsize=1024)  # the same after each answer to a question
def _ways_on(question: str, fact: Call, on: Call) -> tuple[Choice | Menu, ...]:
    why = Choice("Why this streak?", Call.of("streak", show="why"))
    more = Menu("More…", (Choice("Show the fact", fact), why, *_quiz.way_in(on)))
    return Choice("Next", on, "primary"), _quiz.report_button(question, on), more


def _none(catalog: Catalog, topic: Topic | None) -> Reply:
    on = f" on **{topic.title}**" if topic else ""
    if not any(topic is None or topic.id in _topics_of(catalog, question) for question in catalog.bank):
        return Reply("No question yet", (Text(f"My quiz has no question{on} yet."),), _topics(catalog, topic))
    return Reply(
        "That was all for today",
        (Text(f"You have answered every question{on} rightly today. They come back before you forget them."),),
        _topics(catalog, topic),
    )


def _topics_of(catalog: Catalog, question: Question) -> tuple[str, ...]:
    return catalog.get(question.fact, Fact).topics


def _topics(catalog: Catalog, chosen: Topic | None) -> tuple[Menu, ...]:
    asked = {topic for question in catalog.bank for topic in _topics_of(catalog, question)}
    options = [
        Choice(t.title, Call.of("quiz", topic=t.id)) for t in catalog.all(Topic) if t.id in asked and t != chosen
    ]
    if chosen and asked:
        options.append(Choice("Any topic", Call("quiz")))
    return (Menu("About…", tuple(options)),) if options else ()
