"""Both sides of the demo have one mind and one clock."""

import re
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import async_playwright, expect

from bot import app
from bot.core.catalog import Catalog
from bot.core.chat import Call, Reply, Request, Text
from bot.core.dispatch import Dispatcher
from bot.core.errors import CareerbotError
from bot.demo import both, try_digest, try_slack
from bot.demo.clock import DemoClock
from bot.demo.side import discord_side
from bot.demo.try_both import code_in
from bot.demo.try_slack import Unexpected
from bot.platforms.profiles import Directory
from bot.platforms.slack.render import moment
from tests.conftest import NOW

from .test_local_slack_page import FLAGS

_DISCORD = [sys.executable, "-m", "bot", "demo-discord", str(Path(__file__).parents[1] / "packs" / "gardener")]


class Overheard(Dispatcher):
    """Remembers what it was asked; cannot say anything to `deaf_to`."""

    def __init__(self, mind: Dispatcher, deaf_to: Call | None = None) -> None:
        super().__init__(mind.registry, mind.world, mind._needs)
        self.heard: list[Request] = []
        self._deaf_to = deaf_to

    async def answer(self, request: Request, *, counted: bool = False) -> Reply:
        self.heard.append(request)
        if request.said == self._deaf_to:
            raise ZeroDivisionError
        return await super().answer(request, counted=counted)


def cast(mind: Dispatcher, clock: DemoClock, due: Sequence[datetime] = ()) -> both.Cast:
    """With nothing said unasked. due: when the digests that are set up are."""

    async def next_digest() -> datetime | None:
        return min(due, default=None)

    return both.Cast(mind, Directory(), clock, lambda _: nullcontext(), next_digest, _DISCORD)


async def test_what_is_learned_on_discord_is_known_here_by_the_clock_that_is_here(gardener: Dispatcher) -> None:
    mind, clock = Overheard(gardener), DemoClock(lambda: NOW)
    async with discord_side(_DISCORD, mind, clock) as there:
        await there.try_out("a question")
        assert mind.heard[-1].at == NOW
        assert await both.next_day(clock).press() == "It is now Tuesday 24 November, on both sides."
        await there.try_out("a question")
        asked = Request(mind.heard[-1].person, "streak", clock())
        assert asked.at == mind.heard[-1].at == NOW + timedelta(days=1)
        assert (await mind.answer(asked)).title == "Your streak: 2 days"
        assert "Your streak: 2 days" in (await there.try_out("the streak")).said


async def test_a_visitor_moves_both_clocks_from_the_top_of_slack(gardener: Dispatcher) -> None:
    clock = DemoClock(lambda: NOW)
    async with both.running(cast(gardener, clock), 0) as start, aiohttp.ClientSession() as session:
        async with session.get(start) as response:
            slack, token = re.findall(r'href="(http://[^"]+/)#([^"]+)"', await response.text())[0]
        session.headers["X-Page-Token"] = token
        async with session.get(f"{slack}page/state") as response:
            state = await response.json()
        assert state["buttons"] == ["Next day", "Skip to the next digest"]
        async with session.post(f"{slack}page/do", json={"do": "button", "as": state["me"], "number": 0}) as response:
            assert (await response.json())["note"] == "It is now Tuesday 24 November, on both sides."
        async with session.get(f"{slack}page/state") as response:
            assert (await response.json())["now"] == clock().timestamp() == state["now"] + 86_400


async def test_who_skips_to_a_digest_that_nobody_has_set_up_is_told_how_to(gardener: Dispatcher) -> None:
    clock = DemoClock(lambda: NOW)
    said = await both.next_digest(cast(gardener, clock)).press()
    assert said == "Nobody gets a digest yet. Ada, an admin, sets one up: /career digest subscribe"
    assert clock() == NOW


