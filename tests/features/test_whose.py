"""Whose is it? What belongs to one workspace, channel or person is neither shown nor changed from another.

The calls are made by hand, as no button of ours would make them: what a button carries proves nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot import app
from bot.core.catalog import Catalog
from bot.core.chat import Call, Person, Place, Reply, Request
from bot.storage import rounds
from bot.storage.memory import MemoryStore
from bot.storage.tables import metadata
from tests.conftest import NOW, choices, told
from tests.life import answers

#: What only those who were meant may read: a person's name, a channel's, the day of a digest, a reason.
SECRETS = ("Ada", "founders", "Wednesday", "the bot was down")


class Channels:
    """Each workspace knows its own channels."""

    async def name(self, platform: str, workspace: str, channel: str) -> str:
        return {("T1", "C1"): "#founders", ("T1", "C2"): "#general"}.get((workspace, channel), "")

    async def problem(self, platform: str, workspace: str, channel: str) -> str:
        return "" if await self.name(platform, workspace, channel) else "I cannot see that channel."


@dataclass
class Town:
    """Two workspaces. In the first, in #founders, there are a digest and a round, and Ada has learned."""

    catalog: Catalog
    asked: str = ""
    pick: str = ""

    def __post_init__(self) -> None:
        self.store = MemoryStore()
        self.mind = app.dispatcher(self.catalog, self.store, channels=Channels())

    async def say(
        self,
        what: str | Call,
        user: str = "U1",
        *,
        team: str = "T1",
        channel: str = "C1",
        manages: bool = False,
        at: timedelta = timedelta(),
        mute: bool = False,
    ) -> Reply:
        name = {"U1": "Ada"}.get(user, "") if team == "T1" else ""
        place = Place("slack", team, channel) if channel else None
        person = Person("slack", team, user, name)
        return await self.mind.answer(Request(person, what, NOW + at, place, manages=manages, mute=mute))

    async def live(self) -> "Town":
        """Ada learns for a day, breaks her streak, is mended with a reason, and answers a round."""
        asked = await self.say("quiz", at=timedelta(days=-4))
        await self.say(next(iter(answers(asked).values())), at=timedelta(days=-4))
        await self.say("mend <@U1> the bot was down", "U9", manages=True, at=timedelta(days=-1))
        await self.say("digest subscribe wed 9:30 Budapest", "U9", manages=True)
        asked = await self.say("round 1d")
        button = dict(next(iter(answers(asked).values())).arguments)
        self.asked, self.pick = button["asked"], button["pick"]
        assert (await self.say(next(iter(answers(asked).values())))).title in {"Right", "Not this one"}
        return self

    def call(self, command: str, **arguments: str) -> Call:
        """With the round's own name where a test writes ASKED."""
        return Call.of(command, **{name: value.replace("ASKED", self.asked) for name, value in arguments.items()})

    async def rows(self) -> Mapping[str, list[Any]]:
        def every(tx: Connection) -> dict[str, list[Any]]:
            return {table.name: sorted(map(repr, tx.execute(select(table)))) for table in metadata.sorted_tables}

        return await self.store.read(every)


@pytest.fixture
async def town(ai_engineer: Catalog) -> Town:
    return await Town(ai_engineer).live()


# ── from another workspace ────────────────────────────────────────────────────────────────────────────────────────────

DO = ("status", "preview", "pause", "resume", "now", "edit", "unsubscribe")
ABROAD: list[tuple[str, dict[str, str]]] = [
    *(("digest", {"do": do, "channel": "<#C1>"}) for do in DO),
    *(("digest", {"do": do, "channel": "C1"}) for do in DO),
    ("digest", {"do": "subscribe", "channel": "<#C1>", "zone": "Berlin"}),
    ("digest", {"do": "edit", "channel": "<#C1|founders>", "day": "friday"}),
    ("digest", {}),
    ("mend", {"person": "<@U1>", "reason": "out of spite"}),
    ("mend", {"person": "U1", "reason": "out of spite"}),
    ("round", {"asked": "ASKED"}),
    ("round", {"asked": "ASKED", "pick": "0"}),
    ("round", {"asked": "ASKED", "pick": "3", "q": "x"}),
    ("leaderboard", {"period": "all"}),
    ("streak", {}),
    ("streak", {"show": "why"}),
    ("quiz", {"what": "missed"}),
    ("quiz", {"what": "export"}),
    ("privacy", {}),
    ("privacy", {"do": "export"}),
    ("privacy", {"do": "delete", "sure": "yes"}),
    ("settings", {}),
    ("remind", {}),
]


