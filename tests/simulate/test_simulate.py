"""The simulation keeps count, agrees with what can be computed by hand, and SCALING.md says what it says."""

import json
from dataclasses import replace

import pytest

from bot.platforms.discord import limits
from tests.simulate import __main__ as simulation
from tests.simulate import town
from tests.simulate.peak import Ground, simulate
from tests.simulate.sharing import share

GROUND = Ground(1.0, put_in=1000, posts=500, discord=50, processes=1, in_flight=256, answer=0.3, apart=True)


@pytest.mark.parametrize("habit", town.HABITS, ids=lambda habit: habit.name)
@pytest.mark.parametrize("many", [1, 999, 100_000])
def test_nobody_is_lost_on_the_way_to_a_slot(habit: town.Habit, many: int) -> None:
    assert sum(town.due(habit, many).values()) == many


def test_slots_are_where_the_clocks_on_the_walls_say() -> None:
    seconds = sorted(town.due(town.IN_ZONES, 1_000_000))
    assert len(seconds) == len(town.ZONES) - 1  # Berlin and Lagos are in step in winter
    assert seconds[-1] - seconds[0] == (8 + 11) * 3600  # from 09:00 in Sydney, at UTC+11, to Los Angeles, at UTC-8


def test_a_queue_behind_a_token_takes_as_long_as_division_says() -> None:
    seen = simulate(100_000, town.AT_ONCE, GROUND)["Discord"]
    assert (seen.due, seen.peak, seen.missed, seen.binds) == (100_000, 100_000, 0, "the token")
    assert seen.longest == pytest.approx(100_000 / 50, abs=2)
    assert seen.on_time == pytest.approx(50 * 301, rel=0.01)


def test_what_waits_longer_than_its_grace_is_missed() -> None:
    seen = simulate(100_000, town.AT_ONCE, replace(GROUND, grace=1000))["Discord"]
    assert seen.missed == pytest.approx(50_000, rel=0.01)
    assert seen.longest == 1000


def test_in_shared_processes_slack_waits_for_no_limit_of_discord_s() -> None:
    seen = simulate(100_000, town.AT_ONCE, replace(GROUND, discord_share=0.5, put_in=10_000, apart=False))
    assert seen["Discord"].longest == pytest.approx(50_000 / 50, abs=2)
    assert seen["Slack"].longest == pytest.approx(50_000 / (500 - 50), abs=6)  # putting in takes ten seconds, too
    assert seen["Slack"].binds == "nothing"


def test_one_process_with_a_token_is_never_refused_and_several_are() -> None:
    alone, four = (share(many, 256, seconds=10) for many in (1, 4))
    assert alone.refused == 0
    assert 0.95 * limits.REQUESTS.calls < alone.posts <= limits.REQUESTS.calls
    assert four.posts <= limits.REQUESTS.calls
    assert four.refused > 0


def test_scaling_md_says_what_is_simulated(capsys: pytest.CaptureFixture[str]) -> None:
    text = simulation.SCALING.read_text("utf-8")
    assert simulation.written(text, simulation.markdown(simulation.report(simulation.usual()))) == text, (
        "run: python -m tests.simulate --write"
    )
    assert f"/ {simulation.PUT_IN:,.0f} a second" in text
    assert f"/ {simulation.POSTS:,.0f} a second" in text
    simulation.main(["--json", "--communities", "1000"])
    told = json.loads(capsys.readouterr().out)
    assert {row["platform"] for row in told["rows"]} == {"Discord", "Slack"}
