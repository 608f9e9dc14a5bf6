import secrets
from typing import Annotated

from bot.core.catalog import Catalog, Fact, Question, Topic
from bot.core.chat import MAX_TOKEN, Call, Choice, Menu, Reply, Request, Text
from bot.core.command import Group, Hidden, command
from bot.core.words import source_of
from bot.features import _facts, _streak
from bot.learning.port import Learning, Verdict
from bot.learning.quiz import asked_at, is_asked, places


@command(examples=["", "python"], aliases=["question", "daily"], group=Group.LEARNING)
async def quiz(
    request: Request,
    catalog: Catalog,
    learning: Learning,
    topic: Annotated[Topic | None, "What the question should be about"] = None,
    q: Annotated[str | None, "The question that a button belongs to", Hidden()] = None,
    asked: Annotated[str | None, "The one time that it was asked", Hidden()] = None,
    pick: Annotated[str | None, "The place of the choice, counted from 0", Hidden()] = None,
) -> Reply:
    """A question a day, chosen for you; the first answer keeps your streak."""
    if q is None:
        person = request.person
        seed = f"{person.platform}/{person.workspace}/{person.user}"
        found = await learning.next_question(person, topic.id if topic else None, request.at, seed)
        if found is None:
            return _none(catalog, topic)
        return _ask(catalog, found, asked_at(request.at, secrets.randbits(32)), topic)
    old = catalog.find(q, Question)
    if old is None or asked is None or not is_asked(asked) or pick not in {None, "0", "1", "2", "3"}:
        return Reply(
            "That question is gone",
            (Text("The quiz has changed since I asked it. Nothing was counted, and nothing is lost."),),
            (Choice("Another question", Call("quiz"), "primary"),),
        )
    if pick is None:
        return _ask(catalog, old, asked, topic)
    choice = places(asked, old.id)[int(pick)]
    return _told(catalog, await learning.answer(request.person, asked, old, choice, request.at), topic)


def _ask(catalog: Catalog, question: Question, asked: str, topic: Topic | None) -> Reply:
    bank = (question.right, *question.wrong)
    this = Call.of("quiz", q=question.id, asked=asked)
    return Reply(
        f"Quiz: {topic.title}" if topic else "Quiz",
        (Text(question.question),),
        (
            *(
                Choice(bank[place], _with(this, topic, ("pick", str(n))))
                for n, place in enumerate(places(asked, question.id))
            ),
            *_topics(catalog, topic),
        ),
        again=this,
    )


def _with(call: Call, topic: Topic | None, *more: tuple[str, str]) -> Call:
    """The call with more arguments; the topic, for the questions that follow, where there is room for it."""
    plain = Call(call.command, (*call.arguments, *more))
    full = Call(call.command, (*plain.arguments, ("topic", topic.id))) if topic else plain
    return full if len(full.token()) <= MAX_TOKEN else plain


def _told(catalog: Catalog, verdict: Verdict, topic: Topic | None) -> Reply:
    question = verdict.question
    fact = catalog.get(question.fact, Fact)
    said = f"The answer: **{question.right}**"
    if not verdict.right:
        said = f"You chose: {question.wrong[verdict.choice - 1]}\n{said}"
    hint = _streak.hint(verdict)
    told = (Text(f"*{question.question}*"), Text(said), Text(question.explanation), Text(_streak.line(verdict)))
    return Reply(
        "Right" if verdict.right else "Not this one",
        (*told, Text(hint)) if hint else told,
        (
            Choice("Next", _with(Call("quiz"), topic), "primary"),
            *((Choice("My zone", Call("settings", (("what", "zone"),), fill="value")),) if hint else ()),
            Choice("Show the fact", _facts.call_for(fact)),
            Choice("Why this streak?", Call.of("streak", show="why")),
        ),
        source_of(catalog, fact),
    )


def _none(catalog: Catalog, topic: Topic | None) -> Reply:
    on = f" on **{topic.title}**" if topic else ""
    if not any(topic is None or topic.id in _topics_of(catalog, question) for question in catalog.all(Question)):
        return Reply("No question yet", (Text(f"My quiz has no question{on} yet."),), _topics(catalog, topic))
    return Reply(
        "That was all for today",
        (Text(f"You have answered every question{on} rightly today. They come back before you forget them."),),
        _topics(catalog, topic),
    )


def _topics_of(catalog: Catalog, question: Question) -> tuple[str, ...]:
    return catalog.get(question.fact, Fact).topics


def _topics(catalog: Catalog, chosen: Topic | None) -> tuple[Menu, ...]:
    asked = {topic for question in catalog.all(Question) for topic in _topics_of(catalog, question)}
    options = [
        Choice(t.title, Call.of("quiz", topic=t.id)) for t in catalog.all(Topic) if t.id in asked and t != chosen
    ]
    if chosen and asked:
        options.append(Choice("Any topic", Call("quiz")))
    return (Menu("About…", tuple(options)),) if options else ()
