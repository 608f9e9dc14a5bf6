import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot import settings
from bot.roles import Plan, Role
from bot.settings import SettingsError
from bot.storage.sealing import new_key


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
    for row in settings.rows():
        monkeypatch.delenv(row.name, raising=False)


def served(*only: Role) -> tuple[set[str], dict[str, str]]:
    plan = Plan.of(settings.load(), only)
    return set(plan.listens), dict(plan.off)


def test_each_platform_that_has_its_tokens_is_served_and_the_other_says_why_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert served() == (set(), {"Discord": "DISCORD_TOKEN is not set", "Slack": "SLACK_BOT_TOKEN is not set"})
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    assert served()[1]["Slack"] == "SLACK_BOT_TOKEN is set, but SLACK_APP_TOKEN is not"
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "s")
    assert settings.load().slack_by == "http"
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    assert settings.load().slack_by == "socket"
    monkeypatch.setenv("DISCORD_TOKEN", "d")
    assert served() == ({"discord", "slack"}, {})


def test_roles_split_what_one_process_does_and_sending_needs_no_ear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "d")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    both = {Role.DISCORD, Role.SLACK}

    def plan(*only: Role) -> tuple[set[Role], set[Role], dict[str, str]]:
        found = Plan.of(settings.load(), only)
        return set(found.listens), set(found.speaks), dict(found.off)

    # Without an app token Slack cannot be heard; but what is due there can be sent.
    off = {"Slack": "SLACK_BOT_TOKEN is set, but SLACK_APP_TOKEN is not"}
    assert plan() == ({Role.DISCORD}, {Role.DISCORD}, off)
    assert plan(Role.DIGESTS) == (set(), both, {})
    assert plan(Role.SLACK) == (set(), set(), off)
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    assert plan() == (both, both, {})
    assert plan(Role.SLACK) == ({Role.SLACK}, set(), {})
    assert plan(Role.DISCORD, Role.DIGESTS) == ({Role.DISCORD}, both, {})


MANY = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "s",
    "SLACK_SIGNING_SECRET": "s",
    "CAREERBOT_SECRET_KEYS": new_key(),
    "CAREERBOT_PUBLIC_URL": "https://bot.example.org",
}


