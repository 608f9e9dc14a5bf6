"""Views, which are App Home (home.py) and modals: where an answer stands in one, only one person sees it.

A view keeps nothing that we rely on: a press in it carries its whole call, and it is Slack that says who pressed.
"""

import asyncio
import hashlib
import json
from typing import Final

from bot.platforms.slack import choices, limits, render
from bot.platforms.slack.choices import label
from bot.platforms.slack.render import Message
from bot.platforms.slack.rich import Json
from bot.platforms.slack.wire import Wire

#: What a modal is, in its `callback_id`: an answer over App Home, or the place to ask (shortcuts.py).
OVER_HOME, ASK = "over-home", "ask"
#: What a view of App Home is called where modals have their `callback_id`.
HOME: Final = "home"
_NAME: Final = "careerbot"


class InModal:
    """The answer stands in a modal: opened with a `trigger`, or the open one of that id (`view`).

    kind: OVER_HOME or ASK. head: blocks that stay above every answer.
    """

    def __init__(
        self, wire: Wire, kind: str, stamp: str, *, trigger: str = "", view: str = "", head: tuple[Json, ...] = ()
    ) -> None:
        self._wire = wire
        self._kind = kind
        self._stamp = stamp
        self._trigger = trigger
        self._view = view
        self._hash = ""
        self._head = head

    async def hold(self) -> None:
        said = {"type": "section", "text": {"type": "plain_text", "text": render.moment().text}}
        await self._show([said])

    async def send(self, messages: tuple[Message, ...], *, private: bool) -> None:
        del private
        await self._show([block for message in messages for block in message.blocks])

    def _view_of(self, blocks: list[Json]) -> Json:
        view: Json = {
            "type": "modal",
            "callback_id": self._kind,
            "title": label(_NAME, limits.MODAL_TITLE),
            "close": label("Close", limits.MODAL_TITLE),
            # Who comes back to App Home finds it as it is now.
            "notify_on_close": self._kind == OVER_HOME,
            "blocks": stamped([*self._head, *blocks], self._stamp),
        }
        # Slack wants a button for what is typed.
        return view | ({"submit": label("Ask", limits.MODAL_TITLE)} if self._head else {})

    async def _show(self, blocks: list[Json]) -> None:
        view = self._view_of(blocks)
        if not self._view:
            opened = await self._wire.call("views.open", trigger_id=self._trigger, view=view)
            shown = opened.get("view") or {}
            self._view, self._hash = str(shown.get("id", "")), str(shown.get("hash", ""))
            return
        await self._wire.call("views.update", repeatable=True, view_id=self._view, view=view, hash=self._hash)


class InSubmission(InModal):
    """The same, for what was typed in a modal: the first that is shown goes with the acknowledgement.

    body: what to acknowledge with; None for nothing, which closes the modal. Set as soon as it is known.
    """

    def __init__(self, wire: Wire, kind: str, stamp: str, *, view: str, head: tuple[Json, ...]) -> None:
        super().__init__(wire, kind, stamp, view=view, head=head)
        self.body: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()

    async def _show(self, blocks: list[Json]) -> None:
        if self.body.done():
            await super()._show(blocks)
        else:
            self.body.set_result({"response_action": "update", "view": self._view_of(blocks)})


def stamp_of(body: Json) -> str:
    """What no other interaction's payload has."""
    actions = body.get("actions") or [{}]
    seen = (body.get("view") or {}).get("hash")
    return str(actions[0].get("action_ts") or body.get("action_ts") or body.get("trigger_id") or seen or "")


def stamped(blocks: list[Json], stamp: str) -> list[Json]:
    """What Slack takes of them, each with a `block_id` that is new where it can be used.

    Slack keeps what was picked in a menu as long as the block's id stays, and does not tell us of it once more.
    """
    shown = _fitted(blocks)
    choices.number(shown)
    return [{**block, "block_id": _id(block, place, stamp)} for place, block in enumerate(shown)]


def _id(block: Json, place: int, stamp: str) -> str:
    if block["type"] == "input":
        return str(block["block_id"])  # what is typed is to stay
    said = json.dumps(block, sort_keys=True)
    return f"{place}:{hashlib.sha256(f'{stamp}{said}'.encode()).hexdigest()[:12]}"


def _fitted(blocks: list[Json]) -> list[Json]:
    """As many as a view holds. What is too much goes from the middle: choices stand at the end."""
    shown = list(blocks)
    while len(shown) > limits.VIEW_BLOCKS or (len(shown) > 1 and len(json.dumps(shown)) > limits.VIEW_BYTES):
        del shown[len(shown) // 2]
    return shown