async def test_ids_of_one_workspace_open_nothing_in_another_even_for_its_admin(town: Town) -> None:
    """U1 of the other workspace is somebody else than Ada, whose id is the same; so is the channel C1."""
    before = await town.rows()
    failed, home = [], ""
    for command, arguments in ABROAD:
        call = town.call(command, **arguments)
        reply = await town.say(call, "U1", team="T2", manages=True)
        told_all = any(secret in told(reply) for secret in SECRETS)
        if told_all or reply.title == "Something went wrong on my side" or await town.rows() != before:
            failed.append((command, arguments, told(reply)))
    assert failed == []
    for command, arguments in ABROAD:  # the same at home: that the secrets are there to be told
        if command in {"digest", "leaderboard", "streak"}:
            home += told(await town.say(town.call(command, **arguments), manages=True))
    assert [secret for secret in SECRETS if secret not in home] == []


async def test_an_answer_given_elsewhere_under_a_rounds_name_is_not_in_its_count(town: Town) -> None:
    def tally(tx: Connection) -> tuple[int, ...]:
        found = rounds.tally(tx, town.asked, Person("slack", "T1", ""))
        assert found
        return found.counts

    before = await town.store.read(tally)
    question = town.catalog.bank[0].id
    for user in ("U1", "U2"):
        reply = await town.say(town.call("quiz", q=question, asked="ASKED", pick="0"), user, team="T2")
        assert reply.title in {"Right", "Not this one"}
    assert sum(before) == 1
    assert await town.store.read(tally) == before


# ── from another channel, and by those who only look after themselves ─────────────────────────────────────────────────


@pytest.mark.parametrize("channel", ["C2", ""], ids=["another channel", "a direct message"])
async def test_what_stands_in_a_channel_is_shown_elsewhere_only_to_those_who_look_after_the_workspace(
    town: Town, channel: str
) -> None:
    before = await town.rows()
    calls = [Call.of("digest", do=do, channel="<#C1>") for do in (*DO, "subscribe")]
    assert [(await town.say(call, "U2", channel=channel)).title for call in calls] == ["For admins"] * len(calls)
    assert await town.rows() == before
    assert "Wednesdays at 09:30" in told(await town.say(calls[0], "U9", channel=channel, manages=True))


async def test_which_channels_have_a_digest_is_for_those_who_look_after_the_workspace(town: Town) -> None:
    assert "founders" not in told(await town.say("digest", "U2", channel="C2"))
    assert "#founders: Wednesdays" in told(await town.say("digest", "U9", channel="C2", manages=True))


async def test_a_round_is_answered_and_looked_at_only_in_its_channel(town: Town) -> None:
    before = await town.rows()
    for channel in ("C2", ""):
        for call in (town.call("round", asked="ASKED"), town.call("round", asked="ASKED", pick="1")):
            assert (await town.say(call, "U2", channel=channel)).title == "That round is gone"
    assert await town.rows() == before
    assert (await town.say(town.call("round", asked="ASKED"), "U2")).title == "So far"


async def test_a_button_acts_for_whoever_presses_it(town: Town) -> None:
    """Ada's own buttons, pressed by somebody else: their streak, their settings, their reminders, not hers."""
    hers = {name: rows for name, rows in (await town.rows()).items() if name in {"ledger", "answers", "preferences"}}
    for call in (
        Call.of("privacy", do="delete", sure="yes"),
        Call.of("streak", mend="repair"),
        Call.of("digest", do="unsubscribe", own="yes"),
        Call.of("remind", hours="off"),
        Call.of("leaderboard", me="hide"),
    ):
        await town.say(call, "U2")
    now = await town.rows()
    assert {name: now[name] for name in hers} == hers
    assert "Ada" in told(await town.say("leaderboard all", "U2"))


# ── who may not write there ───────────────────────────────────────────────────────────────────────────────────────────


async def test_who_may_not_write_in_a_channel_has_nothing_written_there(town: Town) -> None:
    before = await town.rows()
    for call in (Call.of("salary", level="senior"), Call("trends")):
        assert "Share" in choices(await town.say(call, "U2", channel="C2"))
        assert "Share" not in choices(await town.say(call, "U2", channel="C2", mute=True))
    for what in ("round", Call("trends", public=True)):
        reply = await town.say(what, "U2", channel="C2", mute=True)
        assert reply.private
        assert "You may not write in this channel" in told(reply)
    assert await town.rows() == before
