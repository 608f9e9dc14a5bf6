"""Views, which are App Home (home.py) and modals: where an answer stands in one, only one person sees it.

A view keeps nothing that we rely on: a press in it carries its whole call, and it is Slack that says who pressed.
"""

import asyncio
import hashlib
import json
from collections import OrderedDict
from typing import Final

from bot.platforms.slack import choices, limits, render
from bot.platforms.slack.choices import label
from bot.platforms.slack.render import Message
from bot.platforms.slack.rich import Json
from bot.platforms.slack.wire import Refused, Wire

#: What a modal is, in its `callback_id`: an answer over App Home, or the place to ask (shortcuts.py).
OVER_HOME, ASK = "over-home", "ask"
#: What a view of App Home is called where modals have their `callback_id`.
HOME: Final = "home"
_NAME: Final = "careerbot"
#: Slack's word for: somebody has changed the view since you saw it.
CHANGED: Final = "hash_conflict"
#: Modals of which this process remembers what was pressed last.
_MOST: Final = 1_000


class Presses:
    """Which press in a modal was the last, by what no other has (`stamp_of`)."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, str] = OrderedDict()

    def note(self, view: str, stamp: str) -> None:
        self._last[view] = stamp
        self._last.move_to_end(view)
        if len(self._last) > _MOST:
            self._last.popitem(last=False)

    def is_last(self, view: str, stamp: str) -> bool:
        """So far as this process knows."""
        return self._last.get(view, stamp) == stamp


class InModal:
    """The answer stands in a modal: opened with a `trigger`, or the open one of that id (`view`). The answer to a later
    press is not written over by that to an earlier one, which took longer.

    kind: OVER_HOME or ASK. body: what Slack told us. view: the open modal; "" for one of its own. head: blocks that
    stay above every answer. presses: knows of others in that modal.
    """

    def __init__(
        self, wire: Wire, kind: str, body: Json, *, view: str, head: tuple[Json, ...], presses: Presses
    ) -> None:
        pressed_in = body.get("view") or {}  # a form, where something was typed over the modal
        self._wire = wire
        self._kind = kind
        self._stamp = stamp_of(body)
        self._trigger = str(body.get("trigger_id") or "")
        self._view = view
        self._hash = str(pressed_in.get("hash") or "") if pressed_in.get("id") == view else ""
        self._shown = False
        self._head = head
        self._presses = presses
        if view:
            self._presses.note(view, self._stamp)

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
            self._saw(await self._wire.call("views.open", trigger_id=self._trigger, view=view))
            self._presses.note(self._view, self._stamp)
            return
        if not self._hash and not self._presses.is_last(self._view, self._stamp):
            return
        try:
            self._saw(await self._update(view, self._hash))
        except Refused as no:
            if no.error != CHANGED:
                raise
            # Where something of ours stood there, a later press has taken its place. Else both were pressed in the same
            # view, at about the same time.
            if not self._shown and self._presses.is_last(self._view, self._stamp):
                self._saw(await self._update(view, ""))

    async def _update(self, view: Json, seen: str) -> Json:
        # Tried again after a cut, it may meet its own doing, and is taken for an older answer: which it is not, but it
        # stands there then.
        return await self._wire.call("views.update", repeatable=True, view_id=self._view, view=view, hash=seen)

    def _saw(self, answer: Json) -> None:
        shown = answer.get("view") or {}
        self._view, self._hash = str(shown.get("id") or self._view), str(shown.get("hash") or "")
        self._shown = True


class InSubmission(InModal):
    """The same, for what was typed in a modal: the first that is shown goes with the acknowledgement.

    body: what to acknowledge with; None for nothing, which closes the modal. Set as soon as it is known.
    """

    def __init__(self, wire: Wire, kind: str, body: Json, *, head: tuple[Json, ...], presses: Presses) -> None:
        super().__init__(wire, kind, body, view=str(body["view"]["id"]), head=head, presses=presses)
        self._hash = ""  # the acknowledgement changes it, and Slack does not tell to what
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
