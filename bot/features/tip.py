import hashlib
from random import Random
from typing import Annotated

from bot.core.catalog import Catalog, Fact, Tip, Topic
from bot.core.chat import Call, Choice, Fields, Menu, Person, Reply, Request, Text
from bot.core.command import Hidden, command
from bot.core.ports import Rotation
from bot.core.words import source_of


@command(examples=["", "python", "prompt engineering"], aliases=["tips", "learn"])
async def tip(
    request: Request,
    catalog: Catalog,
    rotation: Rotation,
    topic: Annotated[Topic | None, "What you would like to get better at"] = None,
    item: Annotated[Tip | None, "One tip in particular", Hidden()] = None,
) -> Reply:
    """Something you can do this week to get ahead, and why it helps."""
    shown = item or await _next(request.person, catalog, rotation, topic)
    facts = [catalog.get(fact, Fact) for fact in shown.rests_on]
    on = {"topic": topic.id} if topic else {}
    other_topics = [t for t in catalog.all(Topic) if t != topic]
    alike = [t for t in catalog.all(Tip) if t.topics[0] == shown.topics[0]]
    related = [t for t in (*(t for fact in facts for t in catalog.tips_on(fact)), *alike) if t != shown]
    return Reply(
        title=shown.title,
        parts=(
            Text(shown.text),
            Fields(
                (("Takes", shown.takes), ("Good for", ", ".join(catalog.get(t, Topic).title for t in shown.topics)))
            ),
            Text("\n".join(f"**Why:** {fact.text}" for fact in facts)),
        ),
        choices=(
            Choice("Another tip", Call.of("tip", **on), "primary"),
            *(Choice(f"Related: {t.title}", Call.of("tip", item=t.id)) for t in related[:1]),
            Menu("Tips about…", tuple(Choice(t.title, Call.of("tip", topic=t.id)) for t in other_topics)),
        ),
        source=source_of(catalog, *facts),
        again=Call.of("tip", item=shown.id),
    )


async def _next(person: Person, catalog: Catalog, rotation: Rotation, topic: Topic | None) -> Tip:
    """The next tip of this person's own order; each round through the pool has an order of its own."""
    pool = [t for t in catalog.all(Tip) if topic is None or topic.id in t.topics]
    taken = await rotation.advance(person, f"tip:{topic.id if topic else ''}")
    lap, place = divmod(taken, len(pool))
    return _order(pool, person, lap)[place]


def _order(pool: list[Tip], person: Person, lap: int) -> list[Tip]:
    order = _shuffled(pool, person, lap)
    if lap and len(pool) > 2 and order[0] == _shuffled(pool, person, lap - 1)[-1]:
        order[0], order[1] = order[1], order[0]  # the last of one round is not the first of the next
    return order


def _shuffled(pool: list[Tip], person: Person, lap: int) -> list[Tip]:
    seed = hashlib.sha256(f"{person.platform}/{person.workspace}/{person.user}/{lap}".encode()).digest()
    return Random(seed).sample(pool, len(pool))  # noqa: S311 # an order for variety, not a secret
