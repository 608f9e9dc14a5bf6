"""The weekly digest as conversations: who may set it up, what is shown, and what comes of it."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast
from zoneinfo import available_timezones

import pytest

from bot import app
from bot.core.catalog import Catalog
from bot.core.chat import Call, Person, Place, Reply, Request
from bot.core.dispatch import Dispatcher
from bot.delivery.outbox import Delivery, Outcome, State, Target
from bot.digests.port import Digests, Subscription
from bot.features import digest as under_test
from bot.storage import digests as stored
from bot.storage import outbox, rounds
from bot.storage.memory import MemoryStore
from tests.conftest import NOW, choices, told
from tests.life import answers


@dataclass
class Guild:
    """A platform's channels, as a test says."""

    troubles: dict[str, str] = field(default_factory=dict)

    async def name(self, platform: str, workspace: str, channel: str) -> str:
        return f"#{channel}"

    async def problem(self, platform: str, workspace: str, channel: str) -> str:
        return self.troubles.get(channel, "")


class Scene:
    """An admin, the members, and a clock."""

    def __init__(self, catalog: Catalog) -> None:
        self.store, self.guild, self.now = MemoryStore(), Guild(), NOW
        self.mind: Dispatcher = app.dispatcher(catalog, self.store, channels=self.guild)
        self.digests = stored.StoredDigests(self.store)

    async def say(
        self,
        what: str | Call,
        user: str = "ada",
        *,
        admin: bool = True,
        alone: bool = False,
        workspace: str = "w",
        channel: str = "careers",
    ) -> Reply:
        place = None if alone else Place("test", workspace, channel)
        person = Person("test", workspace, user, user.capitalize())
        return await self.mind.answer(Request(person, what, self.now, place, manages=admin))

    async def due(self) -> list[Delivery]:
        """What stands in the outbox once all that is due has been put there."""
        await self.digests.tick(self.now)
        claimed = await self.store.run(
            lambda tx: outbox.claim(tx, "me", self.now, self.now + timedelta(hours=1), ["test"], set(), 50)
        )
        return [one.delivery for one in claimed]

    async def end(self, delivery: Delivery, outcome: Outcome) -> None:
        mailbox = outbox.StoredOutbox(self.store, {stored.KIND: stored.after})
        assert await mailbox.mark(delivery, "me", outcome, self.now)

    async def composed(self, delivery: Delivery) -> Reply | None:
        return await under_test.compose_due(delivery, self.now, self.mind.world.catalog, self.port)

    @property
    def port(self) -> Digests:
        return cast("Digests", self.mind._needs[Digests])


@pytest.fixture
def scene(ai_engineer: Catalog) -> Scene:
    return Scene(ai_engineer)


POSTED = Outcome(State.DELIVERED, message="https://example.org/post")


async def test_an_admin_sets_it_up_and_sees_when_the_next_one_comes(scene: Scene) -> None:
    reply = await scene.say("digest subscribe wed 9:30 Budapest")
    assert reply.title == "Set up"
    for line in (
        "I post in #careers once a week.",
        "When: Wednesdays at 09:30 (Europe/Budapest)",
        "Next: Wednesday 25 November, 09:30 (Europe/Budapest), 08:30 UTC",
        "Set up by: Ada",
    ):
        assert line in told(reply)
    assert "Next: Wednesday 25 November" in told(await scene.say("digest", "grace", admin=False))


async def test_without_a_word_about_it_it_is_mondays_at_nine_but_never_without_a_zone(scene: Scene) -> None:
    asked = await scene.say("digest subscribe")
    assert asked.title == "One more thing"
    assert "in which zone" in told(asked)
    assert choices(asked)["Tell me"].fill == "zone"
    await scene.say("settings zone Berlin")
    assert "When: Mondays at 09:00 (Europe/Berlin)" in told(await scene.say("digest subscribe"))


async def test_only_admins_change_it_and_their_right_is_asked_each_time(scene: Scene) -> None:
    card = await scene.say("digest subscribe mon 9 UTC")
    for label, call in choices(card).items():
        if call.fill is None and dict(call.arguments).get("do") != "preview":
            refused = await scene.say(call, "grace", admin=False)
            assert refused.title == "For admins", label
    assert (await scene.say("digest unsubscribe", "grace", admin=False)).title == "For admins"
    assert (await scene.say("digest preview", "grace", admin=False)).title != "For admins"
    assert len(await scene.store.read(lambda tx: stored.of_workspace(tx, "test", "w"))) == 1


