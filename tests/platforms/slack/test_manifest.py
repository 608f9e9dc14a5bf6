"""The manifest asks for what the adapter uses, and for nothing else."""

import ast
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import jsonschema
import pytest
import yaml

from bot import features
from bot.core.command import Registry
from bot.platforms import slack
from bot.platforms.slack import bolt
from bot.platforms.slack.leaving import REVOKED, UNINSTALLED
from bot.platforms.slack.manifest import COMMANDS_SCOPE, EVENTS, METHODS, SCOPES, manifest, manifest_yaml

Mode = Literal["socket", "http"]
MODES: tuple[Mode, ...] = ("socket", "http")
REGISTRY = Registry.discover(features)
#: Slack's own schema (github.com/slackapi/manifest-schema), where somebody has it: the file's path in the environment,
#: or a folder `shared` beside the checkout.
SCHEMA = Path(
    os.environ.get("SLACK_MANIFEST_SCHEMA", "")
    or Path(__file__).parents[4] / "shared" / "specs" / "slack-manifest.schema.json"
)


def made(mode: Mode) -> dict[str, Any]:
    return manifest(REGISTRY, mode=mode, url="https://bot.example.org/")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.skipif(not SCHEMA.is_file(), reason="Slack's manifest schema is not here; set SLACK_MANIFEST_SCHEMA to it")
def test_slacks_own_schema_takes_it(mode: Mode) -> None:
    jsonschema.validate(made(mode), json.loads(SCHEMA.read_text("utf-8")))


@pytest.mark.parametrize("mode", MODES)
def test_it_stays_within_slacks_limits(mode: Mode) -> None:
    # The numbers are those of slackapi/manifest-schema 2.0.0.
    said = made(mode)
    display, (command,) = said["display_information"], said["features"]["slash_commands"]
    assert len(display["name"]) <= 35
    assert len(display["description"]) <= 140
    assert 175 <= len(display["long_description"]) <= 4_000
    assert len(said["features"]["bot_user"]["display_name"]) <= 80
    assert len(command["command"]) <= 32
    assert 0 < len(command["description"]) <= 2_000
    assert 0 < len(command["usage_hint"]) <= 1_000


@pytest.mark.parametrize("mode", MODES)
def test_its_shortcuts_stay_within_slacks_limits(mode: Mode) -> None:
    offered = made(mode)["features"]["shortcuts"]
    assert {each["type"] for each in offered} == {"global", "message"}
    for each in offered:
        assert 0 < len(each["name"]) <= 24
        assert 0 < len(each["description"]) <= 150
        assert 0 < len(each["callback_id"]) <= 255


def test_the_hint_names_the_commands_and_is_short_enough_to_be_seen() -> None:
    (command,) = made("socket")["features"]["slash_commands"]
    assert "salary" in command["usage_hint"]
    assert command["usage_hint"].endswith("help]")
    assert len(command["usage_hint"]) <= 100


def test_socket_mode_needs_no_address_and_http_mode_gives_three() -> None:
    assert "http" not in json.dumps(made("socket"))
    assert made("socket")["settings"]["socket_mode_enabled"] is True
    said = made("http")
    assert said["settings"]["socket_mode_enabled"] is False
    assert said["features"]["slash_commands"][0]["url"] == "https://bot.example.org/slack/commands"
    assert said["settings"]["event_subscriptions"]["request_url"] == "https://bot.example.org/slack/events"
    assert said["settings"]["interactivity"]["request_url"] == "https://bot.example.org/slack/interactions"


def test_tokens_expire_only_where_any_workspace_may_install_the_bot() -> None:
    """Once switched on, Slack does not let it be switched off; and a token from the settings must not expire."""
    many = made("http")
    assert many["oauth_config"]["redirect_urls"] == ["https://bot.example.org/slack/oauth_redirect"]
    assert many["settings"]["token_rotation_enabled"] is True
    for one in (made("socket"), manifest(REGISTRY, mode="http", one_workspace=True)):
        assert "redirect_urls" not in one["oauth_config"]
        assert one["settings"]["token_rotation_enabled"] is False


@pytest.mark.parametrize("mode", MODES)
def test_the_yaml_says_the_same(mode: Mode) -> None:
    assert yaml.safe_load(manifest_yaml(REGISTRY, mode=mode, url="https://bot.example.org/")) == made(mode)


def test_every_scope_is_used_and_everything_used_has_its_scope() -> None:
    used = {scope for named in (*METHODS.values(), *EVENTS.values()) for scope in named.split()} | {COMMANDS_SCOPE}
    assert used == set(SCOPES) == set(made("socket")["oauth_config"]["scopes"]["bot"])
    assert set(_methods_called()) == set(METHODS)
    told = {bolt.MENTION, bolt.MESSAGE, bolt.VISIT, UNINSTALLED, REVOKED}
    assert {event.split(".")[0] for event in EVENTS} == told
    assert sorted(EVENTS) == made("socket")["settings"]["event_subscriptions"]["bot_events"]


def _methods_called() -> Iterator[str]:
    """Every Web API method that the adapter's source calls by name."""
    for path in Path(slack.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"call", "_call"}
            ):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value
