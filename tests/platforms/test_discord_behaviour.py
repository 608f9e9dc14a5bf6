"""What people do on Discord, and what they see: the real client against simcord's virtual Discord."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import aiohttp
import discord
import pytest
import simcord
from simcord.components import walk_components
from simcord.http.client import FakeWebhookAdapter

from bot.core.catalog import Catalog
from bot.core.chat import Call, Choice, Reply, Request, Text
from bot.core.command import Registry, command
from bot.core.dispatch import Dispatcher
from bot.core.parameters import World
from bot.core.ports import Rotation
from bot.core.search import Search
from bot.platforms import chart, pace
from bot.platforms.discord.client import DiscordBot, invite_url
from bot.storage.memory import MemoryRotation

_NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

# ── a few commands of our own, beside the bot's ───────────────────────────────────────────────────────────────────────


@command(examples=[""])
async def slow(note: Annotated[str | None, "Anything"] = None) -> Reply:
    """Takes its time."""
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


def _bot(gardener: Dispatcher) -> DiscordBot:
    registry = Registry([*gardener.registry, slow, broken, long, open_, who])
    catalog = gardener.world.catalog
    needs = {Catalog: catalog, Search: Search(catalog), Rotation: MemoryRotation()}
    mind = Dispatcher(registry, World(catalog, registry.commands), needs)
    return DiscordBot(mind, lambda: _NOW, shard_count=1)


@dataclass(frozen=True)
class _Here:
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
    return _bot(gardener)


@pytest.fixture
def here(simcord_env: simcord.Env) -> _Here:
    guild = simcord_env.create_guild("Town")
    ada, grace = (
        guild.add_member(simcord_env.create_user(name.lower(), global_name=name)) for name in ("Ada", "Grace")
    )
    return _Here(simcord_env, guild.create_text_channel("careers"), ada, grace)


@pytest.fixture(autouse=True)
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture takes half a second; that it is attached is what counts here."""
    monkeypatch.setattr(chart, "picture", lambda _: b"\x89PNG")


def _shown(result: simcord.InteractionResult) -> simcord.ResponseMessage:
    assert result.response is not None
    return result.response


def _texts(message: simcord.ResponseMessage | discord.Message) -> str:
    return "\n".join(part["content"] for part in _parts(message) if part["type"] == 10)


def _parts(message: simcord.ResponseMessage | discord.Message) -> Iterator[dict[str, Any]]:
    given: list[Any] = list(message.components)
    return walk_components([part if isinstance(part, dict) else part.to_dict() for part in given])


def _menu(message: simcord.ResponseMessage) -> dict[str, Any]:
    return next(part for part in _parts(message) if part["type"] == 3)


# ── commands, clicks, menus, forms ────────────────────────────────────────────────────────────────────────────────────


async def test_a_slash_command_is_answered_privately_at_once_with_its_picture(here: _Here) -> None:
    result = await here.ada.slash(here.channel, "salary", level="apprentice", offer="12k")
    answer = _shown(result)
    assert answer.ephemeral
    assert not result.deferred
    assert "Your offer, €12,000" in _texts(answer)
    assert [file.filename for file in answer.attachments] == ["chart-1.png"]
    assert not any(message.id == answer.id for message in here.channel.history(viewer=here.grace))


async def test_a_request_says_who_asks_where_and_when(here: _Here) -> None:
    assert f"Ada {here.channel.id} 2026-11-23 False" in _texts(_shown(await here.ada.slash(here.channel, "who")))
    assert "Ada alone 2026-11-23 False" in _texts(_shown(await here.ada.user.slash("who")))
    await here.grace.send(here.channel, f"{here.me} who")
    assert here.channel.last_message
    assert f"Grace {here.channel.id} 2026-11-23 True" in _texts(here.channel.last_message)


async def test_what_is_typed_is_completed(here: _Here) -> None:
    found = await here.ada.autocomplete(here.channel, "help", "name", "sal")
    assert found[0] == {"name": "salary", "value": "salary"}


async def test_free_words_are_taken_where_words_are_completed(here: _Here) -> None:
    answer = _shown(await here.ada.slash(here.channel, "help", name="salry"))
    assert "Not quite" in _texts(answer)
    mended = await here.ada.click(answer, label="salary")
    assert "salary \\[level\\]" in _texts(_shown(mended))