async def test_a_channel_that_cannot_be_posted_in_is_told_and_nothing_is_set_up(scene: Scene) -> None:
    scene.guild.troubles["careers"] = "I am not in that channel. Invite me there first."
    reply = await scene.say("digest subscribe mon 9 UTC")
    assert reply.title == "I can't post in #careers yet"
    assert "Invite me there first. Nothing was set up." in told(reply)
    scene.guild.troubles.clear()
    assert (await scene.say(choices(reply)["Try again"])).title == "Set up"


async def test_a_channels_id_and_the_longest_zone_are_not_too_much_for_any_button(scene: Scene) -> None:
    here, there = "1456074443980800033", "1456074443980800034"
    longest = max(available_timezones(), key=len)
    said = f"digest subscribe wednesday 23:30 {longest}"
    scene.guild.troubles |= {here: "I lack rights.", there: "I lack rights."}
    reply = await scene.say(said, channel=here)
    assert dict(choices(reply)["Try again"].arguments)["zone"] == longest
    far = await scene.say(f"{said} <#{there}>", channel=here)
    assert "I lack rights. Nothing was set up." in told(far)
    assert "zone" not in dict(choices(far)["Try again"].arguments)
    scene.guild.troubles.clear()
    assert f"({longest})" in told(await scene.say(f"{said} <#{there}>", channel=here))
    card = await scene.say("digest", channel=there)
    assert (await scene.say(choices(card)["End it"], channel=there)).title == "Ended"


