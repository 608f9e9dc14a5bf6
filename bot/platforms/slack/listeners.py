"""What we do when Slack tells us something: acknowledge, make a `Request`, and send the `Reply` where it belongs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.core import trace
from bot.core.chat import Call, Reply, Request, Text
from bot.core.dispatch import Dispatcher
from bot.core.errors import BadValue, Mistake
from bot.core.markup import plain, quote
from bot.core.reading import corrected
from bot.platforms.pace import PATIENCE, patiently
from bot.platforms.slack import choices, form, home, onboarding, said, shortcuts, views
from bot.platforms.slack.background import Background
from bot.platforms.slack.files import handed_over
from bot.platforms.slack.form import Spot
from bot.platforms.slack.gallery import Gallery
from bot.platforms.slack.once import OnceForAll
from bot.platforms.slack.outlets import ByUrl, InAcknowledgement, Outlet, Posted
from bot.platforms.slack.render import charts, render, rendered
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
        self._presses = views.Presses()

    async def command(self, ack: AsyncAck, body: Json) -> None:
        """A slash command: answered in its acknowledgement if that is possible within `pace.PATIENCE` seconds."""
        outlet = InAcknowledgement(ByUrl(self._wire(body), str(body.get("response_url", ""))))
        work = self._background.start(self._answer(said.command(body, self._clock()), outlet), "an answer to a command")
        either: list[asyncio.Future[Any]] = [work, outlet.body]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        outlet.settle(None)
        await ack(outlet.body.result() or "")

    def at_once(self, body: Json) -> str | None:
        """What to acknowledge a slash command with, as JSON, if the answer to it is ready; None where it is not."""
        request = said.command(body, self._clock())
        reply = self._dispatcher.kept(request)
        pictures = self._gallery.sure(request.person.workspace, charts(reply)) if reply else None
        if reply is None or pictures is None:
            return None
        first, *more = rendered(reply, pictures, sure=True)
        trace.begin()
        if more or not self._dispatcher.given(request):
            return None
        return first.acknowledged(private=reply.private)

    async def mention(self, body: Json) -> None:
        """A mention in a channel: answered in its thread, for all to see."""
        event: Json = body["event"]
        channel = str(event.get("channel", ""))
        if not said.is_persons_own(event) or said.is_direct(channel):
            return
        thread = str(event.get("thread_ts") or event.get("ts") or "")
        request = said.mention(body, self._clock(), await self._wires.me(said.team_of(body)))
        outlet = Posted(self._wire(body), channel, thread=thread)
        await self._event(body, lambda: self._answer(request, outlet), "an answer to a mention")

    async def message(self, body: Json) -> None:
        """A direct message. Any other message event is none of our business."""
        event: Json = body["event"]
        if event.get("channel_type") != "im" or not said.is_persons_own(event):
            return
        outlet = Posted(self._wire(body), str(event.get("channel", "")), thread=str(event.get("thread_ts") or ""))
        request = said.direct(body, self._clock(), await self._wires.me(said.team_of(body)))
        await self._event(body, lambda: self._answer(request, outlet, first=True), "an answer to a direct message")

    async def visit(self, body: Json) -> None:
        """App Home was opened."""
        if home.is_visit(body):
            request = said.visit(body, self._clock())
            event, wire = body["event"], self._wire(body)
            await self._event(body, lambda: home.visit(self._dispatcher, wire, request, event), "App Home")

    async def welcome_installer(self, team: str, user: str) -> None:
        """Whoever has just installed the bot is told in private how to begin. Raises Refused or Lost."""
        await onboarding.welcome_installer(self._dispatcher, self._wires.of(team), team, user, self._clock())

    async def shortcut(self, ack: AsyncAck, body: Json) -> None:
        """The global shortcut: a modal to ask in, with what can be asked for."""
        await _a_while(self._background.start(self._offer(body), "a shortcut"))
        await ack()

    async def about_message(self, ack: AsyncAck, body: Json) -> None:
        """A message's shortcut: the message is the question."""
        spot, call = shortcuts.beside(body), shortcuts.question(self._dispatcher, body)
        to = {"channel": spot.channel, "user": spot.user}
        outlet = ByUrl(self._wire(body), spot.url, thread=spot.thread, to=to)
        await self._tell(self._pressed(body, call, spot), outlet, "an answer about a message")
        await ack()

    async def ask(self, ack: AsyncAck, body: Json, view: Json) -> None:
        """A question was typed in the shortcut's modal: the answer goes beneath it."""
        request = said.typed(body, shortcuts.typed(view), self._clock())
        head = shortcuts.head(self._dispatcher)
        outlet = views.InSubmission(self._wire(body), views.ASK, body, head=head, presses=self._presses)
        # Slack tells nobody what it refuses in an acknowledgement, and it may refuse a picture.
        work = self._background.start(self._answer(request, outlet, pictured=False), "an answer in a modal")
        either: list[asyncio.Future[Any]] = [work, outlet.body]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        await ack(**(outlet.body.result() or {} if outlet.body.done() else {}))

    async def closed(self, ack: AsyncAck, body: Json) -> None:
        """A modal over App Home was closed: the page is shown as it is now."""
        await ack()
        page = home.OnHome(
            self._dispatcher, self._wire(body), said.visit(body, self._clock()), body.get("view"), views.stamp_of(body)
        )
        self._background.start(page.refresh(), "App Home")

    async def press(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """A button or a menu."""
        call, spot = choices.call_of(action), Spot.of(body)
        if call.fill and not call.public:
            await _a_while(self._background.start(self._ask(body, call, spot), "a form"))
        else:
            await self._run(body, call, spot)
        await ack()

    async def submit(self, ack: AsyncAck, body: Json, view: Json) -> None:
        """A form: what cannot be read is said under its field; else the form closes, and the answer comes."""
        call, spot, typed = form.submitted(view)
        if spot.user != said.person(body).user:
            await ack(form.complaint("This form was opened for somebody else. Press the button yourself, please."))
            return
        wrong = self._complaint(call, typed)
        if wrong:
            await ack(form.complaint(wrong))
            return
        await self._run(body, replace(corrected(call, call.fill or "", typed), fill=None), spot)
        await ack()

    async def _offer(self, body: Json) -> None:
        """A modal to ask in, and the choices of who asks for nothing yet."""
        reply = await self._dispatcher.answer(said.typed(body, "", self._clock()))
        shown = replace(reply, title="", parts=())
        await self._show(self._in_modal(body, Spot(kind=views.ASK)), shown, said.team_of(body))

    # ── forms ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def _ask(self, body: Json, call: Call, spot: Spot) -> None:
        try:
            asked = self._dispatcher.form(call)
        except Mistake:
            await self._answer(self._pressed(body, replace(call, fill=None), spot), self._outlet(body, call, spot))
            return
        try:
            view, trigger = form.modal(asked, call, spot), body.get("trigger_id")
            if spot.view:  # over the modal in which it was pressed; there the answer will stand
                await self._wire(body).call("views.push", trigger_id=trigger, view=view)
            else:
                await self._wire(body).call("views.open", trigger_id=trigger, view=view)
        except Refused as refused:
            _log.warning("%s", refused)
            where = (
                self._outlet(body, call, spot) if spot.kind else ByUrl(self._wire(body), spot.url, thread=spot.thread)
            )
            await self._show(where, _TOO_LATE, said.team_of(body))

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
    async def _run(self, body: Json, call: Call, spot: Spot) -> None:
        await self._tell(self._pressed(body, call, spot), self._outlet(body, call, spot), "an answer to a press")

    def _pressed(self, body: Json, call: Call, spot: Spot) -> Request:
        return said.press(body, call, self._clock(), spot.channel)

    def _outlet(self, body: Json, call: Call, spot: Spot) -> Outlet:
        if spot.view or (spot.kind and call.beside):
            return self._in_modal(body, spot)
        if spot.kind:
            request = self._pressed(body, call, spot)
            return home.OnHome(self._dispatcher, self._wire(body), request, body.get("view"), views.stamp_of(body))
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

    def _in_modal(self, body: Json, spot: Spot) -> views.InModal:
        """The modal that something was pressed in; from elsewhere, one of its own."""
        kind = views.OVER_HOME if spot.kind == views.HOME else spot.kind
        head = shortcuts.head(self._dispatcher) if kind == views.ASK else ()
        return views.InModal(self._wire(body), kind, body, view=spot.view, head=head, presses=self._presses)

    async def _tell(self, request: Request, outlet: Outlet, what: str) -> None:
        """Answer. Slack hears that we have it once it is done: nothing that was acknowledged is lost with a replica
        that is killed. Where it takes long, Slack hears so in time all the same.
        """
        await _a_while(self._background.start(self._answer(request, outlet), what))

    async def _answer(self, request: Request, outlet: Outlet, *, first: bool = False, pictured: bool = True) -> None:
        """`first`: somebody may come for the first time, and is greeted then. `pictured`: charts may be pictures."""
        reply = await patiently(self._prepared(request, first=first), lambda: _if_possible(outlet.hold))
        await self._show(outlet, _signed(reply, request), request.person.workspace, pictured=pictured)

    async def _prepared(self, request: Request, *, first: bool) -> Reply:
        """The reply, its files handed over: that takes a moment, and the reply says what came of it."""
        reply = await self._dispatcher.answer(request)
        if first:
            reply = await onboarding.introduced(self._dispatcher, request, reply)
        return await handed_over(self._wires.of(request.person.workspace), reply, request.person.user)

    async def _show(self, outlet: Outlet, reply: Reply, team: str, *, pictured: bool = True) -> None:
        """Send it, with pictures where there are some; where Slack will not have them, without."""
        pictures = await self._gallery.bring(team, charts(reply)) if pictured else {}
        sure = self._gallery.sure(team, pictures) is not None
        try:
            await outlet.send(rendered(reply, pictures, sure=sure), private=reply.private)
            if not sure:  # then Slack was asked, and not only told in an acknowledgement
                self._gallery.trust(team, pictures)
        except Refused as refused:
            if not pictures or "invalid" not in refused.error:
                raise
            self._gallery.doubt(team, pictures)
            await outlet.send(render(reply), private=reply.private)

    async def _event(self, body: Json, act: Callable[[], Coroutine[object, object, None]], what: str) -> None:
        """Act on an event, once: Slack repeats one that it thinks we did not hear, to any replica. Raises Busy."""
        key = f"{said.team_of(body)}/{body.get('event_id', '')}"
        if not await self._events.begin(key):
            return

        async def acted() -> None:
            try:
                await act()
            except Exception:  # what fails here would fail again; but what is cancelled, as we stop, another may do
                await self._events.end(key)
                raise
            await self._events.end(key)

        await _a_while(self._background.start(acted(), what))

    def _wire(self, body: Json) -> Wire:
        """That of the workspace which this came from, and no other."""
        return self._wires.of(said.team_of(body))


async def _a_while(work: asyncio.Task[None]) -> None:
    await asyncio.wait({work}, timeout=PATIENCE)


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
