"""App Home: a person's own page, made by the command that says it is that (`when_home`), anew for each visit.

What is pressed there and leads away opens over it, in a modal (a call that is `beside`); any other answer stands on top
of the page, which shows what has come of it.
"""

from dataclasses import replace

from bot.core.chat import Call, Choice, Request
from bot.core.dispatch import Dispatcher
from bot.platforms.slack import choices
from bot.platforms.slack.onboarding import greeting
from bot.platforms.slack.outlets import Posted
from bot.platforms.slack.render import render
from bot.platforms.slack.rich import Json
from bot.platforms.slack.views import OnHome
from bot.platforms.slack.wire import Wire


def is_visit(body: Json) -> bool:
    """Whether an app_home_opened says that a person looks at a tab of ours."""
    event: Json = body["event"]
    return bool(event.get("user")) and event.get("tab") in {"home", "messages"}


async def visit(mind: Dispatcher, wire: Wire, request: Request, event: Json) -> None:
    """Somebody has opened App Home: show them their page; who comes for the first time is greeted.

    Raises Refused or Lost.
    """
    first = await greeting(mind, request)
    if event.get("tab") == "messages":
        if first:
            await Posted(wire, str(event.get("channel", ""))).send(render(first), private=True)
        return
    page = on_home(mind, wire, request, {"view": event.get("view")}, str(event.get("event_ts", "")))
    if first:
        await page.send(render(first), private=True)
    else:
        await page.refresh()


def on_home(mind: Dispatcher, wire: Wire, request: Request, body: Json, stamp: str) -> OnHome:
    """Where an answer goes whose button was pressed there. `body`: the payload, for the Home that the person saw."""
    page = mind.registry.when_home
    call = request.said if isinstance(request.said, Call) else Call("")

    async def below() -> list[Json]:
        if page is None or call.command == page.name:
            return []  # the answer is the page
        shown = await mind.answer(replace(request, said=Call(page.name)))
        close = (Choice("Close", Call(page.name)),) if call.command else ()
        return [*choices.rows(close), *(block for message in render(shown) for block in message.blocks)]

    seen = body.get("view") or {}
    known = str(seen.get("hash") or "") if seen.get("type") == "home" else ""
    return OnHome(wire, request.person.user, below, known, stamp)
