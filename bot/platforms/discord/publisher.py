"""What the bot says unasked on Discord: posted once, with its delivery's key in the nonce and in the message.

The nonce is enforced, so that Discord itself makes no second message for some minutes. For longer, the id of each
message's container is a number made of the key, by which the message is found again: Discord keeps the ids that it is
given (developers/components/reference, "Component IDs"; below 100 are those that it gives itself).
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from bot.core.chat import Reply
from bot.delivery import publisher
from bot.delivery.outbox import Target
from bot.delivery.publisher import PublishError, unseen
from bot.platforms.discord import sending
from bot.platforms.discord.choices import Component
from bot.platforms.discord.wire import Lost, Refused, TooFast, Wire

#: Pages that are looked for: no reply is longer (sending.pages).
_PAGES: Final = 5
#: People whose direct messages' channel is remembered.
_MOST: Final = 10_000
#: Discord's words for "no", by code, as we tell whoever set it up (developers/topics/opcodes-and-status-codes).
_REASONS: Final[Mapping[int, str]] = MappingProxyType(
    {
        10003: "the channel is gone",
        50001: "I cannot see the channel: give me the right to view it",
        50007: "the person takes no direct messages from me",
        50013: "I may not write in the channel: give me the right to send messages",
        50278: "the person shares no server with me",
    }
)


class DiscordPublisher:
    """The courier's Publisher over one bot's token."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._direct: OrderedDict[str, str] = OrderedDict()

    async def look(self, target: Target, key: str, since: datetime) -> str | None:
        channel = await self._channel(target, looking=True)
        found = await self._posted(channel, key, since)
        return _link(target, channel, found[min(found)]) if found else None

    async def publish(self, target: Target, reply: Reply, key: str, *, look_from: datetime | None) -> str:
        channel = await self._channel(target, looking=look_from is not None)
        there = await self._posted(channel, key, look_from) if look_from is not None else {}
        for number, page in enumerate(await sending.pages(reply)):
            if number not in there:
                try:
                    there[number] = await self._post(channel, page, f"{key}-{number}")
                except PublishError as trouble:
                    trouble.begun = bool(there)
                    raise
        return _link(target, channel, there[0])

    async def _post(self, channel: str, page: sending.Page, key: str) -> str:
        try:
            return await self._wire.post(channel, marked(page.components, key), page.attached, key)
        except (Refused, Lost, TooFast) as trouble:
            raise _told(trouble) from None

    async def _posted(self, channel: str, key: str, since: datetime) -> dict[int, str]:
        """The pages of this delivery that stand in the channel: their numbers, and their messages' ids."""
        numbers = {mark_of(f"{key}-{number}"): number for number in range(_PAGES)}
        try:
            found = await self._wire.find(channel, numbers, since)
        except (Refused, TooFast) as trouble:
            raise unseen(_told(trouble)) from None
        return {numbers[mark]: message for mark, message in found.items()}

    async def _channel(self, target: Target, *, looking: bool) -> str:
        """The channel's id; for a person, that of their direct messages with the bot."""
        if not target.user:
            return target.channel
        if target.user not in self._direct:
            try:
                self._direct[target.user] = await self._wire.open_dm(target.user)
            except (Refused, TooFast) as trouble:
                told = _told(trouble)
                raise (unseen(told) if looking else told) from None
            if len(self._direct) > _MOST:
                self._direct.popitem(last=False)
        return self._direct[target.user]


def mark_of(key: str) -> int:
    """The id of a message's container: 31 bits of the key's digest, never as small as an id that Discord gives."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) >> 1 | 1 << 20


def marked(components: Sequence[Component], key: str) -> list[Component]:
    first, *rest = components
    return [{**first, "id": mark_of(key)}, *rest]


def _told(trouble: Refused | Lost | TooFast) -> publisher.PublishError:
    match trouble:
        case TooFast():
            return publisher.TooFast(trouble.seconds)
        case Lost():
            return publisher.Lost(f"the connection broke, or Discord failed ({trouble})")
        case Refused():
            if trouble.status == 401:
                return publisher.Refused("Discord no longer takes my token", lasting=True)
            return publisher.Refused(_REASONS.get(trouble.code, trouble.why), lasting=not trouble.passing)


def _link(target: Target, channel: str, message: str) -> str:
    return f"https://discord.com/channels/{target.workspace or '@me'}/{channel}/{message}"
