"""Gives a reply to Discord: pictures drawn, files attached, in the right place, seen by the right people, once."""

import io
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp
import discord

from bot.core.chat import File, Reply
from bot.platforms import chart
from bot.platforms.discord import limits
from bot.platforms.discord.choices import Component
from bot.platforms.discord.render import Message, render

_log = logging.getLogger(__name__)

#: Discord's error codes for a first response that comes a second time, and for one that comes after three seconds.
_ALREADY_ANSWERED, _UNKNOWN_INTERACTION = 40060, 10062


class Ready(discord.ui.LayoutView):
    """Components as they are to be sent. A view that is stopped from the start, so that discord.py keeps none of it:
    a click finds its call in its own custom id, and what is kept for each message sent only grows."""

    def __init__(self, components: Sequence[Component]) -> None:
        super().__init__(timeout=None)
        self._components = list(components)
        self.stop()

    def to_components(self) -> list[dict[str, Any]]:
        return self._components

    def has_components_v2(self) -> bool:
        return True

    def is_dispatchable(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Page:
    """One message, with its pictures drawn.

    attached: what goes with it, by name. written: it as first responses, once it was one (`first.py`).
    """

    components: tuple[Component, ...]
    attached: tuple[tuple[str, bytes], ...]
    written: dict[object, aiohttp.BytesPayload | None] = field(
        init=False, compare=False, repr=False, default_factory=dict
    )

    def view(self) -> Ready:
        return Ready(self.components)

    def files(self) -> list[discord.File]:
        """New ones each time: sending one uses it up."""
        return [discord.File(io.BytesIO(data), name) for name, data in self.attached]


def kept(reply: Reply) -> list[Page] | None:
    """The reply as messages, if it was made so before."""
    return reply.made.get(Page)


async def pages(reply: Reply) -> list[Page]:
    """The reply as messages, at most as many as Discord lets follow. Charts that cannot be drawn are told in text.

    They are kept with the reply, unless a drawing failed.
    """
    if ready := kept(reply):
        return ready
    try:
        made = reply.made[Page] = _few([await _draw(message) for message in render(reply)], reply)
    except Exception:  # noqa: BLE001 # a picture is a nicety: whatever drawing it raises, the answer goes out
        _log.exception("a chart could not be drawn; sent in text alone")
        made = _few([await _draw(message) for message in render(reply, pictures=False)], reply)
    return made


def _few(drawn: list[Page], reply: Reply) -> list[Page]:
    most = limits.FOLLOW_UPS + 1
    if len(drawn) > most:
        _log.warning("a reply of %d messages was cut to %d: %s", len(drawn), most, reply.title)
        drawn = [*drawn[: most - 1], drawn[-1]]  # the last one holds the choices
    return drawn


async def _draw(message: Message) -> Page:
    attached = [
        (name, one.content if isinstance(one, File) else await chart.draw(one)) for name, one in message.attached
    ]
    return Page(message.components, tuple(attached))


class Quickly(Protocol):
    async def __call__(
        self, interaction: discord.Interaction[Any], page: Page, *, in_place: bool, hidden: bool
    ) -> bool:
        """Make the first response; False where it may not be there. Never raises."""


class Exchange:
    """The answer to one interaction: a slash command, a click, a form sent off.

    in_place: the clicked message is the person's own, so that it is rewritten.
    beside: it is to stay as it is all the same.
    open_: everybody in the channel shall see the answer. A private answer stays private once Discord was told to wait.
    given: the answer's first message is there.
    quickly: sends what is ready, where it can.
    """

    def __init__(
        self,
        interaction: discord.Interaction[Any],
        *,
        open_: bool,
        beside: bool = False,
        quickly: Quickly | None = None,
    ) -> None:
        self._interaction = interaction
        self._quickly = quickly
        self._open = open_
        self._with_bot_alone = interaction.context.dm_channel
        message = interaction.message
        own = message is not None and (message.flags.ephemeral or self._with_bot_alone)
        self._in_place = own and not open_ and not beside
        self._deferred = False
        self._late = False
        self.given = False

    async def wait(self) -> None:
        """Tell Discord that the answer takes longer."""
        response = self._interaction.response
        if self._in_place:
            self._deferred = await self._first(response.defer)
        else:
            hidden = self._hidden(private=not self._open)
            self._deferred = await self._first(lambda: response.defer(thinking=True, ephemeral=hidden))

    async def give(self, reply: Reply, written: Sequence[Page]) -> None:
        """Send the reply. Raises discord.HTTPException for what Discord refuses, aiohttp's errors for a dead line."""
        if self._late:
            return
        hidden = self._hidden(private=reply.private)
        first, *rest = written
        self.given = await self._give_first(first, reply, hidden=hidden)
        if self.given:
            # These have no nonce: one that Discord made and then answered with an error would come twice.
            for page in rest:
                await self._interaction.followup.send(view=page.view(), files=page.files(), ephemeral=hidden)

    async def _give_first(self, page: Page, reply: Reply, *, hidden: bool) -> bool:
        interaction = self._interaction
        stays = self._in_place and (reply.private or self._with_bot_alone)
        if self._deferred and (stays or not self._in_place):
            await _again(lambda: interaction.edit_original_response(view=page.view(), attachments=page.files()))
            return True
        if self._deferred:
            await interaction.followup.send(view=page.view(), files=page.files(), ephemeral=hidden)
            return True
        if self._quickly and await self._quickly(interaction, page, in_place=stays, hidden=hidden):
            return True
        if stays:
            return await self._first(
                lambda: interaction.response.edit_message(view=page.view(), attachments=page.files())
            )
        return await self._first(
            lambda: interaction.response.send_message(view=page.view(), files=page.files(), ephemeral=hidden)
        )

    async def _first(self, send: Callable[[], Awaitable[object]]) -> bool:
        """Make the first response; False if it came too late. Made twice after a cut line: Discord refuses a second."""
        try:
            await _again(send)
        except discord.HTTPException as refused:
            if refused.code == _UNKNOWN_INTERACTION:
                _log.warning("an answer came too late for Discord: over three seconds, or the line was down")
                self._late = True
                return False
            if refused.code != _ALREADY_ANSWERED:
                raise
        return True

    def _hidden(self, *, private: bool) -> bool:
        return private and not self._with_bot_alone


async def post(message: discord.Message, written: Sequence[Page]) -> None:
    """Answer a message with messages. Its nonces name it, so that Discord drops what comes twice."""
    reference = message.to_reference(fail_if_not_exists=False)
    for number, page in enumerate(written):

        async def send(page: Page = page, number: int = number) -> None:
            if number == 0:
                await message.channel.send(
                    view=page.view(),
                    files=page.files(),
                    reference=reference,
                    mention_author=False,
                    nonce=f"{message.id}-{number}",
                )
            else:
                await message.channel.send(view=page.view(), files=page.files(), nonce=f"{message.id}-{number}")

        await _again(send)


async def _again(send: Callable[[], Awaitable[object]]) -> None:
    """Once more after a cut line; only for what Discord does not do twice."""
    try:
        await send()
    except (aiohttp.ClientConnectionError, ConnectionError):
        await send()
