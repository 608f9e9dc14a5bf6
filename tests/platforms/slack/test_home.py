"""App Home: what stands there, what a press there does, and who is greeted."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.core.chat import Person, Request
from bot.core.errors import StorageUnavailable
from bot.core.ports import Greetings
from bot.demo.slack import LocalSlack, Message, Outcome, Refused, View, text_of
from bot.demo.slack.interactions import Payloads
from bot.demo.slack.records import elements_of
from bot.learning.port import Learning
from bot.platforms.slack import onboarding
from tests.platforms.slack import conftest
from tests.platforms.slack.conftest import NOW, Gate, connected, mind, once


def labels(shown: View | Message) -> dict[str, str]:
    """What can be pressed or picked: label -> action_id."""
    every = [each for block in shown.blocks for each in elements_of(block)]
    return {(each.get("text") or each["placeholder"])["text"]: each["action_id"] for each in every}


async def visit(slack: LocalSlack, person: str = "") -> View:
    """Open App Home, and what is there once it was published."""
    who = person or slack.ada
    before = len(slack.calls_of("views.publish"))
    assert (await slack.open_home(who)).error == ""
    assert await slack.until(lambda: len(slack.calls_of("views.publish")) > before)
    await slack.quiet(0.02)
    return slack.workspace.homes[who]


async def known(slack: LocalSlack) -> View:
    """Ada's Home, on her second visit."""
    await visit(slack)
    return await visit(slack)


async def press(slack: LocalSlack, view: View, label: str, until: str) -> Outcome:
    """Press a button of Ada's, and wait until a view or her Home says something."""
    outcome = await slack.click(slack.ada, view, labels(view)[label])
    assert outcome.error == ""
    assert await slack.until(lambda: until in shown(slack)), shown(slack)
    return outcome


def shown(slack: LocalSlack) -> str:
    """What Ada has before her eyes: the modal on top, else her Home."""
    view = slack.workspace.top_view(slack.ada) or slack.workspace.homes.get(slack.ada)
    return text_of(view) if view else ""


def modal(slack: LocalSlack) -> View:
    view = slack.workspace.top_view(slack.ada)
    assert view
    return view


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_the_first_visit_greets_and_every_visit_shows_the_page(slack: LocalSlack) -> None:
    first = text_of(await visit(slack))
    assert "I am careerbot." in first
    assert "digest subscribe" in first  # Ada is an admin
    assert "Your streak: 0 days" in first
    again = text_of(await visit(slack))
    assert "I am careerbot." not in again
    assert "Today's question." in again
    assert "Open until 00:00 on Tuesday 24 November (Europe/London)" in again
    assert "digest subscribe" not in text_of(await visit(slack, slack.grace))


async def test_the_question_is_answered_on_the_page_which_shows_what_came_of_it(slack: LocalSlack) -> None:
    home = await known(slack)
    await press(slack, home, "€11,000 to €14,000", "Kept for today.")
    after = slack.workspace.homes[slack.ada]
    assert text_of(after).startswith("Right")
    assert "Your streak: 1 day" in text_of(after)
    assert len({*labels(after).values()}) == len(labels(after))
    await press(slack, after, "Close", "Your streak: 1 day")
    assert await slack.until(lambda: shown(slack).startswith("Your streak: 1 day"))
    assert not slack.calls_of("chat.postMessage")


@once
async def test_what_leads_away_opens_over_it_and_the_page_is_fresh_afterwards(slack: LocalSlack) -> None:
    home = await known(slack)
    await press(slack, home, "Zone…", "Name a large city near you")
    await press(slack, modal(slack), "Change it", "A large city near you")
    wrong = await slack.submit(slack.ada, modal(slack), {"value": "nowhere"})
    assert wrong.error == ""
    assert await slack.until(lambda: "Not quite" in shown(slack))
    await press(slack, modal(slack), "Try again", "A large city near you")
    await slack.submit(slack.ada, modal(slack), {"value": "Tokyo"})
    assert await slack.until(lambda: "Changed" in shown(slack))
    assert "Europe/London" in text_of(slack.workspace.homes[slack.ada])
    await slack.close_view(slack.ada, modal(slack))
    assert await slack.until(lambda: "Zone: \nAsia/Tokyo" in text_of(slack.workspace.homes[slack.ada]))
    assert not slack.calls_of("response_url")


@once
async def test_the_same_line_of_a_menu_can_be_picked_again(slack: LocalSlack) -> None:
    home = await known(slack)
    for _ in range(2):
        await slack.select(slack.ada, home, labels(home)["Remind me…"], "3 hours")
        assert await slack.until(lambda: "I will remind you" in shown(slack))
        before = home.hash
        await slack.close_view(slack.ada, modal(slack))
        assert await slack.until(lambda old=before: slack.workspace.homes[slack.ada].hash != old)  # type: ignore[misc]
        home = slack.workspace.homes[slack.ada]
        assert not any("selected_option" in value for each in home.state.values() for value in each.values())


