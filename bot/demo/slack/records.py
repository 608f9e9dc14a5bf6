"""The things a workspace holds. Plain data; `workspace.py` keeps them, and its rules."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from bot.demo.slack.schema import Json


@dataclass(frozen=True, slots=True)
class User:
    """A person, the app's bot user, or Slackbot. `zone` is an IANA name; `colour` a CSS colour for the avatar.

    admin: of the workspace.
    """

    id: str
    name: str
    real_name: str
    zone: str
    colour: str
    kind: Literal["person", "bot", "slackbot"] = "person"
    admin: bool = False

    def as_json(self, team_id: str, now: datetime) -> Json:
        """As users.info shows it; `tz_offset` in seconds, as of `now`."""
        local = now.astimezone(ZoneInfo(self.zone))
        offset = local.utcoffset()
        return {
            "id": self.id,
            "team_id": team_id,
            "name": self.name,
            "deleted": False,
            "color": self.colour.removeprefix("#"),
            "real_name": self.real_name,
            "tz": self.zone,
            "tz_label": local.tzname() or self.zone,
            "tz_offset": int(offset.total_seconds()) if offset else 0,
            "profile": {
                "real_name": self.real_name,
                "display_name": self.real_name.split()[0],
                "real_name_normalized": self.real_name,
                "team": team_id,
            },
            "is_admin": self.admin,
            "is_owner": False,
            "is_bot": self.kind == "bot",
            "is_app_user": False,
            "updated": 1_700_000_000,
            "locale": "en-US",
        }


@dataclass(slots=True)
class Channel:
    """A public channel, or the direct messages of one person and the bot (then `person` is that person's id)."""

    id: str
    name: str
    members: set[str]
    person: str | None = None
    archived: bool = False

    @property
    def is_im(self) -> bool:
        return self.person is not None


@dataclass(slots=True)
class Message:
    """A message. `only_for`: the one person who sees it (ephemeral); `changed`: the revision of its last change."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    only_for: str | None = None
    metadata: Json | None = None
    edited: str | None = None
    files: list[str] = field(default_factory=list)
    state: dict[str, dict[str, Json]] = field(default_factory=dict)
    changed: int = 0

    @property
    def ephemeral(self) -> bool:
        return self.only_for is not None

    def seen_by(self, user: str) -> bool:
        return self.only_for in (None, user)


@dataclass(slots=True)
class View:
    """An open modal, or a person's App Home. `state` is what was typed, by block_id and action_id."""

    id: str
    user: str
    kind: Literal["modal", "home"]
    body: Json
    hash: str
    root: str
    previous: str | None = None
    state: dict[str, dict[str, Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    changed: int = 0

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.body["blocks"]
        return blocks

    def block_of(self, action_id: str) -> Json | None:
        return next((block for block in self.blocks if action_id in action_ids(block)), None)


@dataclass(slots=True)
class File:
    """An uploaded file: `ready_at` is when Slack has processed it and blocks may show it; None until completed."""

    id: str
    name: str
    title: str
    length: int
    alt: str = ""
    content: bytes | None = None
    ready_at: datetime | None = None
    shared_in: list[str] = field(default_factory=list)

    @property
    def suffix(self) -> str:
        """The ending of the name, such as "png"."""
        return self.name.rpartition(".")[2].lower()


@dataclass(slots=True)
class Trigger:
    """A trigger_id: one use, three seconds. `view`: the modal it was born in, if any."""

    id: str
    user: str
    expires: datetime
    view: str | None = None
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """Where the app may answer one interaction. `source`: the message it came from, None for a slash command."""

    token: str
    channel: str
    user: str
    source: str | None
    uses_left: int
    expires: datetime
    thread_ts: str | None = None


def action_ids(block: Json) -> list[str]:
    return [element["action_id"] for element in elements_of(block) if "action_id" in element]


def elements_of(block: Json) -> list[Json]:
    """Every element that stands in a block and can be used: in actions, as accessory, as input."""
    if block.get("type") == "actions":
        return list(block["elements"])
    return [element for element in (block.get("accessory"), block.get("element")) if element]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What Slack would refuse, ignore or not deliver. `where`: a method, "response_url" or "acknowledgement"."""

    at: datetime
    team: str
    where: str
    error: str
    reasons: tuple[str, ...] = ()
    channel: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.error}" + "".join(f"\n  - {reason}" for reason in self.reasons)
