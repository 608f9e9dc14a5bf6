"""The quiz's other answers: a question withdrawn, a report, and what was missed. Shared; itself no command.

on: the call that asks the next question, in the same vein.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace

from bot.core.catalog import Catalog, Fact, Question, Topic
from bot.core.chat import MAX_TOKEN, Call, Choice, File, Menu, Reply, Request, Text
from bot.core.markup import bare
from bot.core.words import source_of
from bot.features import _streak
from bot.learning import anki
from bot.learning.port import Learning, Verdict
from bot.learning.quiz import asked_at, places
from bot.learning.streak import Standing


def following(topic: Topic | None, *, drill: bool) -> Call:
    """The call for what follows: on this topic, in the drill."""
    kept = (("what", "missed") if drill else None, ("topic", topic.id) if topic else None)
    return Call("quiz", tuple(argument for argument in kept if argument))


def stay(call: Call, on: Call) -> Call:
    """The call with what it is to lead on to, as far as there is room for it."""
    for argument in on.arguments:
        longer = replace(call, arguments=(*call.arguments, argument))
        call = longer if len(longer.token()) <= MAX_TOKEN else call
    return call


# ── a question that is asked ──────────────────────────────────────────────────────────────────────────────────────────


async def next_question(request: Request, learning: Learning, topic: Topic | None) -> Question | None:
    """The question that this person should answer next; None where all were answered rightly today."""
    seed = "/".join(request.person.account)
    return await learning.next_question(request.person, topic.id if topic else None, request.at, seed)


def asked_now(request: Request) -> str:
    """A name for this one asking."""
    return asked_at(request.at, secrets.randbits(32))


def answers(question: Question, asked: str, on: Call) -> tuple[Choice, ...]:
    """A button for each answer, in the order of this asking."""
    bank = (question.right, *question.wrong)
    return tuple(
        Choice(bank[place], stay(Call.of("quiz", q=question.id, asked=asked, pick=str(n)), on))
        for n, place in enumerate(places(asked, question.id))
    )


# ── a question that was answered ──────────────────────────────────────────────────────────────────────────────────────


def told(catalog: Catalog, verdict: Verdict, on: Call, choices: tuple[Choice | Menu, ...]) -> Reply:
    """Right or wrong, why, the source, and what it did to the streak."""
    question = verdict.question
    if question.void:
        return withdrawn(question, on, verdict)
    said = f"The answer: **{question.right}**"
    if not verdict.right:
        said = f"You chose: {question.wrong[verdict.choice - 1]}\n{said}"
    hint = _streak.hint(verdict)
    parts = (Text(f"*{question.question}*"), Text(said), Text(question.explanation), Text(_streak.line(verdict)))
    return Reply(
        "Right" if verdict.right else "Not this one",
        (*parts, Text(hint)) if hint else parts,
        (*choices, Choice("My zone", Call("settings", (("what", "zone"),), fill="value"))) if hint else choices,
        source_of(catalog, catalog.get(question.fact, Fact)),
    )


# ── a question that is gone, or withdrawn ─────────────────────────────────────────────────────────────────────────────


def gone() -> Reply:
    return Reply(
        "That question is gone",
        (Text("The quiz has changed since I asked it. Nothing was counted, and nothing is lost."),),
        (Choice("Another question", Call("quiz"), "primary"),),
    )


def withdrawn(question: Question, on: Call, verdict: Verdict | None = None) -> Reply:
    """What a void question says: why it is void, and that an answer to it is right."""
    counted = (Text("Your answer counts as right."), Text(_streak.line(verdict))) if verdict else ()
    return Reply(
        "Withdrawn",
        (Text(f"*{question.question}*"), Text(f"This question is asked no more. {question.void}"), *counted),
        (Choice("Next", on, "primary"),),
    )


# ── reports ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def report_button(question: str, on: Call) -> Choice:
    """question: its id."""
    return Choice("Report", stay(Call("quiz", (("q", question),), fill="said"), on))


async def report(request: Request, learning: Learning, question: Question, said: str | None, on: Call) -> Reply:
    """Keep what is wrong with a question; or ask for words where there are none that can be read."""
    if question.void:
        return withdrawn(question, on)
    words = bare(said or "")
    if not words:
        return Reply(
            "One more thing",
            (Text("Say in a few words what is wrong with the question."),),
            (report_button(question.id, on), Choice("Next", on)),
        )
    await learning.report(request.person, question, words, request.at)
    return Reply(
        "Reported",
        (Text("Thank you: those who write the questions can now read what you said, without your name."),),
        (Choice("Next", on, "primary"),),
    )


# ── what was missed ───────────────────────────────────────────────────────────────────────────────────────────────────


def title(questions: Sequence[Question], topic: Topic | None) -> str:
    return f"What you missed{_on(topic)}: {len(questions)} to go"


def way_in(on: Call) -> tuple[Choice, ...]:
    """How an answered question leads to the drill; nothing where it is part of one."""
    drill = following(None, drill=True)
    return () if drill.arguments[0] in on.arguments else (Choice("Drill what I missed", drill),)


def way_out(topic: Topic | None) -> tuple[Menu, ...]:
    """What else a drill leads to."""
    to_anki = stay(Call.of("quiz", what="export"), following(topic, drill=False))
    return (Menu("More…", (Choice("A file of these for Anki", to_anki), Choice("Leave the drill", Call("quiz")))),)


def export(catalog: Catalog, questions: Sequence[Question], topic: Topic | None) -> Reply:
    """The missed questions as a file for Anki."""
    about = f"{_streak.many(len(questions), 'question')} for Anki"
    file = File("careerbot-missed.txt", anki.as_text(catalog, questions).encode(), "text/plain", about)
    return Reply(
        f"What you missed{_on(topic)}",
        (
            file,
            Text(
                "In Anki choose **File**, then **Import**. Import a later file the same way: it brings the notes that "
                "you have up to date, and none comes twice."
            ),
        ),
        (Choice("Drill them here", following(topic, drill=True), "primary"),),
        source_of(catalog),
    )


def nothing_missed(topic: Topic | None, standing: Standing) -> Reply:
    if not standing.total:
        return Reply(
            "Nothing missed yet",
            (Text("You have answered no question so far. What you get wrong will wait here."),),
            (Choice("A question", following(topic, drill=False), "primary"),),
        )
    return Reply(
        f"Nothing missed{_on(topic)}",
        (Text("Each question that you have answered, you had right when it last came. Well done."),),
        (Choice("Another question", following(topic, drill=False), "primary"), Choice("My streak", Call("streak"))),
    )


def _on(topic: Topic | None) -> str:
    return f" on {topic.title}" if topic else ""
