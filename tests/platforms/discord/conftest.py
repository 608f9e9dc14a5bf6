"""The real client, with a few commands of our own beside the bot's, against simcord's virtual Discord."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import discord
import pytest
import simcord
from simcord.components import walk_components

from bot.core.chat import Call, Choice, Reply, Request, Text
from bot.core.command import Registry, command
from bot.core.dispatch import Dispatcher
from bot.core.parameters import World
from bot.platforms import chart
from bot.platforms.discord.client import DiscordBot
from bot.platforms.discord.shards import Shards

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

# ── a few commands of our own, beside the bot's ───────────────────────────────────────────────────────────────────────


@command(examples=[""])
async def slow(request: Request, note: Annotated[str | None, "Anything"] = None) -> Reply:
    """Takes its time. It asks for the request, so that its reply is not kept."""
    return Reply("Slow, but there", choices=(Choice("Once more", Call("slow")),), again=Call("slow"))


@command(examples=[""])
async def broken() -> Reply:
    """Fails."""
    raise RuntimeError("a secret detail")


@command(examples=[""])
async def long(size: Annotated[str | None, "How many paragraphs"] = None) -> Reply:
    """Says more than one message holds."""
    return Reply(
        "Long", tuple(Text(f"{n} " + "word " * 500) for n in range(int(size or 3))), (Choice("OK", Call("help")),)
    )


@command(examples=[""])
async def open_() -> Reply:
    """Answers for everybody, unasked."""
    return Reply("For all", private=False)


@command(examples=[""])
async def who(request: Request) -> Reply:
    """Says who asked, where and when."""
    place = request.place.channel if request.place else "alone"
    return Reply("Who", (Text(f"{request.person.name} {place} {request.at:%Y-%m-%d} {request.public}"),))


@command(examples=[""])
async def fork() -> Reply:
    """Leads on beside itself, and in its own place."""
    return Reply("Fork", choices=(Choice("Beside", Call("tip", beside=True)), Choice("In place", Call("tip"))))


def bot_with(gardener: Dispatcher) -> DiscordBot:
    registry = Registry([*gardener.registry, slow, broken, long, open_, who, fork])
    world = World(gardener.world.catalog, registry.commands)
    mind = Dispatcher(registry, world, {**gardener._needs, Registry: registry, World: world})
    return DiscordBot(mind, lambda: NOW, shards=Shards((0,), 1))


@dataclass(frozen=True)
class Here:
    env: simcord.Env
    channel: simcord.ChannelHandle
    ada: simcord.MemberActor
    grace: simcord.MemberActor

    @property
    def me(self) -> str:
        assert self.env.bot.user
        return f"<@{self.env.bot.user.id}>"

    def requests(self, method: str, ending: str) -> list[Any]:
        return [one for one in self.env.http_requests if one.method == method and one.path.endswith(ending)]


@pytest.fixture
def simcord_bot(gardener: Dispatcher) -> DiscordBot:
    """What simcord's own fixture, `simcord_env`, runs."""
    return bot_with(gardener)


@pytest.fixture
def here(simcord_env: simcord.Env) -> Here:
    guild = simcord_env.create_guild("Town")
    ada, grace = (
        guild.add_member(simcord_env.create_user(name.lower(), global_name=name)) for name in ("Ada", "Grace")
    )
    return Here(simcord_env, guild.create_text_channel("careers"), ada, grace)


@pytest.fixture(autouse=True)
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture takes half a second; that it is attached is what counts here."""
    monkeypatch.setattr(chart, "picture", lambda _: b"\x89PNG")


def shown(result: simcord.InteractionResult) -> simcord.ResponseMessage:
    assert result.response is not None
    return result.response


def texts(message: simcord.ResponseMessage | discord.Message) -> str:
    return "\n".join(part["content"] for part in parts(message) if part["type"] == 10)


def parts(message: simcord.ResponseMessage | discord.Message) -> Iterator[dict[str, Any]]:
    given: list[Any] = list(message.components)
    return walk_components([part if isinstance(part, dict) else part.to_dict() for part in given])


def menu_of(message: simcord.ResponseMessage) -> dict[str, Any]:
    return next(part for part in parts(message) if part["type"] == 3)


async def click(
    person: simcord.MemberActor, message: simcord.ResponseMessage | discord.Message, custom_id: str
) -> simcord.InteractionResult:
    """Click a button of an older version of us: the message's first one, under another id."""
    channel = message.channel_id if isinstance(message, simcord.ResponseMessage) else message.channel.id
    stored: Any = person._env.backend.get_message(channel, message.id)
    button = next(part for part in walk_components(stored.components) if part["type"] == 2)
    button["custom_id"] = custom_id
    return await person.click(message, custom_id=custom_id)