async def test_a_click_and_a_menu_rewrite_a_private_answer_in_place(here: _Here) -> None:
    answer = _shown(await here.ada.slash(here.channel, "salary"))
    clicked = _shown(
        await here.ada.select(answer, [_menu(answer)["options"][0]["value"]], custom_id=_menu(answer)["custom_id"])
    )
    assert clicked.id == answer.id
    assert "Salary: Apprentice" in _texts(clicked)
    dug = _shown(await here.ada.slash(here.channel, "ask", question="how deep do I dig?"))
    heap = _shown(await here.ada.click(dug, label="A tip on this"))
    assert heap.id == dug.id
    assert "Start a heap" in _texts(heap)


async def test_a_picture_of_the_answer_before_does_not_stay(here: _Here) -> None:
    answer = _shown(await here.ada.slash(here.channel, "salary"))
    assert answer.attachments
    stale = "0:tip"
    await _click(here.ada, answer, stale)
    assert _texts(answer).startswith("## Start a heap")
    assert answer.attachments == []


async def test_a_button_that_asks_first_opens_a_form_and_what_is_written_becomes_the_argument(here: _Here) -> None:
    answer = _shown(await here.ada.slash(here.channel, "salary"))
    form = await here.ada.click(answer, label="Compare an offer")
    assert form.modal
    assert form.modal["title"] == "Salary"
    sent = _shown(await here.ada.submit_modal(form, {"answer": "13k"}))
    assert sent.id == answer.id
    assert "Your offer, €13,000" in _texts(sent)
    again = await here.ada.click(sent, label="Compare an offer")
    slip = _shown(await here.ada.submit_modal(again, {"answer": "plenty"}))
    assert "not an amount I can read" in _texts(slip)


# ── public and private ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_share_posts_for_all_and_leaves_the_private_answer(here: _Here) -> None:
    answer = _shown(await here.ada.slash(here.channel, "tip"))
    before = _texts(answer)
    shared = _shown(await here.ada.click(answer, label="Share"))
    assert not shared.ephemeral
    assert shared.id != answer.id
    assert _texts(answer) == before == _texts(shared)
    assert here.channel.history(viewer=here.grace)[-1].id == shared.id


async def test_a_click_on_a_public_answer_is_answered_to_the_clicker_alone(here: _Here) -> None:
    await here.ada.send(here.channel, f"{here.me} tip")
    public = here.channel.last_message
    assert public
    before = _texts(public)
    own = _shown(await here.grace.click(public, label="Another tip"))
    assert own.ephemeral
    assert own.id != public.id
    assert _texts(public) == before


async def test_a_form_from_a_public_answer_is_answered_to_the_one_who_filled_it_in(here: _Here) -> None:
    await here.ada.send(here.channel, f"{here.me} salary")
    public = here.channel.last_message
    assert public
    form = await here.grace.click(public, label="Compare an offer")
    own = _shown(await here.grace.submit_modal(form, {"answer": "12k"}))
    assert own.ephemeral
    assert own.id != public.id


async def test_a_reply_that_is_for_all_by_itself_is_posted_for_all(here: _Here) -> None:
    assert not _shown(await here.ada.slash(here.channel, "open")).ephemeral
    own = _shown(await here.ada.slash(here.channel, "tip"))
    posted = _shown(await _click(here.ada, own, "0:open"))
    assert not posted.ephemeral
    assert posted.id != own.id


# ── direct messages and mentions ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_direct_message_is_answered_and_a_click_there_rewrites_the_answer(here: _Here) -> None:
    await here.ada.send_dm("how deep do I dig?")
    answer = here.ada.user.dm_channel.last_message
    assert answer
    assert "one spade deep" in _texts(answer)
    clicked = _shown(await here.ada.user.click(answer, label="A tip on this"))
    assert clicked.id == answer.id
    assert "Start a heap" in _texts(clicked)
    assert not _shown(await here.ada.user.slash("tip")).ephemeral
    assert not any(part.get("label") == "Share" for part in _parts(clicked))


@pytest.mark.parametrize(
    ("said", "title"),
    [("{me} tip", "Start a heap"), ("{me}", "Hello!"), ("hey {me}, salary", "What a gardener earns"),
     ("how deep do I dig? {me}", "Digging"), ("{me} sallary", "Not quite")],
)  # fmt: skip
async def test_a_mention_is_answered_in_the_open_as_a_reply_that_pings_nobody(
    here: _Here, said: str, title: str
) -> None:
    asked = await here.ada.send(here.channel, said.format(me=here.me))
    answer = here.channel.last_message
    assert answer
    assert title in _texts(answer)
    assert answer.reference
    assert answer.reference.message_id == asked.id
    (sent,) = here.requests("POST", "/messages")
    assert sent.json["allowed_mentions"] == {"parse": [], "replied_user": False}
    assert len(sent.json["nonce"]) <= 25