@pytest.mark.parametrize(
    ("unset", "more", "said"),
    [
        ((), {}, None),
        (("SLACK_SIGNING_SECRET",), {}, "that takes HTTP mode: set SLACK_SIGNING_SECRET"),
        ((), {"SLACK_APP_TOKEN": "xapp-1"}, "unset SLACK_APP_TOKEN"),
        (("SLACK_CLIENT_SECRET",), {}, "SLACK_CLIENT_ID is set, but SLACK_CLIENT_SECRET is not"),
        (("CAREERBOT_SECRET_KEYS",), {}, "but CAREERBOT_SECRET_KEYS is not"),
        (
            ("CAREERBOT_PUBLIC_URL", "CAREERBOT_SECRET_KEYS"),
            {},
            "CAREERBOT_SECRET_KEYS and CAREERBOT_PUBLIC_URL are not",
        ),
        ((), {"SLACK_BOT_TOKEN": "xoxb-1"}, "are both set"),
    ],
    ids=str,
)
def test_many_workspaces_take_the_whole_set_and_what_is_missing_is_named(
    unset: tuple[str, ...], more: dict[str, str], said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (MANY | more).items():
        if name not in unset:
            monkeypatch.setenv(name, value)
    on, off = served()
    assert (Role.SLACK in on) is (said is None)
    assert (said or "DISCORD_TOKEN") in str(off)


@pytest.mark.parametrize(
    ("name", "value"),
    [("CAREERBOT_SECRET_KEYS", f"{'A' * 43}=,too-short-to-be-one"), ("CAREERBOT_PUBLIC_URL", "https://x.org/path")],
)
def test_a_key_or_an_address_that_is_none_is_named_and_not_shown(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name) as caught:
        settings.load()
    assert value not in str(caught.value)
    assert "too-short" not in str(caught.value)


def test_an_env_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(".env", "w", encoding="utf-8") as file:  # noqa: PTH123 # the working folder's own
        file.write("CAREERBOT_PACK=from-file\nCAREERBOT_HTTP_PORT=9000\n")
    monkeypatch.setenv("CAREERBOT_HTTP_PORT", "9100")
    found = settings.load()
    assert (found.pack, found.http_port) == ("from-file", 9100)
    monkeypatch.setenv("CAREERBOT_HTTP_PORT", "")  # as if it were not set
    assert settings.load().http_port == 9000


def test_the_environment_wins_however_often_and_in_whatever_letters_the_file_says_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text("CAREERBOT_PACK=from-file\ncareerbot_pack=again\n", "utf-8")
    assert settings.load().pack == "again"
    monkeypatch.setenv("CAREERBOT_PACK", "from-environment")
    assert settings.load().pack == "from-environment"


def test_a_pipe_is_as_good_as_a_file() -> None:
    os.mkfifo(".env")
    with ThreadPoolExecutor(1) as thread:
        written = thread.submit(Path(".env").write_text, "CAREERBOT_PACK=from-pipe\n", "utf-8")
        assert settings.load().pack == "from-pipe"
        written.result()


def test_a_wrong_value_is_named_with_what_it_takes_and_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    monkeypatch.setenv("SLACK_API_URL", "slack.local")
    monkeypatch.setenv("DISCORD_API_URL", "discord.local")
    monkeypatch.setenv("CAREERBOT_HTTP_PORT", "eighty")
    monkeypatch.setenv("DATABASE_URL", "mysql://x")
    with pytest.raises(SettingsError) as caught:
        settings.load()
    said = str(caught.value)
    for name in ("SLACK_API_URL", "DISCORD_API_URL", "CAREERBOT_HTTP_PORT", "DATABASE_URL"):
        assert name in said
    assert "CAREERBOT_HTTP_PORT: expected a whole number from 0 to 65535" in said
    assert "secret" not in said
    assert "xoxb" not in said


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("CAREERBOT_LOG_LEVEL", "loud", "expected debug, info, warning or error"),
        ("CAREERBOT_DIGEST_GRACE_HOURS", "0", "expected a whole number from 1 to 144"),
        ("CAREERBOT_DRAIN_SECONDS", "301", "expected a whole number from 0 to 300"),
        ("CAREERBOT_CONTACT", "ask Ada", "expected an e-mail address"),
    ],
)
def test_what_cannot_be_is_answered_with_what_can(
    name: str, text: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(SettingsError, match=f"^{name}: {said}"):
        settings.load()


def test_a_secret_is_not_shown_when_the_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://bot:secret@db.example.org/bot")
    assert "secret" not in re.sub("signing_secret|client_secret|secret_keys|Secret", "", repr(settings.load()))


def test_every_setting_has_a_name_a_help_and_no_secret_default() -> None:
    for row in settings.rows():
        assert row.name.isupper()
        assert len(row.help) > 20
        assert not (row.secret and row.default)


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///x", "postgresql://u:p@h/n", "postgres://h/n", "postgresql:///n"]
)
def test_the_database_is_sqlite_or_postgresql(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert settings.load().database_url == url
    for wrong in ("mysql://u:secret@h/n", "sqlite:x", "sqlite:///", "postgresql:secret", "bot.sqlite3"):
        monkeypatch.setenv("DATABASE_URL", wrong)
        with pytest.raises(SettingsError, match="DATABASE_URL: expected sqlite:///FILE") as caught:
            settings.load()
        assert "secret" not in str(caught.value)


def test_those_who_manage_beside_the_admins_are_listed_with_their_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREERBOT_MANAGERS", "slack:T1:U2, discord:34:56,")
    assert settings.load().manager_accounts == (("slack", "T1", "U2"), ("discord", "34", "56"))
    monkeypatch.setenv("CAREERBOT_MANAGERS", "slack:T1:U2,ada")
    with pytest.raises(SettingsError, match="CAREERBOT_MANAGERS: 'ada' is nobody: expected slack:TEAM:USER"):
        settings.load()