async def test_whoever_is_a_moment_late_sees_what_another_admin_has_set_up(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.say("digest subscribe wed 9:30 Budapest")
    looks = [None]

    async def late(self: stored.StoredDigests, target: Target) -> Subscription | None:
        return looks.pop() if looks else await self._store.read(lambda tx: stored.of_target(tx, target))

    monkeypatch.setattr(stored.StoredDigests, "of_target", late)
    reply = await scene.say("digest subscribe mon 9 UTC", "joan")
    assert reply.title == "The digest of #careers"
    assert "When: Wednesdays at 09:30 (Europe/Budapest)" in told(reply)
    assert "Set up by: Ada" in told(reply)


async def test_another_channel_is_named_by_a_mention(scene: Scene) -> None:
    reply = await scene.say("digest subscribe <#news> fri 17:00 UTC")
    assert "I post in #news once a week." in told(reply)
    here = await scene.say("digest")
    assert here.title == "No digest in #careers yet"
    assert "#news: Fridays at 17:00 (UTC)" in told(here)


async def test_the_preview_is_the_very_next_one_and_says_why_it_would_not_be_sent(scene: Scene) -> None:
    await scene.say("digest subscribe wed 9:00 UTC")
    preview = await scene.say("digest preview")
    assert preview.private
    assert "This is what comes on Wednesday 25 November, 09:00 (UTC)." in told(preview)
    scene.now += timedelta(days=2)
    (delivery,) = await scene.due()
    posted = await scene.composed(delivery)
    assert posted
    assert not posted.private
    assert told(posted).splitlines()[1:8] == told(preview).splitlines()[2:9]
    scene.guild.troubles["careers"] = "I lack rights in that channel: send messages."
    assert "It would not be sent: I lack rights" in told(await scene.say("digest preview"))
    scene.guild.troubles.clear()
    await scene.say("digest pause")
    assert "It would not be sent: it is paused" in told(await scene.say("digest preview"))


async def test_it_comes_once_a_week_whatever_is_changed(scene: Scene) -> None:
    await scene.say("digest subscribe wed 9:00 UTC")
    scene.now += timedelta(days=2)
    (first,) = await scene.due()
    await scene.end(first, POSTED)
    assert await scene.due() == []
    await scene.say("digest edit fri")  # later in the same week
    scene.now += timedelta(days=2)
    assert await scene.due() == []
    assert "This week's is there already" in (await scene.say("digest now")).title
    scene.now += timedelta(days=7)
    (second,) = await scene.due()
    assert (first.about["week"], second.about["week"]) == ("2026-W48", "2026-W49")


async def test_now_posts_this_weeks_before_its_time(scene: Scene) -> None:
    await scene.say("digest subscribe sun 9:00 UTC")
    posted = await scene.say("digest now")
    assert posted.title == "On its way"
    assert "Next: Sunday 6 December" in told(posted)
    (delivery,) = await scene.due()
    await scene.end(delivery, POSTED)
    scene.now += timedelta(days=6)
    assert await scene.due() == []
    scene.now += timedelta(days=7)
    assert len(await scene.due()) == 1


async def test_what_could_not_be_posted_is_tried_again_when_an_admin_says_now(scene: Scene) -> None:
    await scene.say("digest subscribe mon 10:00 UTC")
    scene.now += timedelta(hours=1)
    (first,) = await scene.due()
    for _ in range(4):  # it is one failed week all the same
        await scene.end(first, Outcome(State.FAILED, "I am not in the channel"))
        scene.guild.troubles["careers"] = "I am not in that channel. Invite me there first."
        assert (await scene.say("digest now")).title == "I can't post in #careers yet"
        scene.guild.troubles.clear()
        assert (await scene.say("digest now")).title == "On its way"
        (again,) = await scene.due()
        assert again.id == first.id
        assert await scene.composed(again)
    await scene.end(again, POSTED)
    assert (await scene.say("digest now")).title == "This week's is there already"
    assert "Week of 23 Nov: posted." in told(await scene.say("digest"))


async def test_what_may_have_been_posted_is_not_posted_again(scene: Scene) -> None:
    await scene.say("digest subscribe mon 10:00 UTC")
    scene.now += timedelta(hours=1)
    (delivery,) = await scene.due()
    assert (await scene.say("digest now")).title == "This week's is there already"
    await scene.end(delivery, Outcome(State.UNKNOWN, "may not look"))
    assert (await scene.say("digest now")).title == "This week's is there already"
    assert await scene.due() == []


async def test_a_pause_ends_by_itself_or_when_somebody_resumes_it(scene: Scene) -> None:
    await scene.say("digest subscribe wed 9:00 UTC")
    paused = await scene.say("digest pause 2026-12-02")
    assert "paused up to 2026-12-02; then Wednesday 9 December" in told(paused)
    scene.now += timedelta(days=10)
    assert await scene.due() == []
    scene.now += timedelta(days=7)
    (delivery,) = await scene.due()
    await scene.end(delivery, POSTED)
    await scene.say("digest pause")
    scene.now += timedelta(days=70)
    assert await scene.due() == []
    assert "Next: Wednesday" in told(await scene.say("digest resume"))
    over = await scene.say("digest pause 2026-01-01")
    assert "2026-01-01 is over" in told(over)
    for far in ("999 weeks", "3026-01-01", "9999-12-30"):
        assert "is years away. Name a nearer day" in told(await scene.say(f"digest pause {far}"))


@pytest.mark.parametrize("until", ["", " 3 weeks"])
async def test_while_it_is_paused_nothing_is_posted_not_even_what_was_due_already(scene: Scene, until: str) -> None:
    await scene.say("digest subscribe mon 10:00 UTC")
    scene.now += timedelta(hours=1)
    (delivery,) = await scene.due()
    await scene.say(f"digest pause{until}")
    assert await scene.composed(delivery) is None
    reply = await scene.say("digest now")
    assert reply.title == "It is paused"
    assert await scene.due() == []
    await scene.say(choices(reply)["Resume"])
    assert await scene.composed(delivery)


async def test_when_the_last_day_of_a_pause_is_over_it_can_be_posted_at_once(scene: Scene) -> None:
    await scene.say("digest subscribe wed 9:00 UTC")
    await scene.say("digest pause 2026-11-23")
    scene.now += timedelta(days=1)
    assert (await scene.say("digest now")).title == "On its way"
    (delivery,) = await scene.due()
    assert await scene.composed(delivery)


async def test_status_tells_the_last_ones_with_what_became_of_them(scene: Scene) -> None:
    await scene.say("digest subscribe mon 8:00 UTC")
    for outcome in (POSTED, Outcome(State.FAILED, "the channel is archived"), Outcome(State.UNKNOWN, "may not look")):
        scene.now += timedelta(days=7)
        (delivery,) = await scene.due()
        await scene.end(delivery, outcome)
    said = told(await scene.say("digest"))
    assert "Week of 30 Nov: posted. See it" in said
    assert "Week of 07 Dec: failed: the channel is archived." in said
    assert "Week of 14 Dec: unknown: may not look." in said


async def test_after_three_failed_weeks_it_pauses_and_tells_who_set_it_up(scene: Scene) -> None:
    await scene.say("digest subscribe mon 8:00 UTC")
    for _ in range(3):
        scene.now += timedelta(days=7)
        (delivery,) = await scene.due()
        await scene.end(delivery, Outcome(State.FAILED, "the channel is archived"))
    assert "paused until somebody resumes it" in told(await scene.say("digest"))
    (word,) = await scene.due()
    assert word.target == Target("test", "w", user="ada")
    reply = await under_test.compose_paused(word, scene.guild)
    assert "I could not post in #careers for 3 weeks in a row: the channel is archived." in told(reply)
    assert (await scene.say("digest resume")).title == "Resumed"


async def test_whom_it_could_not_reach_it_does_not_tell_so(scene: Scene) -> None:
    await scene.say("digest me mon 8:00 UTC", alone=True)
    for _ in range(3):
        scene.now += timedelta(days=7)
        (delivery,) = await scene.due()
        await scene.end(delivery, Outcome(State.FAILED, "the person takes no direct messages from me"))
    assert await scene.due() == []
    assert "paused until somebody resumes it" in told(await scene.say("digest me", alone=True))


async def test_a_channel_that_was_named_elsewhere_stays_the_one_that_is_meant(scene: Scene) -> None:
    """An admin looks after it from their direct messages, where the platform knows the workspace."""
    await scene.say("digest subscribe mon 8:00 UTC")
    await scene.say("digest me fri 8:00 UTC")
    card = await scene.say("digest status <#careers>", alone=True)
    assert "When: Mondays" in told(await scene.say(choices(card)["Without the tip"], alone=True))
    assert (await scene.say(choices(card)["End it"], alone=True)).title == "Ended"
    assert (await scene.say("digest")).title == "No digest in #careers yet"
    assert "When: Fridays" in told(await scene.say("digest me"))


async def test_a_success_forgives_the_failures_before_it(scene: Scene) -> None:
    await scene.say("digest subscribe mon 8:00 UTC")
    for n in range(5):
        scene.now += timedelta(days=7)
        (delivery,) = await scene.due()
        await scene.end(delivery, POSTED if n == 2 else Outcome(State.FAILED, "forbidden"))
    assert "paused" not in told(await scene.say("digest")).split("The last ones")[0]


async def test_its_question_is_for_everybody_and_counts(scene: Scene) -> None:
    await scene.say("digest subscribe mon 8:00 UTC")
    scene.now += timedelta(days=7)
    (delivery,) = await scene.due()
    posted = await scene.composed(delivery)
    assert posted
    for user in ("ada", "grace"):
        for call in answers(posted).values():
            reply = await scene.say(call, user, admin=False)
            assert reply.private
            assert reply.title in {"Right", "Not this one"}
            assert "Day 1." in told(reply)
    await scene.end(delivery, POSTED)
    scene.now += timedelta(days=7)
    (following,) = await scene.due()
    said = told(await scene.composed(following) or Reply(""))
    assert "Last week's question: " in said
    assert "of 2 had it right" in said
    assert "Learned most last week: Ada 1 day and Grace 1 day." in said


async def test_anyone_may_have_one_for_themselves(scene: Scene) -> None:
    reply = await scene.say("digest me friday 17:00 Berlin", "grace", admin=False)
    assert reply.title == "Set up"
    assert "I write to you once a week." in told(reply)
    scene.now += timedelta(days=7)
    (delivery,) = await scene.due()
    assert delivery.target == Target("test", "w", user="grace")
    posted = await scene.composed(delivery)
    assert posted
    assert all(call.command == "quiz" and call.beside for call in answers(posted).values())
    assert "You asked for this" in posted.source
    assert (await scene.say("digest unsubscribe", "grace", admin=False, alone=True)).title == "Ended"


async def test_the_buttons_of_ones_own_leave_the_channels_alone(scene: Scene) -> None:
    await scene.say("digest subscribe mon 8:00 UTC")
    card = await scene.say("digest me friday 17:00 Berlin", "grace", admin=False)
    for label in ("Preview", "Without the tip", "Mondays", "Pause", "Post now"):
        assert (await scene.say(choices(card)[label], "grace", admin=False)).title != "For admins", label
    asked = await scene.say("digest me", "joan", admin=False)
    told_zone = replace(choices(asked)["Tell me"], fill=None)
    own = await scene.say(replace(told_zone, arguments=(*told_zone.arguments, ("zone", "Berlin"))), "joan", admin=False)
    assert "I write to you once a week." in told(own)
    for user in ("grace", "ada"):
        mine = await scene.say("digest me fri 17:00 UTC", user)
        assert (await scene.say(choices(mine)["End it"], user)).title == "Ended"
    assert "Next: Monday" in told(await scene.say("digest"))


async def test_what_is_pressed_on_ones_own_in_a_channel_leaves_the_channels_alone(scene: Scene) -> None:
    await scene.say("digest subscribe mon 8:00 UTC")
    own = await scene.say("digest me friday 17:00 UTC")
    paused = await scene.say(choices(own)["Pause"])
    assert "Fridays" in told(paused)
    assert (await scene.say(choices(own)["End it"])).title == "Ended"
    assert "Next: Monday" in told(await scene.say("digest"))


async def test_what_is_pressed_about_a_channel_in_private_is_about_that_channel(scene: Scene) -> None:
    await scene.say("digest subscribe mon 8:00 UTC")
    card = await scene.say("digest status <#careers>", alone=True)
    assert "paused" in told(await scene.say(choices(card)["Pause"], alone=True))
    assert "paused" in told(await scene.say("digest"))


async def test_a_digest_that_was_ended_is_set_up_again_as_it_was(scene: Scene) -> None:
    await scene.say("digest subscribe wed 9:30 Budapest")
    ended = await scene.say("digest unsubscribe")
    assert "When: Wednesdays at 09:30 (Europe/Budapest)" in told(await scene.say(choices(ended)["Set it up again"]))


async def test_a_button_that_has_no_room_for_the_zone_asks_for_it_again(scene: Scene) -> None:
    channel = "1" * 19  # as long as Discord's
    scene.guild.troubles[channel] = "I cannot see that channel."
    refused = await scene.say(f"digest subscribe <#{channel}> wed 9:30 Buenos_Aires")
    assert refused.title == f"I can't post in #{channel} yet"
    scene.guild.troubles.clear()
    assert "in which zone" in told(await scene.say(choices(refused)["Try again"]))


async def test_one_workspace_sees_and_changes_nothing_of_another(scene: Scene) -> None:
    await scene.say("digest subscribe mon 8:00 UTC")
    stranger = await scene.say("digest", "eve", workspace="other")
    assert stranger.title == "No digest in #careers yet"
    assert "#careers: Mondays" not in told(stranger)
    await scene.say("digest unsubscribe", "eve", workspace="other")
    assert "Next: Monday" in told(await scene.say("digest"))


async def test_what_is_ended_is_dropped_even_if_it_was_due(scene: Scene) -> None:
    await scene.say("digest subscribe mon 8:00 UTC")
    scene.now += timedelta(days=7)
    (delivery,) = await scene.due()
    assert (await scene.say("digest unsubscribe")).title == "Ended"
    assert await scene.composed(delivery) is None


async def test_a_section_is_left_out_and_taken_in_again(scene: Scene) -> None:
    card = await scene.say("digest subscribe mon 8:00 UTC")
    without = await scene.say(choices(card)["Without the question"])
    assert "Without: the question" in told(without)
    scene.now += timedelta(days=7)
    (delivery,) = await scene.due()
    posted = await scene.composed(delivery)
    assert posted
    assert answers(posted) == {}
    place = Place("test", "w", "careers")
    assert await scene.store.read(lambda tx: rounds.recent(tx, place)) == frozenset()  # nor is one open
    assert "Without:" not in told(await scene.say(choices(without)["With the question"]))
