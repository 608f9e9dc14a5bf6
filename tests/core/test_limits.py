"""What is too long is answered with how long it may be; what nobody can see is left out."""

import pytest

from bot import app
from bot.core.catalog import Catalog
from bot.core.chat import Call, Person, Place, Reply, Request
from bot.core.command import Registry, command
from bot.core.dispatch import Dispatcher
from bot.core.limits import ARGUMENTS, NAME, SAID, TOKEN, VALUE
from bot.core.markup import bare
from bot.core.parameters import World
from bot.storage.store import Store
from tests.conftest import NOW, Say, told
from tests.life import Known, Life

UNSEEN = "\u202e\u2066\u200b\ufeff\x00\x1b\ud800\ue000"


@pytest.mark.parametrize(
    ("said", "length", "most"),
    [
        ("x" * (SAID + 1), SAID + 1, SAID),
        ("salary " + "senior " * 20_000, 140_007, SAID),
        ("ask " + "x" * (VALUE + 1), VALUE + 1, VALUE),
        (Call.of("ask", question="x" * (VALUE + 1)), VALUE + 1, VALUE),
        (Call.of("salary", level="x" * (VALUE + 1)), VALUE + 1, VALUE),
        (Call.of("salary", offer="9" * 100_000), 100_000, VALUE),
        (Call.of("mend", person="<@1>", reason="x" * (VALUE + 1)), VALUE + 1, VALUE),
        (Call.of("link", code="x" * (VALUE + 1)), VALUE + 1, VALUE),
        (Call.of("digest", zone="x" * (VALUE + 1)), VALUE + 1, VALUE),
        (Call.of("settings", what="zone", value="x" * (VALUE + 1)), VALUE + 1, VALUE),
        (Call.of("quiz", q="x" * (VALUE + 1)), VALUE + 1, VALUE),
    ],
    ids=lambda one: f"{one}"[:30],
)
async def test_what_is_too_long_is_told_how_long_it_may_be(say: Say, said: str | Call, length: int, most: int) -> None:
    reply = await say(said, manages=True)
    assert reply.title == "Not quite"
    assert (
        told(reply).splitlines()[1] == f"That is {length:,} characters; I read up to {most:,}. Please say it shorter."
    )


async def test_as_long_as_it_may_be_is_read(say: Say) -> None:
    assert "I read up to" not in told(await say("ask " + "x" * VALUE))
    assert "I read up to" not in told(await say("tip" + " " * (SAID - 3)))


async def test_a_call_with_more_arguments_than_any_button_has_is_refused(say: Say) -> None:
    many = Call("salary", tuple((f"a{n}", "x") for n in range(ARGUMENTS + 1)))
    assert "26 things at once" in told(await say(many))


def test_a_token_longer_than_any_of_ours_names_no_command() -> None:
    fits = "tip?topic=" + "x" * (TOKEN - 10)
    assert Call.from_token(fits).command == "tip"
    assert Call.from_token(fits + "x") == Call("")
    assert Call.from_token("~reason:mend?" + "&".join(f"a{n}=1" for n in range(1_000_000))) == Call("")


def test_what_nobody_can_see_is_left_out_and_twice_is_as_once() -> None:
    assert bare(f" a{UNSEEN} \x00 b\t\x85c{UNSEEN}") == "a b c"
    assert bare(bare("a \u200b b")) == bare("a \u200b b") == "a b"


async def test_a_persons_name_is_cut_and_cleaned_before_any_command_sees_it(gardener: Dispatcher) -> None:
    seen: list[Person] = []

    @command(examples=[""])
    async def who(request: Request) -> Reply:
        """Notes who asks."""
        seen.append(request.person)
        return Reply("You")

    registry = Registry([who])
    mind = Dispatcher(registry, World(gardener.world.catalog, registry.commands), {})
    for name in (f"  A{UNSEEN}da\n", "x" * 10_000, UNSEEN):
        await mind.answer(Request(Person("test", "w", "ada", name), "who", NOW))
    assert [person.name for person in seen] == ["Ada", "x" * (NAME - 1) + "…", ""]


async def test_what_no_database_takes_is_left_out_of_what_is_kept(ai_engineer: Catalog, store: Store) -> None:
    """PostgreSQL takes no NUL in a text, and neither engine takes half a character."""
    life = Life(app.dispatcher(ai_engineer, store, Known(managers={"grace"})))
    await life.answer()
    life.wait(days=2)
    assert (await life.say("streak")).title == "Your streak: 0 days"
    mended = await life.say(Call.of("mend", person="<@ada>", reason=f"the bot{UNSEEN} was down"), "grace")
    assert "an admin: the bot was down." in told(mended)
    place = Place("test", "w", "c")
    odd = Person("test", "w", "ada", f"A{UNSEEN}da")
    await life.mind.answer(Request(odd, Call.of("settings", what="zone", value=f"Ber{UNSEEN}lin"), life.now, place))
    assert "Ada" in told(await life.say("leaderboard all"))
