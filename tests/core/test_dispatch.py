import logging
from collections.abc import Callable
from typing import Annotated

import pytest

from bot.core.catalog import Catalog
from bot.core.chat import Call, Person, Reply, Request
from bot.core.command import Registry, command
from bot.core.dispatch import Dispatcher, Ended
from bot.core.errors import DefinitionError
from bot.core.parameters import World
from tests.conftest import NOW, Say, choices, told


@command(examples=["x"])
async def broken(request: Request) -> Reply:
    """Fails, always."""
    raise ZeroDivisionError("secret detail")


@command(examples=["x"])
async def echo(words: Annotated[str, "What to say back"]) -> Reply:
    """Says it back."""
    return Reply(words)


def small(mind: Dispatcher) -> Dispatcher:
    registry = Registry([broken, echo])
    return Dispatcher(registry, World(mind.world.catalog, registry.commands), {})


async def test_a_failure_is_answered_kindly_and_logged_under_the_same_number(
    mind: Dispatcher, say: Say, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        reply = await say("broken", to=small(mind))
    (record,) = caplog.records
    number = record.args[0]  # type: ignore[index] # the log line's first argument
    assert str(number) in told(reply)
    assert "secret detail" not in told(reply)
    assert record.exc_info


async def test_what_is_made_beneath_an_answer_is_not_observed_as_one_more(mind: Dispatcher) -> None:
    bot, seen = small(mind), list[str]()

    def observer(request: Request) -> Callable[[str, Ended], None]:
        del request
        return lambda command, ended: seen.append(f"{command} {ended}")

    bot._observer = observer
    request = Request(Person("test", "w", "ada"), Call.of("echo", words="hi"), NOW)
    for counted in (True, False):
        assert (await bot.answer(request, counted=counted)).title == "hi"
    assert seen == ["echo ok"]


async def test_a_missing_argument_is_asked_for_in_a_form(mind: Dispatcher, say: Say) -> None:
    bot = small(mind)
    reply = await say("echo", to=bot)
    call = choices(reply)["Tell me"]
    assert call == Call("echo", fill="words")
    assert bot.form(call).label == "What to say back"


@command(examples=["x"])
async def secret(words: Annotated[str, "What is nobody else's business"]) -> Reply:
    """Says it to one alone."""
    return Reply(words, personal=True, again=Call.of("secret", words=words))


async def test_a_personal_answer_is_never_for_all(mind: Dispatcher, say: Say) -> None:
    registry = Registry([secret])
    bot = Dispatcher(registry, World(mind.world.catalog, registry.commands), {})
    for in_the_open in (
        await say("secret x", public=True, to=bot),
        await say(Call("secret", (("words", "x"),), public=True), to=bot),
    ):
        assert in_the_open.title == "That is for you alone"
        assert (await say(choices(in_the_open)["Show me"], to=bot)).title == "x"
    long = await say(f"secret {'x' * 90}", public=True, to=bot)
    assert (long.title, choices(long)) == ("That is for you alone", {})
    assert "Share" not in choices(await say("secret x", to=bot))


async def test_a_private_answer_in_a_channel_can_be_shared_and_elsewhere_not(mind: Dispatcher, say: Say) -> None:
    there = await say("salary senior")
    assert there.private
    share = choices(there)["Share"]
    assert share == Call("salary", (("level", "senior"),), public=True)
    shared = await say(share)
    assert not shared.private
    assert "Share" not in choices(shared)
    assert told(shared) == told(there)
    alone = await mind.answer(Request(Person("test", "w", "ada"), "salary senior", NOW))
    assert "Share" not in choices(alone)


async def test_asked_in_the_open_is_answered_in_the_open(say: Say) -> None:
    assert not (await say("trends", public=True)).private


async def test_a_button_of_a_command_that_is_gone_is_answered_kindly(say: Say) -> None:
    assert "older version" in told(await say(Call("vanished")))


async def test_a_button_whose_value_is_gone_is_answered_kindly(say: Say) -> None:
    assert "don't know" in told(await say(Call.of("tip", topic="alchemy")))


def test_what_a_command_needs_is_missed_at_the_start() -> None:
    @command(examples=["x"])
    async def hungry(catalog: Catalog) -> Reply:
        """Needs the catalog."""
        return Reply(catalog.pack.title)

    registry = Registry([hungry])
    with pytest.raises(KeyError, match=r"hungry.*Catalog"):
        Dispatcher(registry, World.__new__(World), {})


def test_a_wrong_definition_fails_when_it_is_defined() -> None:
    with pytest.raises(DefinitionError, match="summary"):

        @command(examples=["x"])
        async def silent() -> Reply:
            return Reply("")

    with pytest.raises(DefinitionError, match="no kind of parameter reads"):

        @command(examples=["x"])
        async def odd(number: Annotated[complex, "A number"]) -> Reply:
            """Takes what nobody can type."""
            return Reply(str(number))

    with pytest.raises(DefinitionError, match="two commands"):
        Registry([echo, echo])
