"""The ways in which an answer reaches people. Which one it is depends on what the person used.

slash command            in the acknowledgement, else at its response_url
button, private message  the message is replaced, at the response_url
button, public message   a private answer beside it, at the response_url
"Share"                  a public message, at the response_url
mention                  a message in the thread
direct message           a message; a button there changes its message
"""

import asyncio
from typing import Protocol

from bot.platforms.slack import limits, render
from bot.platforms.slack.render import Message
from bot.platforms.slack.rich import Json
from bot.platforms.slack.wire import Refused, Wire

#: A response_url that takes no more answers: after thirty minutes, or after five.
_SPENT = frozenset({"expired_url", "used_url"})


class Outlet(Protocol):
    """Raises Refused or Lost, each method."""

    async def hold(self) -> None:
        """Say that the answer takes a moment."""

    async def send(self, messages: tuple[Message, ...], *, private: bool) -> None:
        """Give the answer. `private` is heeded where there is a choice."""


class ByUrl:
    """At a response_url. With `replace` the first message takes the place of the one that was used."""

    def __init__(
        self, wire: Wire, url: str, *, replace: bool = False, thread: str = "", to: Json | None = None
    ) -> None:
        self._wire = wire
        self._url = url
        self._replace = replace
        self._thread = {"thread_ts": thread} if thread else {}
        self._to = to

    async def hold(self) -> None:
        if self._replace:
            await self._post(render.moment(), private=True, replace=True)

    async def send(self, messages: tuple[Message, ...], *, private: bool) -> None:
        # More than Slack takes is left out in the middle: the choices stand under the last.
        most = limits.RESPONSE_URL_ANSWERS
        shown = messages if len(messages) <= most else (*messages[: most - 1], messages[-1])
        for number, message in enumerate(shown):
            await self._post(message, private=private, replace=self._replace and number == 0)

    async def _post(self, message: Message, *, private: bool, replace: bool) -> None:
        body = {
            **message.content(),
            "response_type": "ephemeral" if private or replace else "in_channel",
            "replace_original": replace,
            **self._thread,
        }
        try:
            await self._wire.respond(self._url, body, repeatable=replace)
        except Refused as refused:
            if refused.error not in _SPENT or not private or not self._to:
                raise
            here: Json = {**self._to, **self._thread, **message.content()}
            await self._wire.call("chat.postEphemeral", **here)


class InAcknowledgement:
    """A slash command's own acknowledgement: the quickest way there is. What it cannot carry goes to the response_url.

    body: what to acknowledge with; None for nothing. Set as soon as it is known.
    """

    def __init__(self, afterwards: ByUrl) -> None:
        self.body: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self._afterwards = afterwards

    async def hold(self) -> None:
        self.settle(render.moment().in_acknowledgement(private=True))

    async def send(self, messages: tuple[Message, ...], *, private: bool) -> None:
        # Slack tells nobody what it refuses in an acknowledgement, and it may refuse a picture.
        if not self.body.done() and len(messages) == 1 and not messages[0].doubtful:
            self.settle(messages[0].in_acknowledgement(private=private))
            return
        self.settle(None)
        await self._afterwards.send(messages, private=private)

    def settle(self, body: Json | None) -> None:
        if not self.body.done():
            self.body.set_result(body)


class Posted:
    """A message of the bot's own in a channel, in a thread if one is given; `ts`: in place of that message."""

    def __init__(self, wire: Wire, channel: str, *, thread: str = "", ts: str = "") -> None:
        self._wire = wire
        self._channel = channel
        self._thread = thread
        self._ts = ts

    async def hold(self) -> None:
        await self._put(render.moment())

    async def send(self, messages: tuple[Message, ...], *, private: bool) -> None:
        del private  # whoever can see this channel was there when it was asked
        for message in messages:
            await self._put(message)
            self._ts = ""

    async def _put(self, message: Message) -> None:
        if self._ts:
            changed: Json = {"text": message.text, "blocks": list(message.blocks)}
            await self._wire.call("chat.update", repeatable=True, channel=self._channel, ts=self._ts, **changed)
            return
        posted = await self._wire.call(
            "chat.postMessage", channel=self._channel, thread_ts=self._thread, **message.content()
        )
        self._ts = str(posted.get("ts", ""))
