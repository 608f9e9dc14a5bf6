"""What we do when Slack tells us something: acknowledge, make a `Request`, and send the `Reply` where it belongs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.core.chat import Call, Reply, Request, Text
from bot.core.dispatch import Dispatcher
from bot.core.errors import BadValue, Mistake
from bot.core.markup import plain, quote
from bot.core.reading import corrected
from bot.platforms.pace import patiently
from bot.platforms.slack import choices, form, said
from bot.platforms.slack.background import Background
from bot.platforms.slack.files import handed_over
from bot.platforms.slack.form import Spot
from bot.platforms.slack.gallery import Gallery
from bot.platforms.slack.once import OnceForAll
from bot.platforms.slack.outlets import ByUrl, InAcknowledgement, Outlet, Posted
from bot.platforms.slack.render import charts, render
from bot.platforms.slack.rich import Json
from bot.platforms.slack.said import Clock
from bot.platforms.slack.wire import Lost, Refused, Wire
from bot.platforms.slack.wires import Wires

_log = logging.getLogger(__name__)

_TOO_LATE = Reply("That took too long", (Text("Slack did not let me open the form in time. Please press again."),))


class Listeners:
    """One method for each thing that Slack tells us; `bolt.py` registers them.

    events: knows those that were handled already.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        clock: Clock,
        wires: Wires,
        background: Background,
        gallery: Gallery,
        events: OnceForAll,
    ) -> None:
        self._dispatcher = dispatcher
        self._clock = clock
        self._wires = wires
        self._background = background
        self._gallery = gallery
        self._events = events

    async def command(self, ack: AsyncAck, body: Json) -> None:
        """A slash command: answered in its acknowledgement if that is possible within `pace.PATIENCE` seconds."""
        outlet = InAcknowledgement(ByUrl(self._wire(body), str(body.get("response_url", ""))))
        work = self._background.start(self._answer(said.command(body, self._clock()), outlet), "an answer to a command")
        either: list[asyncio.Future[Any]] = [work, outlet.body]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        outlet.settle(None)
        await ack(outlet.body.result() or "")

    async def mention(self, body: Json) -> None:
        """A mention in a channel: answered in its thread, for all to see."""
        event: Json = body["event"]
        channel = str(event.get("channel", ""))
        if not said.is_persons_own(event) or said.is_direct(channel) or not await self._is_new(body):
            return
        thread = str(event.get("thread_ts") or event.get("ts") or "")
        request = said.mention(body, self._clock(), await self._wires.me(said.team_of(body)))
        self._start(request, Posted(self._wire(body), channel, thread=thread), "an answer to a mention")

    async def message(self, body: Json) -> None:
        """A direct message. Any other message event is none of our business."""
        event: Json = body["event"]
        if event.get("channel_type") != "im" or not said.is_persons_own(event) or not await self._is_new(body):
            return
        outlet = Posted(self._wire(body), str(event.get("channel", "")), thread=str(event.get("thread_ts") or ""))
        self._start(
            said.direct(body, self._clock(), await self._wires.me(said.team_of(body))),
            outlet,
            "an answer to a direct message",
        )

    async def press(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """A button or a menu."""
        await ack()
        call, spot = choices.call_of(action), Spot.of(body)
        if call.fill and not call.public:
            self._background.start(self._ask(body, call, spot), "a form")
        else:
            self._run(body, call, spot)

    async def submit(self, ack: AsyncAck, body: Json, view: Json) -> None:
        """A form: what cannot be read is said under its field; else the form closes, and the answer comes."""
        call, spot, typed = form.submitted(view)
        wrong = self._complaint(call, typed)
        if wrong:
            await ack(form.complaint(wrong))
            return
        await ack()
        self._run(body, replace(corrected(call, call.fill or "", typed), fill=None), spot)

    # ── forms ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def _ask(self, body: Json, call: Call, spot: Spot) -> None:
        try:
            asked = self._dispatcher.form(call)
        except Mistake:
            await self._answer(self._pressed(body, replace(call, fill=None), spot), self._outlet(body, call, spot))
            return
        try:
            view = form.modal(asked, call, spot)
            await self._wire(body).call("views.open", trigger_id=body.get("trigger_id"), view=view)
        except Refused as refused:
            _log.warning("%s", refused)
            await self._show(ByUrl(self._wire(body), spot.url, thread=spot.thread), _TOO_LATE, said.team_of(body))

    def _complaint(self, call: Call, typed: str) -> str:
        """What is wrong with one field's text, with what would fit; "" if nothing."""
        found = self._dispatcher.registry.find(call.command)
        parameter = found.parameter(call.fill) if found and call.fill else None
        if parameter is None or not typed.strip():
            return ""
        try:
            parameter.kind.parse(typed, self._dispatcher.world)
        except BadValue as bad:
            return plain(" ".join([str(bad), ", ".join(label for label, _ in bad.options)]).strip())
        return ""

    # ── answers ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def _run(self, body: Json, call: Call, spot: Spot) -> None:
        self._start(self._pressed(body, call, spot), self._outlet(body, call, spot), "an answer to a press")

    def _pressed(self, body: Json, call: Call, spot: Spot) -> Request:
        return said.press(body, call, self._clock(), spot.channel)

    def _outlet(self, body: Json, call: Call, spot: Spot) -> Outlet:
        if said.is_direct(spot.channel) and not spot.private:
            return Posted(self._wire(body), spot.channel, thread=spot.thread, ts="" if call.beside else spot.ts)
        to = {"channel": spot.channel, "user": spot.user}
        return ByUrl(
            self._wire(body),
            spot.url,
            replace=spot.private and not (call.public or call.beside),
            thread=spot.thread,
            to=to,
        )

    def _start(self, request: Request, outlet: Outlet, what: str) -> None:
        self._background.start(self._answer(request, outlet), what)

    async def _answer(self, request: Request, outlet: Outlet) -> None:
        reply = await patiently(self._prepared(request), lambda: _if_possible(outlet.hold))
        await self._show(outlet, _signed(reply, request), request.person.workspace)

    async def _prepared(self, request: Request) -> Reply:
        """The reply, its files handed over: that takes a moment, and the reply says what came of it."""
        reply = await self._dispatcher.answer(request)
        return await handed_over(self._wires.of(request.person.workspace), reply, request.person.user)

    async def _show(self, outlet: Outlet, reply: Reply, team: str) -> None:
        """Send it, with pictures where there are some; where Slack will not have them, without."""
        pictures = await self._gallery.bring(team, charts(reply))
        try:
            await outlet.send(render(reply, pictures), private=reply.private)
            self._gallery.trust(team, pictures)
        except Refused as refused:
            if not pictures or "invalid" not in refused.error:
                raise
            self._gallery.doubt(team, pictures)
            await outlet.send(render(reply), private=reply.private)

    async def _is_new(self, body: Json) -> bool:
        """Slack repeats an event that it thinks we did not hear, to any replica."""
        event = body.get("event_id")
        return not event or await self._events.first(f"{said.team_of(body)}/{event}")

    def _wire(self, body: Json) -> Wire:
        """That of the workspace which this came from, and no other."""
        return self._wires.of(said.team_of(body))


def _signed(reply: Reply, request: Request) -> Reply:
    """What one person put before the others says who it was: a bot that posts unasked is a riddle."""
    shared = isinstance(request.said, Call) and request.said.public and not reply.private
    if not shared or not request.person.name:
        return reply
    return replace(reply, source=f"{reply.source}\n\nShared by {quote(request.person.name)}".strip())


async def _if_possible(hold: Callable[[], Awaitable[None]]) -> None:
    """Saying "one moment" must not cost the answer."""
    try:
        await hold()
    except (Refused, Lost) as error:
        _log.warning("could not say that an answer takes a moment: %s", error)
