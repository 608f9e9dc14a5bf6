"""Every setting in one table: its name in the environment (or in `.env`), its default, what it is for.

Only `app` and the command line read them; everyone else is handed what they need.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.core.errors import CareerbotError


class SettingsError(CareerbotError):
    """A setting has a value that it cannot have. Names the setting and what it takes; never shows a secret."""


class Settings(BaseSettings):
    """Read from the environment first, then from `.env` in the folder where careerbot is started."""

    model_config = SettingsConfigDict(
        env_prefix="CAREERBOT_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    discord_token: SecretStr | None = Field(
        default=None,
        validation_alias="DISCORD_TOKEN",
        description="Discord bot token. With it, `careerbot run` serves Discord.",
    )
    discord_api_url: str | None = Field(
        default=None,
        validation_alias="DISCORD_API_URL",
        description="Another Discord endpoint, such as a test's: `http://HOST/api/v10`. It says where its gateway is.",
    )
    slack_bot_token: SecretStr | None = Field(
        default=None,
        validation_alias="SLACK_BOT_TOKEN",
        description="Slack bot token (`xoxb-…`). With it and one of the next two, `careerbot run` serves Slack.",
    )
    slack_app_token: SecretStr | None = Field(
        default=None,
        validation_alias="SLACK_APP_TOKEN",
        description="Slack app-level token (`xapp-…`) for Socket Mode, which needs no public address.",
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None,
        validation_alias="SLACK_SIGNING_SECRET",
        description="Slack signing secret for HTTP mode, where Slack calls us and we check each signature.",
    )
    slack_client_id: str | None = Field(
        default=None,
        validation_alias="SLACK_CLIENT_ID",
        description="Slack client id. With it, any workspace may install the bot, at `/slack/install`; it takes the "
        "next three and the signing secret too, and no `SLACK_BOT_TOKEN`.",
    )
    slack_client_secret: SecretStr | None = Field(
        default=None,
        validation_alias="SLACK_CLIENT_SECRET",
        description="Slack client secret, from the same page as the client id.",
    )
    secret_keys: SecretStr | None = Field(
        default=None,
        description="Keys that seal the workspaces' tokens in the database, with commas between, the newest first. "
        "`careerbot db key` makes one; `careerbot db rekey` seals everything with the newest.",
    )
    public_url: str | None = Field(
        default=None,
        description="The bot's address as the internet sees it, such as `https://bot.example.org`, without a path.",
    )
    slack_api_url: str | None = Field(
        default=None,
        validation_alias="SLACK_API_URL",
        description="Another Slack endpoint; every Slack client that the bot makes uses it.",
    )
    database_url: str = Field(
        default="sqlite:///careerbot.sqlite3",
        validation_alias="DATABASE_URL",
        repr=False,  # it may hold a password
        description="Where the bot keeps what it must remember: `sqlite:///FILE`, `sqlite://` for this run only, or "
        "`postgresql://USER:PASSWORD@HOST/NAME`.",
    )
    slack_mode: Literal["auto", "socket", "http"] = Field(
        default="auto",
        description="How Slack reaches us: `socket`, `http`, or `auto`: Socket Mode where there is an app token.",
    )
    http_host: str = Field(
        default="127.0.0.1",
        description="The address that `careerbot run` listens on, for `/healthz`, `/readyz`, `/metrics`, `/privacy` "
        "and, in HTTP mode, Slack; `0.0.0.0` in a container.",
    )
    http_port: int = Field(
        default=8080,
        ge=0,
        le=65535,
        description="The port for that; `0` for none (in HTTP mode: for any that is free).",
    )
    trusted_proxies: str = Field(
        default="127.0.0.1,::1",
        description="The addresses and networks, with commas between, of reverse proxies that are believed when they "
        "name the caller (`X-Forwarded-For`); `*` where only the proxy reaches the port.",
    )
    drain_seconds: int = Field(
        default=0,
        ge=0,
        le=300,
        description="How many seconds `careerbot run`, told to stop, goes on serving while `/readyz` says no: the time "
        "in which a load balancer turns to other replicas.",
    )
    contact: str = Field(
        default="", description="Whom people ask about their data: an e-mail or web address, shown at `/privacy`."
    )
    pack: str = Field(default="ai-engineer", description="The content pack: a name that careerbot brings, or a folder.")
    managers: str = Field(
        default="",
        description="Who may do what only admins may, beside them: `slack:TEAM:USER` or `discord:SERVER:USER` ids, "
        "with commas between.",
    )
    digest_grace_hours: int = Field(
        default=24, ge=1, le=144, description="How many hours after its time a weekly digest is still posted."
    )
    requests_per_minute: int = Field(
        default=30,
        ge=0,
        le=6_000,
        description="How many requests one person may make a minute, in the long run; 20 may come at once, and what "
        "speaks to others is rarer. 0: as many as they like.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much the log says."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="The log's form: for people, or JSON lines."
    )

    @field_validator("slack_api_url")
    @classmethod
    def _api_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("expected an address that begins with https:// (or http:// for a local one)")
        return value if value is None or value.endswith("/") else f"{value}/"

    @field_validator("contact")
    @classmethod
    def _contact(cls, value: str) -> str:
        value = value.strip()
        if value and not re.fullmatch(r"https?://\S+|[^\s@<>]+@[^\s@<>]+", value):
            raise ValueError("expected an e-mail address, or a web address that begins with https://")
        return value

    @field_validator("discord_api_url")
    @classmethod
    def _discord_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("expected an address such as https://discord.com/api/v10")
        return value if value is None else value.rstrip("/")

    @field_validator("public_url")
    @classmethod
    def _public(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[\w.:\[\]-]+/?", value):
            raise ValueError("expected an address without a path, such as https://bot.example.org")
        return value

    @field_validator("secret_keys")
    @classmethod
    def _keys(cls, value: SecretStr | None) -> SecretStr | None:
        # Fernet's keys: 32 bytes in URL-safe base 64. What is wrong is not shown: it is most of a secret.
        for number, key in enumerate(_listed(value.get_secret_value()) if value else (), start=1):
            if not re.fullmatch(r"[\w-]{43}=", key, re.ASCII):
                raise ValueError(f"number {number} is no key; `careerbot db key` makes one")
        return value

    @field_validator("managers")
    @classmethod
    def _people(cls, value: str) -> str:
        for one in _listed(value):
            if not re.fullmatch(r"(slack|discord):\w+:\w+", one):
                raise ValueError(
                    f"{one!r} is nobody: expected slack:TEAM:USER or discord:SERVER:USER, such as slack:T1:U2"
                )
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if value != "sqlite://" and not re.match("sqlite:///.|postgres(ql)?://.", value):
            raise ValueError(
                "expected sqlite:///FILE, such as sqlite:///careerbot.sqlite3, or postgresql://USER:PASSWORD@HOST/NAME"
            )
        return value

    @property
    def manager_accounts(self) -> tuple[tuple[str, str, str], ...]:
        """Platform, workspace and user of each of `managers`."""
        parts = (one.split(":") for one in _listed(self.managers))
        return tuple((platform, workspace, user) for platform, workspace, user in parts)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret that is set, so that it can be kept out of the log."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr))

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


def _listed(value: str) -> list[str]:
    return [one.strip() for one in value.split(",") if one.strip()]


def load() -> Settings:
    """The settings as they are now. Raises SettingsError naming each setting that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        names = {name: row.name for name, row in zip(Settings.model_fields, rows(), strict=True)}
        lines = []
        for detail in error.errors(include_url=False, include_input=False):
            place = str(detail["loc"][0]) if detail["loc"] else ""
            lines.append(f"{names.get(place, place)}: {detail['msg'].removeprefix('Value error, ')}")
        raise SettingsError("\n".join(lines)) from None


@dataclass(frozen=True, slots=True)
class Row:
    """One setting, for people."""

    name: str
    default: str
    help: str
    secret: bool


def rows() -> Iterator[Row]:
    """The table of settings, for the README, `.env.example` and `careerbot doctor`."""
    for name, info in Settings.model_fields.items():
        shown: Any = info.default
        yield Row(
            str(info.validation_alias or f"CAREERBOT_{name.upper()}"),
            "" if shown is None else str(shown),
            info.description or "",
            "SecretStr" in str(info.annotation),
        )
