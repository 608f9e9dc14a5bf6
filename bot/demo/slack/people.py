"""What people do, as coroutines: for tests, and for the page.

Each returns an `Outcome`. They wait for the app's acknowledgement; then, when asked, until `replies` messages of the
app are new, changed or gone, and until nothing has happened for `quiet` seconds; all that for `within` seconds at most.
A `person` is a User or their id; a `channel` a Channel, its id or its name.
"""

import asyncio
import html
import re
from typing import Literal, Unpack

from bot.demo.slack.answers import answer_action, answer_command
from bot.demo.slack.core import Ack, Core, Envelope
from bot.demo.slack.interactions import Payloads
from bot.demo.slack.outcome import Outcome, Wait, Watch
from bot.demo.slack.records import Channel, Message, User
from bot.demo.slack.schema import Json
from bot.demo.slack.workspace import Workspace

Person = User | str


class People:
    """Slash commands, messages, shortcuts, visits."""

    def __init__(self, core: Core, commands: tuple[str, ...], *, should_escape: bool) -> None:
        self._core = core
        self._commands = commands
        self._should_escape = should_escape

    # ── slash commands ────────────────────────────────────────────────────────────────────────────────────────────────
    async def slash(
        self,
        person: Person,
        channel: Channel | str,
        command: str,
        text: str = "",
        *,
        thread_ts: str | None = None,
        **wait: Unpack[Wait],
    ) -> Outcome:
        """Type a slash command. In a thread Slack refuses it: the error is "not_supported_in_threads"."""
        who, workspace = self._who(person)
        where = self._where(workspace, channel, who)
        watch = Watch(self._core, workspace, who)
        error, ack = "", Ack()
        if thread_ts is not None:
            error = "not_supported_in_threads"
            workspace.notice(who.id, where.id, f"`{command}` is not supported in threads. Sorry!")
        elif self._commands and command not in self._commands:
            error = "unknown_command"
            workspace.notice(who.id, where.id, f"`{command}` is not a valid command.")
        else:
            said = typed(text, workspace, references=self._should_escape, named=True)
            payload = Payloads(self._core, workspace).slash(who, where, command, said)
            ack = await self._core.deliver("slash_commands", payload)
            error = answer_command(self._core, workspace, who, where, ack)
            if error:
                workspace.notice(who.id, where.id, f"`{command}` failed with the error \u201c{error}\u201d")
        return await watch.see(ack, error=error, **wait)

    # ── messages ──────────────────────────────────────────────────────────────────────────────────────────────────────
    async def mention(
        self,
        person: Person,
        channel: Channel | str,
        text: str,
        *,
        thread_ts: str | None = None,
        **wait: Unpack[Wait],
    ) -> Outcome:
        """Say something to the bot in a channel; `@name` is put first if the text does not have it.

        Where the bot is not a member it hears nothing: the error is "not_in_channel".
        """
        who, workspace = self._who(person)
        where = self._where(workspace, channel, who)
        watch = Watch(self._core, workspace, who)
        said = typed(text, workspace)
        mention = f"<@{workspace.bot.id}>"
        sent = workspace.post(where.id, who.id, said if mention in said else f"{mention} {said}", thread_ts=thread_ts)
        if workspace.bot.id not in where.members:
            workspace.notice(
                who.id, where.id, f"{mention} is not in this channel, so it can\u2019t see what you wrote."
            )
            return await watch.see(Ack(), error="not_in_channel", sent=sent)
        ack = await self._tell(workspace, _spoken("app_mention", workspace, sent, where))
        return await watch.see(ack, sent=sent, **wait)

    async def dm(
        self,
        person: Person,
        text: str,
        *,
        thread_ts: str | None = None,
        **wait: Unpack[Wait],
    ) -> Outcome:
        """Say something to the bot in private: a message.im event."""
        who, workspace = self._who(person)
        where = self._where(workspace, "", who)
        watch = Watch(self._core, workspace, who)
        sent = workspace.post(where.id, who.id, typed(text, workspace), thread_ts=thread_ts)
        ack = await self._tell(workspace, _spoken("message", workspace, sent, where) | {"channel_type": "im"})
        return await watch.see(ack, sent=sent, **wait)

    def say(self, person: Person, channel: Channel | str, text: str, *, thread_ts: str | None = None) -> Message:
        """Say something in a channel that is not for the bot; it hears nothing."""
        who, workspace = self._who(person)
        where = self._where(workspace, channel, who)
        return workspace.post(where.id, who.id, typed(text, workspace), thread_ts=thread_ts)

    # ── channels and App Home ─────────────────────────────────────────────────────────────────────────────────────────
    async def invite(self, person: Person, channel: Channel | str) -> Outcome:
        """Take the bot into a channel: a member_joined_channel event."""
        who, workspace = self._who(person)
        where = self._where(workspace, channel, who)
        watch = Watch(self._core, workspace, who)
        where.members.add(workspace.bot.id)
        workspace.notice(who.id, where.id, f"<@{workspace.bot.id}> has joined this channel.")
        event = {
            "type": "member_joined_channel",
            "user": workspace.bot.id,
            "channel": where.id,
            "channel_type": "C",
            "team": workspace.id,
            "inviter": who.id,
            "event_ts": workspace.new_ts(),
        }
        return await watch.see(await self._tell(workspace, event))

    async def open_home(
        self, person: Person, *, tab: Literal["home", "messages", "about"] = "home", **wait: Unpack[Wait]
    ) -> Outcome:
        """Visit App Home: app_home_opened, on every visit. With `quiet`, wait for what is published."""
        who, workspace = self._who(person)
        watch = Watch(self._core, workspace, who)
        home = workspace.homes.get(who.id)
        payloads = Payloads(self._core, workspace)
        event: Json = {
            "type": "app_home_opened",
            "user": who.id,
            "channel": self._where(workspace, "", who).id,
            "tab": tab,
            "event_ts": workspace.new_ts(),
        }
        if home is not None and tab == "home":
            event["view"] = payloads.view_action(who, home, {})["view"]
        return await watch.see(await self._tell(workspace, event), **wait)

    # ── shortcuts ─────────────────────────────────────────────────────────────────────────────────────────────────────
    async def shortcut(self, person: Person, callback_id: str, **wait: Unpack[Wait]) -> Outcome:
        """Use a global shortcut."""
        who, workspace = self._who(person)
        payload = Payloads(self._core, workspace).shortcut(who, callback_id)
        return await self._interact(who, workspace, payload, wait)

    async def message_shortcut(
        self,
        person: Person,
        message_ts: str,
        callback_id: str,
        **wait: Unpack[Wait],
    ) -> Outcome:
        """Use a message's shortcut. Raises LookupError if this person sees no such message."""
        who, workspace = self._who(person)
        message = self._seen(workspace, who, message_ts)
        payload = Payloads(self._core, workspace).message_shortcut(who, message, callback_id)
        return await self._interact(who, workspace, payload, wait)

    # ── shared ────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def _interact(self, who: User, workspace: Workspace, payload: Json, wait: Wait) -> Outcome:
        watch = Watch(self._core, workspace, who)
        ack = await self._core.deliver("interactive", payload)
        error = answer_action(self._core, workspace, ack)
        return await watch.see(ack, error=error, **wait)

    async def _tell(self, workspace: Workspace, event: Json) -> Ack:
        """Send an event; if it is not acknowledged, again in the background, as often as Slack does."""
        payload = Payloads(self._core, workspace).event(event)
        envelope = Envelope(payload["event_id"], "events_api", payload, answerable=False)
        ack = await self._core.attempt(envelope)
        if ack.error and ack.retry:
            self._core.in_background(retry_event(self._core, payload, ack.reason))
        return ack

    def _who(self, person: Person) -> tuple[User, Workspace]:
        user_id = person if isinstance(person, str) else person.id
        workspace = self._core.by_user(user_id)
        return workspace.users[user_id], workspace

    def _where(self, workspace: Workspace, channel: Channel | str, who: User) -> Channel:
        """A channel of the workspace; "" is the person's direct messages with the bot. Raises LookupError."""
        name = channel if isinstance(channel, str) else channel.id
        found = workspace.channel(name) if name else workspace.dm_of(who.id)
        if found is None or who.id not in found.members:
            raise LookupError(f"{who.name} is in no channel {name!r}")
        return found

    def _seen(self, workspace: Workspace, who: User, ts: str) -> Message:
        message = workspace.anywhere(ts)
        visible = (
            message is not None and message.seen_by(who.id) and who.id in workspace.channels[message.channel].members
        )
        if message is None or not visible:
            raise LookupError(f"{who.name} sees no message {ts!r}")
        return message


