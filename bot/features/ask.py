from dataclasses import replace
from typing import Annotated

from bot.core.catalog import Catalog, Fact, Silence
from bot.core.chat import Call, Choice, Reply, Text
from bot.core.command import command
from bot.core.markup import clip, quote
from bot.core.search import Search
from bot.features import _facts

#: The share of a question that a fact must cover to be offered beside the answer.
_NEAR = 0.2


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
    await search.ready()
    found = search.find(question)
    near = [hit.fact for hit in found.hits if hit.coverage >= _NEAR]
    if found.answer is None:
        return _honest_no(catalog, question, found.silence, near[:3])
    reply = _facts.show(catalog, found.answer)
    others = [fact for fact in near[1:] if _choice(fact) not in reply.choices]
    return replace(
        reply,
        parts=(
            Text(f"*You asked: {quote(clip(question, 200))}*"),
            *reply.parts,
        ),
        choices=(*reply.choices, *_facts.menu("Not what you meant?", others)),
    )


def _honest_no(catalog: Catalog, question: str, silence: Silence | None, near: list[Fact]) -> Reply:
    about = f"says nothing about **{silence.title}**" if silence else "does not say"
    text = (
        f"*You asked: {quote(clip(question, 200))}*\n\nMy one source, *{catalog.pack.source.title}*, {about}. "
        "I would rather tell you so than guess."
    )
    if near:
        text += " These come nearest:"
    return Reply(
        "The article does not say",
        (Text(text),),
        (*(_choice(fact) for fact in near), Choice("Ask something else", Call("ask", fill="question"), "primary")),
    )


def _choice(fact: Fact) -> Choice:
    return Choice(fact.title, _facts.call_for(fact))