@once
async def test_an_answer_wins_over_a_page_that_has_changed_and_a_visit_does_not(slack: LocalSlack) -> None:
    home = await known(slack)
    payloads, ada = Payloads(slack._core, slack.workspace), slack.workspace.ada
    stale = payloads.view_action(ada, home, {})["view"]
    button = next(
        e for b in home.blocks for e in elements_of(b) if e["action_id"] == labels(home)["€11,000 to €14,000"]
    )
    press = payloads.view_action(ada, home, {**button, "type": "button"})
    slack.workspace.set_view(home, home.body)
    await slack._core.deliver("interactive", press)
    assert await slack.until(lambda: shown(slack).startswith("Right"))
    assert [call.arguments.get("hash") for call in slack.calls_of("views.publish")][-2:] == [stale["hash"], None]
    event = {"type": "app_home_opened", "user": ada.id, "tab": "home", "event_ts": "1.1", "view": stale}
    await slack._core.deliver("events_api", payloads.event(event), answerable=False)
    assert await slack.until(lambda: len(slack.calls_of("views.publish")) == 5)
    await slack.quiet(0.05)
    assert shown(slack).startswith("Right")


@once
async def test_a_press_is_the_presser_s_whoever_the_page_was_made_for(slack: LocalSlack) -> None:
    home = await known(slack)
    grace = slack.workspace.users[slack.grace]
    button = next(e for b in home.blocks for e in elements_of(b) if e["action_id"] == labels(home)["At least €14,000"])
    payload = Payloads(slack._core, slack.workspace).view_action(grace, home, {**button, "type": "button"})
    await slack._core.deliver("interactive", payload)
    assert await slack.until(lambda: slack.grace in slack.workspace.homes)
    assert "Your streak: 1 day" in text_of(slack.workspace.homes[slack.grace])
    assert "Your streak: 0 days" in text_of(await visit(slack))


async def pressed(slack: LocalSlack, token: str) -> None:
    """As if a button with this call stood on Ada's Home."""
    button = {"type": "button", "action_id": "call:0", "block_id": "b", "value": token, "action_ts": "1.2"}
    payload = Payloads(slack._core, slack.workspace).view_action(slack.workspace.ada, await known(slack), button)
    await slack._core.deliver("interactive", payload)


@once
async def test_a_look_that_takes_a_while_opens_at_once_and_is_filled_later(slack: LocalSlack) -> None:
    await pressed(slack, "+slow")
    assert await slack.until(lambda: "One moment…" in shown(slack))
    Gate.opened.set()
    assert await slack.until(lambda: "At last" in shown(slack))
    assert slack.calls_of("views.update")[-1].arguments["hash"]


@once
async def test_a_form_that_slack_did_not_let_us_open_in_time_is_explained_on_the_page(slack: LocalSlack) -> None:
    slack.fail("views.open", Refused("expired_trigger_id"))
    await pressed(slack, "~value:settings?what=zone")
    assert await slack.until(lambda: shown(slack).startswith("That took too long"))
    assert "Your streak" in shown(slack)


async def test_while_the_database_is_gone_the_page_says_so_and_looks_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    forgetful = mind()
    forgetful._needs |= {Learning: Gone(), Greetings: Gone()}
    monkeypatch.setattr(conftest, "mind", lambda _: forgetful)
    async with LocalSlack(should_escape=True) as slack, connected("socket", slack):
        assert "I can't remember anything just now" in text_of(await visit(slack))
        await pressed(slack, "+skills")
        assert await slack.until(lambda: "What a gardener learns" in shown(slack))


class Gone:
    """A port whose database cannot be reached."""

    def __getattr__(self, name: str) -> Callable[..., Awaitable[None]]:
        async def gone(*_: object) -> None:
            raise StorageUnavailable

        return gone


@once
async def test_an_event_told_twice_is_one_visit(slack: LocalSlack) -> None:
    event = {"type": "app_home_opened", "user": slack.ada, "tab": "home", "event_ts": "1.1", "channel": "D1"}
    payload = Payloads(slack._core, slack.workspace).event(event)
    for _ in range(2):
        assert not (await slack._core.deliver("events_api", payload, answerable=False)).error
    await visit(slack)
    assert len(slack.calls_of("views.publish")) == 2


# ── the first word ────────────────────────────────────────────────────────────────────────────────────────────────────
@once
async def test_the_first_direct_message_is_answered_and_then_greeted_once(slack: LocalSlack) -> None:
    first = await slack.dm(slack.grace, "tip", replies=1)
    assert first.says.index("Start a heap") < first.says.index("I am careerbot.")
    assert "I am careerbot." not in (await slack.dm(slack.grace, "tip", replies=1)).says
    assert "I am careerbot." not in text_of(await visit(slack, slack.grace))
    assert (await slack.dm(slack.ada, "hello", replies=1)).says.count("I am careerbot.") == 1


async def test_an_answer_does_not_wait_for_a_greeting_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        async def first(self, person: Person, at: object) -> bool:
            await asyncio.Event().wait()
            return True

    monkeypatch.setattr(onboarding, "_PATIENCE", 0.01)
    careerbot = mind()
    careerbot._needs[Greetings] = Slow()
    request = Request(Person("slack", "T1", "U1"), "tip", NOW)
    answer = await careerbot.answer(request)
    assert await onboarding.introduced(careerbot, request, answer) is answer


@once
async def test_who_first_opens_the_messages_is_greeted_there(slack: LocalSlack) -> None:
    for _ in range(2):
        await slack.open_home(slack.grace, tab="messages", quiet=0.05)
    (greeting,) = slack.seen_by(slack.grace)
    assert "I am careerbot." in text_of(greeting)
    assert not slack.calls_of("views.publish")
    assert not slack.seen_by(slack.ada)