def typed(text: str, workspace: Workspace, *, references: bool = True, named: bool = False) -> str:
    """Typed text as Slack passes it on: & < > escaped, and, if asked, `@name` and `#channel` as references.

    named: people with their names, as in a command; a message has their ids alone.
    """
    parts = re.split(r"(<[@#!][^<>\s]+>)", text)
    escaped = "".join(part if index % 2 else html.escape(part, quote=False) for index, part in enumerate(parts))
    if not references:
        return escaped
    for user in workspace.users.values():
        reference = f"<@{user.id}|{user.name}>" if named else f"<@{user.id}>"
        escaped = re.sub(rf"(?<![\w@<])@{re.escape(user.name)}\b", reference, escaped)
    for channel in workspace.channels.values():
        if not channel.is_im:
            escaped = re.sub(rf"(?<![\w&#])#{re.escape(channel.name)}\b", f"<#{channel.id}|{channel.name}>", escaped)
    return escaped


async def retry_event(core: Core, payload: Json, reason: str) -> None:
    """Repeat an event until it is acknowledged: at once, after a minute, after five; a new envelope each time."""
    for attempt, delay in enumerate(core.event_retry_seconds, start=1):
        await asyncio.sleep(delay)
        envelope = Envelope(f"{payload['event_id']}-{attempt}", "events_api", payload, False, attempt, reason)
        ack = await core.attempt(envelope)
        if not ack.error or not ack.retry:
            return
        reason = ack.reason


def _spoken(kind: str, workspace: Workspace, sent: Message, where: Channel) -> Json:
    event: Json = {
        "type": kind,
        "user": sent.user,
        "text": sent.text,
        "ts": sent.ts,
        "client_msg_id": f"local-{sent.ts}",
        "team": workspace.id,
        "channel": where.id,
        "event_ts": sent.ts,
    }
    return event | ({"thread_ts": sent.thread_ts} if sent.thread_ts else {})
