"""A toy app on the real slack-bolt, and the local Slack that it talks to; and a bridge whose ends are both here."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond, AsyncSay
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.bridge import Bridge, Method
from bot.demo.slack import Command, LocalSlack, Shortcut

Body = dict[str, Any]
COMMANDS: list[Command] = [
    {"name": "/career", "summary": "Career answers", "usage": "/career [what]"},
    {"name": "/career form", "summary": "A form", "usage": "/career form"},
    {"name": "/career salary", "summary": "What AI engineers earn", "usage": "/career salary [level] [region]"},
]


SHORTCUTS: list[Shortcut] = [
    {"callback_id": "ask", "kind": "global", "name": "Ask anything", "about": "Opens a form"},
    {"callback_id": "ask", "kind": "message", "name": "Ask about this", "about": "The same, about a message"},
]


def button(action_id: str, label: str) -> Body:
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": label},
        "value": f"{action_id}-value",
    }


def section(text: str) -> Body:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


FORM: Body = {
    "type": "modal",
    "callback_id": "form",
    "title": {"type": "plain_text", "text": "Your goal"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "goal",
            "label": {"type": "plain_text", "text": "Goal"},
            "element": {"type": "plain_text_input", "action_id": "goal_text"},
        }
    ],
}


def client_of(slack: LocalSlack, token: str | None = None) -> AsyncWebClient:
    """As the bot makes it: no retries of its own."""
    return AsyncWebClient(token=token or slack.bot_token, base_url=slack.api_url, retry_handlers=[])


class Gate:
    """Holds `/career slow` back until it is opened. One stands for all, as a listener is no closure."""

    opened = asyncio.Event()


@contextmanager
def impatient(slack: LocalSlack) -> Iterator[None]:
    """In which it gives up at once on what is held back."""
    patience, slack._core.acknowledge_seconds = slack._core.acknowledge_seconds, 0.05
    yield
    slack._core.acknowledge_seconds = patience


async def answer(ack: AsyncAck, respond: AsyncRespond, command: Body, client: AsyncWebClient) -> None:
    """Answer /career in a way that its text names."""
    match command["text"]:
        case "form":
            await ack()
            await client.views_open(trigger_id=command["trigger_id"], view=FORM)
        case "public":
            await ack(text="For all.", response_type="in_channel")
        case "later":
            await ack()
            await respond("At last.", response_type="ephemeral")
        case "slow":
            await Gate.opened.wait()
            await ack("Too late.")
        case "bad":
            await ack(blocks=[section("x" * 3001)], text="bad")
        case "silent":
            await ack()
        case text:
            actions = {"type": "actions", "elements": [button("more", "More"), button("done", "Done")]}
            await ack(text="An answer.", blocks=[section(f"*You asked* {text}"), actions])


async def save(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
    """Take the form, unless it says "none"."""
    goal = body["view"]["state"]["values"]["goal"]["goal_text"]["value"]
    if goal == "none":
        await ack(response_action="errors", errors={"goal": "Dream bigger."})
        return
    await ack()
    await client.chat_postMessage(channel=body["user"]["id"], text=f"Goal: {goal}")


async def more(ack: AsyncAck, respond: AsyncRespond) -> None:
    await ack()
    await respond(text="More.", replace_original=True)


async def done(ack: AsyncAck, respond: AsyncRespond) -> None:
    await ack()
    await respond(delete_original=True)


async def mentioned(event: Body, say: AsyncSay) -> None:
    await say(text="You called?", thread_ts=event["ts"])


async def spoken(event: Body, say: AsyncSay) -> None:
    await say(f"You said: {event['text']}")


async def joined() -> None:
    """Where it is invited it says nothing, but has heard it."""


async def visited(event: Body, client: AsyncWebClient) -> None:
    await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section("Welcome home.")]})


async def ask(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
    """Either shortcut opens the form."""
    await ack()
    title = {"type": "plain_text", "text": body.get("message", {}).get("text", "Anything")}
    await client.views_open(trigger_id=body["trigger_id"], view=FORM | {"title": title})


def toy(slack: LocalSlack) -> AsyncApp:
    """An app that does a little of everything, and keeps what it hears for `heard_by`."""
    app = AsyncApp(client=client_of(slack), signing_secret=slack.signing_secret)
    heard: list[Body] = []
    app.heard = heard  # type: ignore[attr-defined] # a notebook of the tests' own, on an app that they made

    @app.use
    async def listen(body: Body, next_: Callable[[], Awaitable[None]]) -> None:
        heard.append(body.get("event", body))
        await next_()

    app.command("/career")(answer)
    app.action("more")(more)
    app.action("done")(done)
    app.view("form")(save)
    app.shortcut("ask")(ask)
    app.event("app_mention")(mentioned)
    app.event("message")(spoken)
    app.event("app_home_opened")(visited)
    app.event("member_joined_channel")(joined)
    return app


@asynccontextmanager
async def connected(app: AsyncApp, slack: LocalSlack) -> AsyncIterator[None]:
    """The app on one more Socket Mode connection."""
    handler = AsyncSocketModeHandler(app, slack.app_token, ping_interval=0.2)
    open_now = slack.sockets.connections
    await handler.connect_async()  # type: ignore[no-untyped-call] # slack_bolt gives it no types
    assert await slack.connected(open_now + 1)
    yield
    await handler.close_async()  # type: ignore[no-untyped-call] # as above


def heard_by(app: AsyncApp) -> list[Body]:
    """The payloads that a toy app got, oldest first."""
    heard: list[Body] = app.heard  # type: ignore[attr-defined] # as above
    return heard


@asynccontextmanager
async def serve(handler: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[str]:
    """A request URL on this machine, served by that handler."""
    site = web.Application()
    site.router.add_post("/slack/events", handler)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


@contextmanager
def pair(here: dict[str, Method], there: dict[str, Method]) -> Iterator[tuple[Bridge, Bridge, asyncio.StreamReader]]:
    """Both ends in this process, and what the first one reads from."""
    readers = asyncio.StreamReader(), asyncio.StreamReader()
    one, two = Bridge(readers[0], readers[1].feed_data, here), Bridge(readers[1], readers[0].feed_data, there)
    running = [asyncio.create_task(end.run()) for end in (one, two)]
    yield one, two, readers[0]
    for task in running:
        task.cancel()


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LocalSlack]:
    """A local Slack with nobody connected. It waits however slow this machine is."""
    monkeypatch.setattr(Gate, "opened", asyncio.Event())
    async with LocalSlack(
        commands=COMMANDS, shortcuts=SHORTCUTS, acknowledge_seconds=30.0, event_retry_seconds=(0.0, 0.02)
    ) as local:
        yield local


@pytest.fixture
async def app(slack: LocalSlack) -> AsyncIterator[AsyncApp]:
    """The toy app, connected by Socket Mode."""
    made = toy(slack)
    async with connected(made, slack):
        yield made


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium, to be driven by Playwright."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium in PATH: the page cannot be tried in a real browser")
    return found
