from dataclasses import replace
from typing import Annotated

from bot.core.catalog import Catalog, Fact
from bot.core.chat import Call, Choice, Menu, Reply, Text
from bot.core.command import command
from bot.core.markup import clip, quote
from bot.core.search import Search
from bot.features import _facts


@command(examples=["how much does a junior earn in the us?", "startup or big company?"], when_lost=True)
async def ask(
    catalog: Catalog,
    search: Search,
    question: Annotated[str, "Your question, in your own words"],
) -> Reply:
    """Your own question, answered from the article, or an honest no."""
    named = catalog.find(question, Fact)  # a button asks for a fact by its id
    if named:
        return _facts.show(catalog, named)
    hits = search.find(question)
    if not hits or not hits[0].answers:
        return _honest_no(catalog, question, [hit.fact for hit in hits[:3]])
    best, *others = (hit.fact for hit in hits)
    reply = _facts.show(catalog, best)
    section = catalog.section(best.section).title
    return replace(
        reply,
        parts=(
            Text(f"*You asked: {quote(clip(question, 200))}*"),
            *reply.parts,
            Text(f"It says so under “{section}”."),
        ),
        choices=(*reply.choices, Menu("Not what you meant?", tuple(_choice(fact) for fact in others))),
    )


def _honest_no(catalog: Catalog, question: str, near: list[Fact]) -> Reply:
    text = (
        f"You asked: *{quote(clip(question, 200))}*\n\nMy one source, *{catalog.pack.source.title}*, does not say. "
        "I would rather tell you so than guess."
    )
    if near:
        text += " These come nearest:"
    return Reply(
        "I can't answer that honestly",
        (Text(text),),
        (*(_choice(fact) for fact in near), Choice("Ask something else", Call("ask", fill="question"), "primary")),
    )


def _choice(fact: Fact) -> Choice:
    return Choice(fact.title, _facts.call_for(fact))