async def test_it_stays_silent_where_nobody_speaks_to_it(here: _Here) -> None:
    await here.ada.send(here.channel, f"{here.me} tip")
    answer = here.channel.last_message
    assert answer
    await here.ada.send(here.channel, "thank you", reply_to=answer)
    await here.ada.send(here.channel, "@everyone what does it pay?")
    other = here.env.guild.add_member(here.env.create_user("otherbot", bot=True))
    await other.send(here.channel, f"{here.me} tip")
    assert len(here.requests("POST", "/messages")) == 1


async def test_what_a_person_typed_comes_back_without_mentions_or_links(here: _Here) -> None:
    answer = _shown(await here.ada.slash(here.channel, "ask", question="@everyone <@1> [x](https://evil.example)"))
    assert "\\@everyone \\<\\@1\\> \\[x\\](https\\://evil.example)" in _texts(answer)


# ── when things go wrong ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_slow_command_says_one_moment_and_then_becomes_its_answer(
    here: _Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def impatiently(work: Awaitable[Any], defer: Callable[[], Awaitable[None]]) -> Any:
        await defer()
        return await work

    monkeypatch.setattr(pace, "patiently", impatiently)
    answer = _shown(await here.ada.slash(here.channel, "slow"))
    assert answer.ephemeral
    assert "Slow, but there" in _texts(answer)
    clicked = _shown(await here.ada.click(answer, label="Once more"))
    assert clicked.id == answer.id
    shared = _shown(await here.ada.click(clicked, label="Share"))
    assert not shared.ephemeral
    deferred_message, deferred_update = 5, 6
    first = [request.json["type"] for request in here.requests("POST", "/callback")]
    assert first == [deferred_message, deferred_update, deferred_message]
    assert len(here.requests("PATCH", "/messages/@original")) == 3
    await here.ada.send(here.channel, f"{here.me} slow")
    assert here.requests("POST", "/typing")
    assert here.channel.last_message
    assert "Slow, but there" in _texts(here.channel.last_message)


async def test_a_failing_command_is_answered_kindly(here: _Here) -> None:
    answer = _shown(await here.ada.slash(here.channel, "broken"))
    assert "Something went wrong on my side" in _texts(answer)
    assert "secret" not in _texts(answer)


@pytest.mark.parametrize(
    "custom_id", ["0:gone?x=1", "somebody_elses_button", "0:~offer:gone", "0:~gone:salary", ":", "0:"]
)
async def test_a_stale_or_foreign_button_gets_a_kind_private_sentence(here: _Here, custom_id: str) -> None:
    await here.ada.send(here.channel, f"{here.me} tip")
    public = here.channel.last_message
    assert public
    answer = _shown(await _click(here.grace, public, custom_id))
    assert answer.ephemeral
    assert "older version of me" in _texts(answer) or custom_id == "0:~gone:salary"


async def test_buttons_work_after_a_restart(here: _Here, gardener: Dispatcher) -> None:
    answer = _shown(await here.ada.slash(here.channel, "tip"))
    await here.env.restart_bot(_bot(gardener))
    assert _shown(await here.ada.click(answer, label="Another tip")).id == answer.id
    assert len(here.requests("PUT", "/commands")) == 1, "nothing changed, so nothing is registered again"


async def test_a_long_answer_goes_on_in_further_messages_up_to_what_discord_allows(here: _Here) -> None:
    result = await here.ada.slash(here.channel, "long", size="3")
    assert len(result.followups) == 2
    assert all(message.ephemeral for message in (_shown(result), *result.followups))
    assert [part["label"] for part in _parts(result.followups[-1]) if part["type"] == 2] == ["OK"]
    longest = await here.ada.slash(here.channel, "long", size="30")
    assert len(longest.followups) == 4
    assert [part["label"] for part in _parts(longest.followups[-1]) if part["type"] == 2] == ["OK"]


