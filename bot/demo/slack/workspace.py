"""One workspace: its people, channels, messages, modals, Homes, files, and the tickets that Slack hands out.

Knows no network. Every change raises `revision` and calls `on_change`, which is how actions and the page learn of it.
"""

import secrets
from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Literal

from bot.demo.slack import limits
from bot.demo.slack.records import Channel, File, Message, ResponseUrl, Trigger, User, View, elements_of
from bot.demo.slack.schema import Json

Clock = Callable[[], datetime]


class Workspace:
    """A Slack team with our app installed.

    clock: gives the moment of every message, with a zone; it may be moved by hand.
    number: which workspace it is; ids are made from it, so no two workspaces share one.
    token_error: what every method answers, such as "token_revoked" or "account_inactive"; "" while the token is good.
    scopes: what the token may do, as each answer's header tells; none: no such header.
    """

    def __init__(
        self, clock: Clock, *, number: int = 1, name: str = "Makers Guild", bot_name: str = "careerbot"
    ) -> None:
        self.clock = clock
        self.name = name
        self.domain = name.lower().replace(" ", "-")
        self.id = f"T{number:08d}LO"
        self.app_id = "A00000001LO"
        self.bot_id = f"B{number:08d}LO"
        self.bot_token = f"xoxb-{number}-{secrets.token_hex(12)}"
        self.token_error = ""
        self.scopes: tuple[str, ...] = ()
        self.ada = User(f"U{number:06d}ADA", "ada", "Ada Lovelace", "Europe/London", "#7c3aed", admin=True)
        self.grace = User(f"U{number:06d}GRA", "grace", "Grace Hopper", "America/New_York", "#0f766e")
        self.bot = User(f"U{number:06d}BOT", bot_name, bot_name, "Etc/UTC", "#1d4ed8", "bot")
        self.slackbot = User("USLACKBOT", "slackbot", "Local Slack", "Etc/UTC", "#64748b", "slackbot")
        self.users = {user.id: user for user in (self.ada, self.grace, self.bot, self.slackbot)}
        people = {self.ada.id, self.grace.id}
        self.general = Channel(f"C{number:06d}GEN", "general", set(people))
        self.careers = Channel(f"C{number:06d}CAR", "careers", {*people, self.bot.id})
        self.channels = {channel.id: channel for channel in (self.general, self.careers)}
        for person in (self.ada, self.grace):
            self._add_dm(f"D{number:06d}{person.id[-3:]}", person)
        self.messages: dict[str, list[Message]] = {channel: [] for channel in self.channels}
        self.files: dict[str, File] = {}
        self.files_ready_after = timedelta()
        self.modals: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.deleted: list[tuple[int, str]] = []
        self.revision = 0
        self.on_change: Callable[[], None] = lambda: None
        self._last = 0
        self._serial = 0

    # ── who and where ─────────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def people(self) -> list[User]:
        return [user for user in self.users.values() if user.kind == "person"]

    def channel(self, name: str) -> Channel | None:
        """By id, or by name with or without its #."""
        by_name = (channel for channel in self.channels.values() if not channel.is_im)
        return self.channels.get(name) or next((c for c in by_name if c.name == name.removeprefix("#")), None)

    def dm_of(self, user: str) -> Channel | None:
        return next((channel for channel in self.channels.values() if channel.person == user), None)

    def add_channel(self, name: str) -> Channel:
        """One more public channel, where everybody is and the bot too."""
        channel = Channel(self.new_id("C"), name, {*(person.id for person in self.people), self.bot.id})
        self.channels[channel.id] = channel
        self.messages[channel.id] = []
        self.touch()
        return channel

    def drop_channel(self, channel_id: str) -> None:
        """Take a channel away, as if it had never been: the Web API knows it no longer. Raises KeyError."""
        del self.channels[channel_id], self.messages[channel_id]
        self.touch()

    def add_person(self, name: str, zone: str = "Etc/UTC") -> User:
        """One more person, in no channel yet but their direct messages with the bot."""
        person = User(self.new_id("U"), name, name.title(), zone, "#334155")
        self.users[person.id] = person
        dm = self.new_id("D")
        self._add_dm(dm, person)
        self.messages[dm] = []
        self.touch()
        return person

    def _add_dm(self, channel_id: str, person: User) -> None:
        self.channels[channel_id] = Channel(channel_id, "", {person.id, self.bot.id}, person.id)

    # ── ids and moments ───────────────────────────────────────────────────────────────────────────────────────────────
    def new_ts(self) -> str:
        """A timestamp as Slack's: seconds and six more digits, never given twice, always later than the last."""
        now = int(self.clock().timestamp() * 1_000_000)
        self._last = max(self._last + 1, now)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def new_id(self, letter: str) -> str:
        self._serial += 1
        return f"{letter}{self.id[1:9].lstrip('0')}{self._serial:06d}LOC"

    def new_file_id(self) -> str:
        """Not to be guessed: whoever knows it, and is on this machine, can have the file."""
        return f"F{secrets.token_hex(8).upper()}"

    def touch(self) -> int:
        self.revision += 1
        self.on_change()
        return self.revision

    # ── messages ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def post(
        self,
        channel: str,
        user: str,
        text: str,
        blocks: Iterable[Json] = (),
        *,
        thread_ts: str | None = None,
        only_for: str | None = None,
        metadata: Json | None = None,
        files: Iterable[str] = (),
    ) -> Message:
        message = Message(
            self.new_ts(),
            channel,
            user,
            text,
            self.named_blocks(blocks),
            thread_ts,
            only_for,
            metadata,
            files=list(files),
        )
        self.messages[channel].append(message)
        message.changed = self.touch()
        return message

    def find(self, channel: str, ts: str | None) -> Message | None:
        return next((message for message in self.messages.get(channel, ()) if message.ts == ts), None)

    def anywhere(self, ts: str) -> Message | None:
        return next((found for channel in self.messages if (found := self.find(channel, ts))), None)

    def change(self, message: Message, text: str, blocks: Iterable[Json], metadata: Json | None) -> None:
        message.text, message.metadata = text, metadata
        message.blocks = self.named_blocks(blocks)
        message.state = {}
        message.edited = None if message.ephemeral else self.new_ts()
        message.changed = self.touch()

    def remove(self, message: Message) -> None:
        self.messages[message.channel].remove(message)
        self.deleted.append((self.touch(), message.ts))

    def notice(self, user: str, channel: str, text: str) -> None:
        """What Slack itself tells one person."""
        self.post(channel, self.slackbot.id, text, only_for=user)

    def named_blocks(self, blocks: Iterable[Json]) -> list[Json]:
        """A copy in which every block and every element that can be used has an id, as Slack makes them up."""
        named = deepcopy(list(blocks))
        for block in named:
            block["block_id"] = block.get("block_id") or self.new_id("b")
            for element in elements_of(block):
                if element["type"] != "image":
                    element["action_id"] = element.get("action_id") or self.new_id("a")
        return named

    # ── tickets ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def new_trigger(self, user: str, view: str | None = None) -> Trigger:
        expires = self.clock() + timedelta(seconds=limits.TRIGGER_SECONDS)
        trigger = Trigger(f"{self.new_id('')}.{secrets.token_hex(8)}", user, expires, view)
        self.triggers[trigger.id] = trigger
        return trigger

    def new_response_url(
        self, channel: str, user: str, source: str | None = None, thread_ts: str | None = None
    ) -> ResponseUrl:
        expires = self.clock() + timedelta(seconds=limits.RESPONSE_URL_SECONDS)
        token = secrets.token_urlsafe(18)
        made = ResponseUrl(token, channel, user, source, limits.RESPONSE_URL_USES, expires, thread_ts)
        self.response_urls[token] = made
        return made

    # ── views ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    def top_view(self, user: str) -> View | None:
        stack = self.modals.get(user)
        return stack[-1] if stack else None

    def find_view(self, view_id: str | None = None, external_id: str | None = None) -> View | None:
        views = [view for stack in self.modals.values() for view in stack] + list(self.homes.values())
        for view in views:
            if view.id == view_id or (external_id and view.body.get("external_id") == external_id):
                return view
        return None

    def new_view(self, user: str, kind: Literal["modal", "home"], body: Json, previous: View | None = None) -> View:
        view_id = self.new_id("V")
        root = previous.root if previous else view_id
        view = View(view_id, user, kind, {}, "", root, previous.id if previous else None)
        self.set_view(view, body)
        return view

    def set_view(self, view: View, body: Json) -> None:
        """Give a view a new body. What was typed into a block of the same ids stays, as in Slack."""
        view.body = {**body, "blocks": self.named_blocks(body["blocks"])}
        view.hash = f"{self.new_ts().split('.')[0]}.{secrets.token_hex(4)}"
        view.errors = {}
        kept = {
            block["block_id"]: {e["action_id"] for e in elements_of(block)}
            for block in view.blocks
            if elements_of(block)
        }
        view.state = {
            block: {action: value for action, value in actions.items() if action in kept[block]}
            for block, actions in view.state.items()
            if block in kept
        }
        view.changed = self.touch()

    def open_modal(self, user: str, body: Json, *, push: bool = False) -> View:
        stack = self.modals.setdefault(user, [])
        if not push:
            stack.clear()
        view = self.new_view(user, "modal", body, stack[-1] if stack else None)
        stack.append(view)
        return view

    def close_modal(self, user: str, *, everything: bool = False) -> None:
        stack = self.modals.get(user, [])
        del stack[0 if everything else -1 :]
        self.touch()

    # ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    def has_file(self, reference: Json) -> bool:
        """Whether a block's `slack_file` names a file that is complete and processed."""
        wanted = reference.get("id") or str(reference.get("url", "")).rstrip("/").split("/")[-2:][0]
        file = self.files.get(str(wanted))
        return file is not None and file.ready_at is not None and file.ready_at <= self.clock()
