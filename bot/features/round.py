import secrets
from datetime import datetime, timedelta
from random import Random
from typing import Annotated, Literal

from bot.core.catalog import Catalog, Fact, Question, Topic
from bot.core.chat import Call, Choice, Person, Reply, Request, Text
from bot.core.command import Group, Hidden, command
from bot.core.errors import BadArgument, NotHere
from bot.core.markup import quote
from bot.core.words import join, source_of
from bot.delivery.outbox import Delivery
from bot.features import _quiz, _streak
from bot.features._rights import require_presence
from bot.learning.port import Learning, Verdict
from bot.learning.quiz import asked_at, is_asked, places
from bot.learning.rounds import Rounds, Tally

Lasts = Literal["5m", "15m", "1h", "1d"]
_LASTS: dict[Lasts, tuple[timedelta, str]] = {
    "5m": (timedelta(minutes=5), "5 minutes"),
    "15m": (timedelta(minutes=15), "15 minutes"),
    "1h": (timedelta(hours=1), "an hour"),
    "1d": (timedelta(days=1), "a day"),
}
_BAR = 12


@command(
    examples=["", "python", "1h"],
    aliases=["everyone"],
    group=Group.LEARNING,
    costly=lambda given: "asked" not in given,  # to answer one is like any other answer
)
async def round(  # noqa: A001 # the function's name is the command's
    request: Request,
    catalog: Catalog,
    learning: Learning,
    rounds: Rounds,
    topic: Annotated[Topic | None, "What the question should be about"] = None,
    lasts: Annotated[Lasts | None, "How long it stays open: 5m, 15m, 1h or 1d"] = None,
    q: Annotated[str | None, "The question that a button belongs to", Hidden()] = None,
    asked: Annotated[str | None, "The round that a button belongs to", Hidden()] = None,
    pick: Annotated[str | None, "The place of the choice, counted from 0", Hidden()] = None,
) -> Reply:
    """A question for the whole channel; everybody answers once, and the results come at the end."""
    if asked is None:
        return await _open(request, catalog, rounds, topic, lasts or "15m")
    tally = await _here(request, rounds, asked)
    question = catalog.find(tally.question, Question) if tally else None
    if tally is None or question is None or pick not in {None, "0", "1", "2", "3"}:
        return Reply(
            "That round is gone",
            (Text("Nothing was counted, and nothing is lost."),),
            (Choice("A question of my own", Call("quiz"), "primary"),),
        )
    if pick is None or request.at >= tally.closes:
        return _standing(catalog, question, tally, request.at)
    choice = places(asked, question.id)[int(pick)]
    verdict = await learning.answer(request.person, asked, question, choice, request.at)
    return _told(catalog, verdict, asked)


async def compose(delivery: Delivery, catalog: Catalog, rounds: Rounds) -> Reply | None:
    """The results for everybody, at the end; None where nobody answered."""
    here = Person(delivery.target.platform, delivery.target.workspace, "")
    tally = await rounds.tally(delivery.about["asked"], here)
    question = catalog.find(tally.question, Question) if tally else None
    if tally is None or question is None or not tally.answers:
        return None
    return _results(catalog, question, tally, "The round is over")


async def _here(request: Request, rounds: Rounds, asked: str) -> Tally | None:
    """How the round of that name stands, if it was put to this very channel: its name opens nothing elsewhere."""
    found = await rounds.tally(asked, request.person) if is_asked(asked) else None
    return found if found and request.place and found.channel == request.place.channel else None