async def test_an_answer_that_discord_took_but_called_a_failure_is_not_given_twice(
    here: _Here, caplog: pytest.LogCaptureFixture
) -> None:
    here.env.inject_error("POST", "/interactions/*/callback", status=400, code=40060)
    await here.ada.slash(here.channel, "tip")
    assert len(here.requests("POST", "/callback")) == 1
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_an_answer_that_comes_too_late_is_logged_and_let_be(
    here: _Here, caplog: pytest.LogCaptureFixture
) -> None:
    here.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062)
    await here.ada.slash(here.channel, "long")
    assert "too late" in caplog.text
    assert len(here.requests("POST", "/callback")) == 1


async def test_an_answer_that_discord_refuses_is_replaced_by_an_apology(here: _Here) -> None:
    here.env.inject_error("POST", "/interactions/*/callback", status=400, code=50035)
    assert "Something went wrong on my side" in _texts(_shown(await here.ada.slash(here.channel, "tip")))


async def test_what_goes_on_after_an_answer_and_is_refused_takes_nothing_back(
    here: _Here, caplog: pytest.LogCaptureFixture
) -> None:
    here.env.inject_error("POST", "/webhooks/*", status=400, code=50035)
    result = await here.ada.slash(here.channel, "long")
    assert "## Long" in _texts(_shown(result))
    assert "Discord refused the answer to long" in caplog.text
    assert len(here.requests("POST", "/callback")) == 1


async def test_an_answer_whose_line_was_cut_is_given_once(here: _Here, monkeypatch: pytest.MonkeyPatch) -> None:
    real = FakeWebhookAdapter.request
    cuts = iter([True])

    async def cut(self: FakeWebhookAdapter, *given: Any, **named: Any) -> Any:
        done = await real(self, *given, **named)
        if next(cuts, False):
            raise aiohttp.ServerDisconnectedError
        return done

    monkeypatch.setattr(FakeWebhookAdapter, "request", cut)
    assert "Start a heap" in _texts(_shown(await here.ada.slash(here.channel, "tip")))
    assert len(here.channel.history(viewer=here.ada)) == 1
    assert len(here.requests("POST", "/callback")) == 2


async def test_a_chart_that_cannot_be_drawn_is_told_in_bars(here: _Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart, "picture", lambda _: 1 / 0)
    answer = _shown(await here.ada.slash(here.channel, "salary"))
    assert answer.attachments == []
    assert "█" in _texts(answer)


async def test_where_it_may_not_write_it_lets_be(here: _Here, caplog: pytest.LogCaptureFixture) -> None:
    here.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
    await here.ada.send(here.channel, f"{here.me} tip")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_commands_that_cannot_be_registered_do_not_stop_the_start(gardener: Dispatcher) -> None:
    bot = _bot(gardener)
    env = simcord.Env(bot)
    env.inject_error("PUT", "/applications/*/commands", status=500)
    await env.start()
    await env.shutdown()


# ── at length ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_thousand_answers_and_forms_leave_nothing_behind_in_the_client(
    here: _Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def glance(**options: Any) -> None:  # simcord looks 50 ms after each action whether the bot is done
        for _ in range(20):
            await asyncio.sleep(0)

    answer = _shown(await here.ada.slash(here.channel, "salary"))
    with monkeypatch.context() as quick:
        quick.setattr(here.env, "_settle_internal", glance)
        for _ in range(500):
            assert (await here.ada.slash(here.channel, "tip")).response
            assert (await here.ada.click(answer, label="Compare an offer")).modal
    store = here.env.bot._connection._view_store
    assert not store._views
    assert not store._modals
    assert not store._synced_message_views


def test_the_invitation_asks_for_no_more_than_is_used() -> None:
    url = invite_url(42)
    assert "client_id=42" in url
    assert "scope=bot+applications.commands" in url
    (asked,) = (int(part.removeprefix("permissions=")) for part in url.split("&") if part.startswith("permissions="))
    rights = discord.Permissions(asked)
    assert rights.send_messages
    assert not rights.mention_everyone
    assert not rights & discord.Permissions.elevated()


async def _click(
    person: simcord.MemberActor, message: simcord.ResponseMessage | discord.Message, custom_id: str
) -> simcord.InteractionResult:
    """Click a button of an older version of us: the message's first one, under another id."""
    channel = message.channel_id if isinstance(message, simcord.ResponseMessage) else message.channel.id
    stored: Any = person._env.backend.get_message(channel, message.id)
    button = next(part for part in walk_components(stored.components) if part["type"] == 2)
    button["custom_id"] = custom_id
    return await person.click(message, custom_id=custom_id)