async def test_who_skips_to_the_next_digest_is_there_when_it_is_due(gardener: Dispatcher) -> None:
    clock = DemoClock(lambda: NOW)
    skip = both.next_digest(cast(gardener, clock, [NOW + timedelta(days=9), NOW + timedelta(days=2, hours=3)]))
    said = "It is now Wednesday 25 November, 12:00 UTC, on both sides. A digest is due."
    assert await skip.press() == said
    assert clock() == NOW + timedelta(days=2, hours=3)
    assert await skip.press() == said, "and it waits there until it was looked at"
    clock.skip(timedelta(hours=1))
    await skip.press()
    assert clock() == NOW + timedelta(days=2, hours=4), "and never goes back"


async def test_what_is_said_unasked_appears_on_the_open_discord_page(chromium: str, gardener: Dispatcher) -> None:
    mind = Overheard(gardener)
    async with discord_side(_DISCORD, mind, lambda: NOW) as there, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await browser.new_page()
        await page.goto(there.url)
        await expect(page.get_by_role("log")).to_contain_text("@careerbot")
        place = mind.heard[0].place
        assert place is not None
        assert await there.post(place, Reply("This week", (Text("News"),), private=False), "news-1")
        await expect(page.get_by_role("log")).to_contain_text("This week")
        await browser.close()


async def test_a_step_that_fails_is_named_and_so_is_the_side(mind: Dispatcher) -> None:
    told: list[str] = []
    broken = Overheard(mind, deaf_to=Call.of("tip"))
    assert await both.self_test(cast(broken, DemoClock(lambda: NOW)), told.append) == 1
    assert told[-2:] == ["\n── Discord ──", "FAILED: Ada types /tip: no answer came"]


async def test_a_first_question_that_takes_long_is_waited_for(mind: Dispatcher) -> None:
    class Slow(Overheard):
        async def answer(self, request: Request, *, counted: bool = False) -> Reply:
            if request.said == "startup or big company?":
                assert await here.until(lambda: here.seen_by(here.grace, here.careers)[-1].text == moment().text)
            return await super().answer(request, counted=counted)

    async with both.slack(Slow(mind), Directory(), DemoClock(lambda: NOW)) as (here, _):
        told = [line async for line in try_slack.conversation(here)]
    assert any("Grace asks in the open" in line and "Startup or big tech" in line for line in told)


async def test_a_digest_that_does_not_come_is_named(ai_engineer: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(try_digest, "DIGEST_COMES", 0.1)
    people, clock = Directory(), DemoClock(lambda: NOW)
    silent = replace(cast(app.dispatcher(ai_engineer, people=people, channels=people), clock), people=people)
    buttons = both.next_day(clock), both.next_digest(silent)
    async with both.sides(silent) as sides:
        with pytest.raises(Unexpected, match=r"^The digest is due on Slack: it comes once; but there are 0$"):
            async for _ in try_digest.conversation(sides.slack, sides.discord, clock, *buttons):
                pass


async def test_a_discord_that_does_not_come_up_is_said(gardener: Dispatcher) -> None:
    with pytest.raises(CareerbotError, match="Discord side did not start"):
        async with discord_side([sys.executable, "-c", ""], gardener, lambda: NOW):
            pass


def test_the_clock_goes_on_and_never_back() -> None:
    now = NOW
    clock = DemoClock(lambda: now)
    assert clock.skip(timedelta(hours=5)) == clock() == NOW + timedelta(hours=5)
    now += timedelta(minutes=1)
    assert clock() == NOW + timedelta(hours=5, minutes=1)
    with pytest.raises(ValueError, match="does not go back"):
        clock.skip(timedelta(hours=-1))


def test_the_code_is_found_in_what_link_says() -> None:
    assert code_in("Your code: `7KQ4-M2XD`. Tell me `link 7KQ4-M2XD` from your other account.") == "7KQ4-M2XD"
    with pytest.raises(Unexpected, match="no code came: Not in front of everyone"):
        code_in("Not in front of everyone")
