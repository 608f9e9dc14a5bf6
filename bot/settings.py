"""Every setting in one table: its name in the environment (or in `.env`), its default, what it is for.

Only `app` and the command line read them; everyone else is handed what they need.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Annotated, Any, Literal, get_args

from bot import environment
from bot.core.errors import CareerbotError
from bot.environment import Secret, listed


class SettingsError(CareerbotError):
    """A setting has a value that it cannot have. Names the setting and what it takes; never shows a secret."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What is known of a setting beside its type and default.

    read: from its text; raises ValueError. name: in the environment, if it is not CAREERBOT_ and the field's.
    """

    help: str
    read: Callable[[str], object] = str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Made by `load`, from the environment and from `.env`."""

    discord_token: Annotated[
        Secret | None,
        _Told("Discord bot token. With it, `careerbot run` serves Discord.", read=Secret, name="DISCORD_TOKEN"),
    ] = None
    discord_api_url: Annotated[
        str | None,
        _Told(
            "Another Discord endpoint, such as a test's: `http://HOST/api/v10`. It says where its gateway is.",
            read=environment.discord_url,
            name="DISCORD_API_URL",
        ),
    ] = None
    slack_bot_token: Annotated[
        Secret | None,
        _Told(
            "Slack bot token (`xoxb-…`). With it and one of the next two, `careerbot run` serves Slack.",
            read=Secret,
            name="SLACK_BOT_TOKEN",
        ),
    ] = None
    slack_app_token: Annotated[
        Secret | None,
        _Told(
            "Slack app-level token (`xapp-…`) for Socket Mode, which needs no public address.",
            read=Secret,
            name="SLACK_APP_TOKEN",
        ),
    ] = None
    slack_signing_secret: Annotated[
        Secret | None,
        _Told(
            "Slack signing secret for HTTP mode, where Slack calls us and we check each signature.",
            read=Secret,
            name="SLACK_SIGNING_SECRET",
        ),
    ] = None
    slack_client_id: Annotated[
        str | None,
        _Told(
            "Slack client id. With it, any workspace may install the bot, at `/slack/install`; it takes the "
            "next three and the signing secret too, and no `SLACK_BOT_TOKEN`.",
            name="SLACK_CLIENT_ID",
        ),
    ] = None
    slack_client_secret: Annotated[
        Secret | None,
        _Told("Slack client secret, from the same page as the client id.", read=Secret, name="SLACK_CLIENT_SECRET"),
    ] = None
    secret_keys: Annotated[
        Secret | None,
        _Told(
            "Keys that seal the workspaces' tokens in the database, with commas between, the newest first. "
            "`careerbot db key` makes one; `careerbot db rekey` seals everything with the newest.",
            read=environment.keys,
        ),
    ] = None
    public_url: Annotated[
        str | None,
        _Told(
            "The bot's address as the internet sees it, such as `https://bot.example.org`, without a path.",
            read=environment.public_url,
        ),
    ] = None
    slack_api_url: Annotated[
        str | None,
        _Told(
            "Another Slack endpoint; every Slack client that the bot makes uses it.",
            read=environment.slack_url,
            name="SLACK_API_URL",
        ),
    ] = None
    database_url: Annotated[
        str,
        _Told(
            "Where the bot keeps what it must remember: `sqlite:///FILE`, `sqlite://` for this run only, or "
            "`postgresql://USER:PASSWORD@HOST/NAME`.",
            read=environment.database,
            name="DATABASE_URL",
        ),
    ] = field(default="sqlite:///careerbot.sqlite3", repr=False)
    slack_mode: Annotated[
        Literal["auto", "socket", "http"],
        _Told(
            "How Slack reaches us: `socket`, `http`, or `auto`: Socket Mode where there is an app token.",
            read=environment.one_of("auto", "socket", "http"),
        ),
    ] = "auto"
    http_host: Annotated[
        str,
        _Told(
            "The address that `careerbot run` listens on, for `/healthz`, `/readyz`, `/metrics`, `/privacy` "
            "and, in HTTP mode, Slack; `0.0.0.0` in a container."
        ),
    ] = "127.0.0.1"
    http_port: Annotated[
        int,
        _Told(
            "The port for that; `0` for none (in HTTP mode: for any that is free).", read=environment.whole(0, 65535)
        ),
    ] = 8080
    trusted_proxies: Annotated[
        str,
        _Told(
            "The addresses and networks, with commas between, of reverse proxies that are believed when they "
            "name the caller (`X-Forwarded-For`); `*` where only the proxy reaches the port."
        ),
    ] = "127.0.0.1,::1"
    drain_seconds: Annotated[
        int,
        _Told(
            "How many seconds `careerbot run`, told to stop, goes on serving while `/readyz` says no: the time "
            "in which a load balancer turns to other replicas.",
            read=environment.whole(0, 300),
        ),
    ] = 0
    contact: Annotated[
        str,
        _Told(
            "Whom people ask about their data: an e-mail or web address, shown at `/privacy`.", read=environment.contact
        ),
    ] = ""
    pack: Annotated[str, _Told("The content pack: a name that careerbot brings, or a folder.")] = "ai-engineer"
    managers: Annotated[
        str,
        _Told(
            "Who may do what only admins may, beside them: `slack:TEAM:USER` or `discord:SERVER:USER` ids, "
            "with commas between.",
            read=environment.people,
        ),
    ] = ""
    digest_grace_hours: Annotated[
        int, _Told("How many hours after its time a weekly digest is still posted.", read=environment.whole(1, 144))
    ] = 24
    requests_per_minute: Annotated[
        int,
        _Told(
            "How many requests one person may make a minute, in the long run; 20 may come at once, and what "
            "speaks to others is rarer. 0: as many as they like.",
            read=environment.whole(0, 6_000),
        ),
    ] = 30
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        _Told("How much the log says.", read=environment.one_of("debug", "info", "warning", "error")),
    ] = "info"
    log_format: Annotated[
        Literal["text", "json"],
        _Told("The log's form: for people, or JSON lines.", read=environment.one_of("text", "json")),
    ] = "text"

    @property
    def manager_accounts(self) -> tuple[tuple[str, str, str], ...]:
        """Platform, workspace and user of each of `managers`."""
        parts = (one.split(":") for one in listed(self.managers))
        return tuple((platform, workspace, user) for platform, workspace, user in parts)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret that is set, so that it can be kept out of the log."""
        values = (getattr(self, each.name) for each in fields(self))
        return tuple(value.value for value in values if isinstance(value, Secret))

    @property
    def digest_grace(self) -> timedelta:
        """How long after its slot a digest is still worth posting."""
        return timedelta(hours=self.digest_grace_hours)

    @property
    def between_requests(self) -> timedelta | None:
        """How far apart one person's requests are in the long run; None where that does not matter."""
        return timedelta(minutes=1) / self.requests_per_minute if self.requests_per_minute else None

    @property
    def slack_by(self) -> Literal["socket", "http"]:
        """How Slack reaches us, once `auto` is decided."""
        if self.slack_mode != "auto":
            return self.slack_mode
        return "http" if self.slack_signing_secret and not self.slack_app_token else "socket"

    @property
    def has_tokens(self) -> bool:
        """Whether something is set by which a platform is served, if not all that it takes."""
        slack = (self.slack_bot_token, self.slack_app_token, self.slack_signing_secret, self.slack_client_id)
        return any((self.discord_token, *slack, self.slack_client_secret))

    def slack_lacks(self, *, listens: bool = True) -> str:
        """Why Slack cannot be served, in a sentence that names the settings; "" if it can.

        listens: whether people are to be heard there, and not only told something.
        """
        by = "SLACK_APP_TOKEN" if self.slack_by == "socket" else "SLACK_SIGNING_SECRET"
        mode = {"SLACK_APP_TOKEN": self.slack_app_token, "SLACK_SIGNING_SECRET": self.slack_signing_secret}
        if not self.slack_client_id:
            if not self.slack_bot_token:
                return "SLACK_BOT_TOKEN is not set"
            return "" if mode[by] or not listens else f"SLACK_BOT_TOKEN is set, but {by} is not"
        if self.slack_bot_token:
            return (
                "SLACK_CLIENT_ID and SLACK_BOT_TOKEN are both set: the first is for many workspaces, the second for "
                "one. Unset one of them"
            )
        if self.slack_by == "socket" and listens:
            return "SLACK_CLIENT_ID is set, for many workspaces, and that takes HTTP mode: set SLACK_SIGNING_SECRET" + (
                ", and unset SLACK_APP_TOKEN" if self.slack_app_token else ""
            )
        needed = {
            "SLACK_SIGNING_SECRET": self.slack_signing_secret,
            "SLACK_CLIENT_SECRET": self.slack_client_secret,
            "CAREERBOT_SECRET_KEYS": self.secret_keys,
            "CAREERBOT_PUBLIC_URL": self.public_url,
        }
        if not listens:
            del needed["SLACK_SIGNING_SECRET"]
        missing = " and ".join(name for name, value in needed.items() if not value)
        return f"SLACK_CLIENT_ID is set, but {missing} {'are' if ' and ' in missing else 'is'} not" if missing else ""


def load() -> Settings:
    """The settings as they are now. Raises SettingsError naming each setting that is wrong."""
    texts, found, wrong = environment.given(), dict[str, Any](), list[str]()
    for each, told, row in _table():
        if row.name in texts:
            try:
                found[each] = told.read(texts[row.name])
            except ValueError as error:
                wrong.append(f"{row.name}: {error}")
    if wrong:
        raise SettingsError("\n".join(wrong))
    return Settings(**found)


@dataclass(frozen=True, slots=True)
class Row:
    """One setting, for people."""

    name: str
    default: str
    help: str
    secret: bool


def rows() -> Iterator[Row]:
    """The table of settings, for the README, `.env.example` and `careerbot doctor`."""
    return (row for _, _, row in _table())


def _table() -> Iterator[tuple[str, _Told, Row]]:
    for each in fields(Settings):
        kind, told = get_args(each.type)
        name = told.name or f"CAREERBOT_{each.name.upper()}"
        default = "" if each.default is None else str(each.default)
        yield each.name, told, Row(name, default, told.help, Secret in get_args(kind))
