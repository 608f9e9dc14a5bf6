"""A question for a whole channel, as a conversation of several."""

from datetime import timedelta
from typing import cast

import pytest

from bot.core.chat import Call, Reply
from bot.core.dispatch import Dispatcher
from bot.delivery.outbox import Delivery, Target
from bot.features import round as under_test
from bot.learning.rounds import Rounds
from tests.conftest import choices, told
from tests.life import Life, answers


@pytest.fixture
def life(mind: Dispatcher) -> Life:
    return Life(mind)


async def results(life: Life, asked: Reply) -> Reply | None:
    """What is posted at the end."""
    name = dict(next(iter(answers(asked).values())).arguments)["asked"]
    delivery = Delivery("id", "round", Target("test", "w", "c"), {"asked": name}, life.now, life.now)
    return await under_test.compose(delivery, life.mind.world.catalog, cast("Rounds", life.mind._needs[Rounds]))


async def test_everybody_answers_once_and_sees_only_their_own_answer(life: Life) -> None:
    asked = await life.say("round python")
    question = life.question(asked)
    assert not asked.private
    assert set(answers(asked)) == {question.right, *question.wrong}
    for user, right in (("ada", True), ("grace", False)):
        reply = await life.say(life.button(asked, right=right), user)
        assert reply.private
        assert reply.title == ("Right" if right else "Not this one")
        assert "Day 1. Kept for today." in told(reply)
    again = await life.say(life.button(asked, right=True), "grace")
    assert again.title == "Not this one"
    assert "nothing new was counted" in told(again)


async def test_how_it_stands_gives_nothing_away_before_one_has_answered(life: Life) -> None:
    asked = await life.say("round")
    question = life.question(asked)
    await life.say(life.button(asked), "ada")
    standing = choices(asked)["How does it stand?"]
    seen = await life.say(standing, "grace")
    assert "1 answer. Answer it yourself" in told(seen)
    assert question.right not in told(seen)
    assert question.right in told(await life.say(standing, "ada"))


async def test_the_results_are_for_all_at_the_end(life: Life) -> None:
    asked = await life.say("round 5m")
    question = life.question(asked)
    for user, right in (("ada", True), ("grace", False), ("joan", True)):
        life.wait(seconds=10)
        await life.say(life.button(asked, right=right), user)
    life.wait(minutes=5)
    reply = await results(life, asked)
    assert reply
    assert reply.title == "The round is over"
    assert f"2 · {question.right}" in told(reply)
    assert "1 · " in told(reply)


async def test_an_answer_after_the_end_counts_nothing_and_shows_the_results(life: Life) -> None:
    asked = await life.say("round 5m")
    await life.say(life.button(asked), "ada")
    life.wait(minutes=5)
    late = await life.say(life.button(asked, right=False), "grace")
    assert late.title == "That round is over"
    assert "0 days" in (await life.say("streak", "grace")).title


async def test_a_round_that_nobody_answered_ends_in_silence(life: Life) -> None:
    asked = await life.say("round 5m")
    life.wait(minutes=5)
    assert await results(life, asked) is None


async def test_one_round_at_a_time_in_a_channel(life: Life) -> None:
    first = await life.say("round 5m")
    second = await life.say("round", "grace")
    assert second.private
    assert "One at a time" in told(second)
    assert "Answer it yourself" in told(await life.say(choices(second)["How does it stand?"], "grace"))
    life.wait(minutes=5)
    third = await life.say("round")
    assert life.question(third) != life.question(first)


async def test_a_round_of_another_workspace_is_not_to_be_had(life: Life) -> None:
    asked = await life.say("round")
    await life.say(life.button(asked), "ada")
    stranger = Life(life.mind, life.now, workspace="other")
    for call in choices(asked).values():
        assert (await stranger.say(call, "eve")).title == "That round is gone"


async def test_alone_there_is_no_round(life: Life) -> None:
    reply = await Life(life.mind, life.now, alone=True).say("round")
    assert reply.title == "A round is for a channel"
    assert choices(reply)["A question of my own"] == Call("quiz")


async def test_who_is_on_no_leaderboard_is_not_named_and_the_first_ten_are(life: Life) -> None:
    asked = await life.say("round 1h")
    for n in range(12):
        life.wait(seconds=1)
        await Life(life.mind, life.now, named=True).say(life.button(asked), f"user{n:02}")
    reply = await results(life, asked)
    assert reply
    assert "Right: user00, user01" in told(reply)
    assert "user09 and 2 more." in told(reply)


@pytest.mark.parametrize("arguments", [{"asked": "nonsense"}, {"asked": "t3c4s0-0000", "pick": "9"}])
async def test_an_old_button_gets_a_kind_sentence(life: Life, arguments: dict[str, str]) -> None:
    assert (await life.say(Call.of("round", **arguments))).title == "That round is gone"


async def test_a_closed_round_stays_to_be_seen(life: Life) -> None:
    asked = await life.say("round 5m")
    await life.say(life.button(asked), "ada")
    life.now += timedelta(days=3)
    assert (await life.say(choices(asked)["How does it stand?"], "grace")).title == "That round is over"
