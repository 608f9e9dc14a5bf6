"""What the bot says unasked on Slack: posted once, with its delivery's key in the message's metadata.

Slack has no key against repetition, so after a doubtful try we look for the metadata before we post again. That takes
the right to read the channel (`channels:history`, `groups:history`; in a direct message `im:history`); without it
CannotLook is raised, and nothing is said twice.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from bot.core.chat import Reply
from bot.delivery import publisher
from bot.delivery.outbox import Target
from bot.delivery.publisher import CannotLook, PublishError, unseen
from bot.platforms.slack.gallery import Gallery
from bot.platforms.slack.render import Message, charts, render
from bot.platforms.slack.rich import Json
from bot.platforms.slack.wire import Lost, Refused, TooFast
from bot.platforms.slack.wires import NOT_INSTALLED, UNREADABLE, Wires

#: The metadata's type, and the key in its payload.
EVENT, KEY = "careerbot_delivery", "key"
#: Messages a page of history, and pages that we look through: a channel in which more was said since is given up.
_PAGE, _PAGES = 200, 10
#: People whose direct messages' channel is remembered.
_MOST = 10_000

#: Slack's words that say that it may have been done all the same (docs.slack.dev/reference/methods/chat.postMessage).
_MAYBE: Final = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})
#: Slack's words for "no", as we tell whoever set it up.
_REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "account_inactive": "Slack no longer takes my token: install me again",
        "channel_not_found": "the channel is gone, or I cannot see it",
        "invalid_auth": "Slack no longer takes my token: install me again",
        "is_archived": "the channel is archived",
        UNREADABLE: "my operator has to put a key back that I need",
        "missing_scope": "I lack a right that this needs: install me again",
        NOT_INSTALLED: "I am not installed in the workspace any more: install me again",
        "not_in_channel": "I am not in the channel: invite me there",
        "restricted_action": "only some people may post in the channel",
        "token_expired": "Slack takes my token only once it is renewed",
        "token_revoked": "Slack no longer takes my token: install me again",
        "user_disabled": "the account is switched off",
        "user_not_found": "the person is gone",
    }
)


class SlackPublisher:
    """The courier's Publisher in every workspace that has the bot."""

    def __init__(self, wires: Wires, gallery: Gallery) -> None:
        self._wires = wires
        self._gallery = gallery
        self._direct: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def look(self, target: Target, key: str, since: datetime) -> str | None:
        channel = await self._channel(target)
        found = await self._posted(target.workspace, channel, key, since)
        return await self._link(target.workspace, channel, found[min(found)]) if found else None

    async def publish(self, target: Target, reply: Reply, key: str, *, look_from: datetime | None) -> str:
        # A person's id will do to post to; the channel's, which one has to look, may be asked for fifty times a minute.
        team = target.workspace
        channel = self._direct.get((team, target.user)) or target.channel or target.user
        there: dict[int, str] = {}
        if look_from is not None:
            channel = await self._channel(target)
            there = await self._posted(team, channel, key, look_from)
        pictures = await self._gallery.bring(team, charts(reply))
        await self._wires.address(team)  # for the link: asked for now, as after the post there is nothing to wait for
        try:
            await self._post_all(team, channel, render(reply, pictures), key, there)
        except publisher.Refused as no:
            if not pictures or not no.lasting or "invalid" not in str(no):
                raise
            self._gallery.doubt(team, pictures)
            await self._post_all(team, channel, render(reply), key, there)
        return await self._link(team, self._direct.get((team, channel), channel), there[0])

    async def _post_all(
        self, team: str, channel: str, messages: Iterable[Message], key: str, there: dict[int, str]
    ) -> None:
        """Post the pages that are not there yet, and note where they stand."""
        for number, message in enumerate(messages):
            if number not in there:
                try:
                    there[number] = await self._post(team, channel, message, f"{key}-{number}")
                except PublishError as trouble:
                    trouble.begun = bool(there)
                    raise

    async def _post(self, team: str, channel: str, message: Message, key: str) -> str:
        metadata = {"event_type": EVENT, "event_payload": {KEY: key}}
        posted = await self._call("chat.postMessage", team, channel=channel, metadata=metadata, **message.content())
        if (direct := str(posted.get("channel") or channel)) != channel:
            self._know(team, channel, direct)
        return str(posted["ts"])

    async def _posted(self, team: str, channel: str, key: str, since: datetime) -> dict[int, str]:
        """The pages of this delivery that stand in the channel: their numbers, and their timestamps."""
        found: dict[int, str] = {}
        asked: Json = {"channel": channel, "oldest": f"{since.timestamp():.6f}", "limit": _PAGE}
        for _ in range(_PAGES):
            try:
                page = await self._call("conversations.history", team, include_all_metadata=True, **asked)
            except publisher.Refused as no:
                raise unseen(no) from None
            for message in page.get("messages") or ():
                metadata = message.get("metadata") or {}
                said = str((metadata.get("event_payload") or {}).get(KEY) or "")
                if metadata.get("event_type") == EVENT and said.startswith(f"{key}-"):
                    found[int(said.rpartition("-")[2])] = str(message["ts"])
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return found
            asked["cursor"] = cursor
        raise CannotLook("so much was said since that I could not find out whether it was posted")

    async def _channel(self, target: Target) -> str:
        """The id of the channel to look in; for a person, that of their direct messages with the bot."""
        if not target.user:
            return target.channel
        team = target.workspace
        if (team, target.user) not in self._direct:
            try:
                opened = await self._call("conversations.open", team, users=target.user)
            except publisher.Refused as no:
                raise unseen(no) from None
            self._know(team, target.user, str((opened.get("channel") or {})["id"]))
        return self._direct[team, target.user]

    def _know(self, team: str, user: str, channel: str) -> None:
        self._direct[team, user] = channel
        if len(self._direct) > _MOST:
            self._direct.popitem(last=False)

    async def _call(self, method: str, team: str, **arguments: object) -> Json:
        try:
            return await self._wires.of(team).once(method, **arguments)
        except TooFast as slow:
            raise publisher.TooFast(slow.wait) from None
        except Lost as lost:
            if lost.never_sent:
                raise publisher.Refused("Slack could not be reached", lasting=False) from None
            raise publisher.Lost(str(lost)) from None
        except Refused as no:
            if no.error in _MAYBE or no.error.startswith(("http_2", "http_5")):
                raise publisher.Lost(f"Slack failed ({no.error})") from None
            raise publisher.Refused(
                _REASONS.get(no.error, f"Slack refuses it ({no.error})"), lasting=not no.passing
            ) from None

    async def _link(self, team: str, channel: str, ts: str) -> str:
        address = await self._wires.address(team)
        return f"{address}archives/{channel}/p{ts.replace('.', '')}" if address else f"{channel} {ts}"