async def _open(request: Request, catalog: Catalog, rounds: Rounds, topic: Topic | None, lasts: Lasts) -> Reply:
    place = request.place
    if request.mute:
        raise NotHere
    if place is None:
        return Reply(
            "A round is for a channel",
            (Text("Ask me for one where others can answer too. Here, alone, a quiz does the same."),),
            (Choice("A question of my own", Call("quiz"), "primary"),),
        )
    require_presence(request)
    asked = asked_at(request.at, secrets.randbits(32))
    question = _draw(catalog, topic, await rounds.recent(place), asked)
    if question is None:
        raise BadArgument("I have no question on that yet.", [("Any topic", Call("round"))])
    span, said = _LASTS[lasts]
    other = await rounds.open(asked, question, place, request.at, request.at + span)
    if other is not None:
        return Reply(
            "A round is open here already",
            (Text("One at a time, so that nobody is flooded. Its question stands further up in this channel."),),
            (Choice("How does it stand?", Call.of("round", asked=other)),),
        )
    bank = (question.right, *question.wrong)
    this = Call.of("round", q=question.id, asked=asked)
    answers = (
        Choice(bank[spot], Call(this.command, (*this.arguments, ("pick", str(n)))))
        for n, spot in enumerate(places(asked, question.id))
    )
    by = f"{quote(request.person.name)} asks everybody. " if request.person.name else ""
    return Reply(
        "A question for everyone",
        (Text(question.question), Text(f"{by}Answer once, within {said}; only you see how you did.")),
        (*answers, Choice("How does it stand?", Call.of("round", asked=asked))),
        private=False,
    )


def _draw(catalog: Catalog, topic: Topic | None, recent: frozenset[str], seed: str) -> Question | None:
    """Any question on the topic, but one that the channel had lately only if there is no other."""
    pool = [q for q in catalog.bank if topic is None or topic.id in catalog.get(q.fact, Fact).topics]
    fresh = [q for q in pool if q.id not in recent]
    return Random(seed).choice(fresh or pool) if pool else None  # noqa: S311 # for variety, no secret


def _told(catalog: Catalog, verdict: Verdict, asked: str) -> Reply:
    """To the one who answered, in private."""
    others = Choice("How did the others do?", Call.of("round", asked=asked), "primary")
    own = Choice("A question of my own", Call("quiz"))
    return _quiz.told(
        catalog, verdict, Call("quiz"), (others, own, _quiz.report_button(verdict.question.id, Call("quiz")))
    )


def _standing(catalog: Catalog, question: Question, tally: Tally, now: datetime) -> Reply:
    """How it stands; what would give the answer away only to those who have answered, or once it is over."""
    if now >= tally.closes:
        return _results(catalog, question, tally, "That round is over")
    if tally.mine is not None:
        return _results(catalog, question, tally, "So far")
    many = _streak.many(tally.answers, "answer")
    return Reply("So far", (Text(f"{many}. Answer it yourself, then I show you how the others did."),))


def _results(catalog: Catalog, question: Question, tally: Tally, title: str) -> Reply:
    if question.void:
        return _quiz.withdrawn(question, Call("quiz"))
    rows = zip((question.right, *question.wrong), tally.counts, strict=True)
    ordered = sorted(rows, key=lambda row: (row[0] != question.right, -row[1]))
    lines = [f"- `{_bar(many, tally.answers)}` {many} · {_named(text, question)}" for text, many in ordered]
    right = [f"**Right:** {_people(tally)}."] if tally.right else []
    return Reply(
        title,
        (
            Text(f"*{question.question}*"),
            Text("\n".join(lines)),
            *(Text(line) for line in right),
            Text(question.explanation),
        ),
        (Choice("A question of my own", Call("quiz")),),
        source_of(catalog, catalog.get(question.fact, Fact)),
    )


def _named(text: str, question: Question) -> str:
    return f"**{text}**" if text == question.right else text


def _bar(many: int, of: int) -> str:
    full = -(-many * _BAR // of) if of else 0
    return "█" * full + "░" * (_BAR - full)


def _people(tally: Tally) -> str:
    """The first names, and how many more."""
    more = tally.counts[0] - len(tally.right)
    shown = [quote(name) for name in tally.right]
    return join([*shown, f"{more} more"] if more > 0 else shown)
