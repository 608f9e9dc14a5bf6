"""App Home: a person's own page, made by the command that says it is that (`when_home`), anew for each visit.

What is pressed there and leads away opens over it, in a modal (a call that is `beside`); any other answer stands on top
of the page, which shows what has come of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.core.chat import Call, Choice, Request
from bot.core.dispatch import Dispatcher
from bot.platforms.slack import choices
from bot.platforms.slack.onboarding import greeting
from bot.platforms.slack.outlets import Posted
from bot.platforms.slack.render import Message, render
from bot.platforms.slack.rich import Json
from bot.platforms.slack.views import CHANGED, HOME, stamped
from bot.platforms.slack.wire import Refused, Wire


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
    page = OnHome(mind, wire, request, event.get("view"), str(event.get("event_ts", "")))
    if first:
        await page.send(render(first), private=True)
    else:
        await page.refresh()


class OnHome:
    """An answer on top of somebody's App Home, which is made anew beneath it.

    request: what was pressed there; nothing said for a visit. view: the view that they looked at, where it is known.
    stamp: what no other publishing has (`views.stamped`).
    """

    def __init__(self, mind: Dispatcher, wire: Wire, request: Request, view: Json | None, stamp: str) -> None:
        self._mind = mind
        self._wire = wire
        self._request = request
        self._seen = str(view.get("hash") or "") if view and view.get("type") == HOME else ""
        self._stamp = stamp

    async def hold(self) -> None:
        """Nothing: what stands there may stay until the answer takes its place."""

    async def send(self, messages: tuple[Message, ...], *, private: bool) -> None:
        del private  # a Home is nobody else's
        try:
            await self._publish(messages, self._seen)
        except Refused as no:
            if no.error != CHANGED:
                raise
            await self._publish(messages, "")

    async def refresh(self) -> None:
        """The page alone. Whoever has changed it since knew more than we do, so theirs stays."""
        try:
            await self._publish((), self._seen)
        except Refused as no:
            if no.error != CHANGED:
                raise

    async def _publish(self, messages: tuple[Message, ...], seen: str) -> None:
        blocks = list(_ruled([*_blocks(messages), *await self._below()]))
        view = {"type": HOME, "blocks": stamped(blocks, self._stamp)}
        user = self._request.person.user
        await self._wire.call("views.publish", repeatable=True, user_id=user, view=view, hash=seen)

    async def _below(self) -> list[Json]:
        """The page, and before it the way to be rid of what stands on it; nothing where the answer is the page."""
        page, said = self._mind.registry.when_home, self._request.said
        if page is None or (isinstance(said, Call) and said.command == page.name):
            return []
        made = await self._mind.answer(replace(self._request, said=Call(page.name)), counted=bool(said))
        shown = _blocks(render(made))
        return [*(choices.rows((Choice("Close", Call(page.name)),)) if said else ()), *shown]


def _blocks(messages: Iterable[Message]) -> list[Json]:
    return [block for message in messages for block in message.blocks]


def _ruled(blocks: list[Json]) -> Iterator[Json]:
    """With a line after what can be chosen, before the next thing begins."""
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        yield block
        if block["type"] == "actions" and following and following["type"] != "actions":
            yield {"type": "divider"}
