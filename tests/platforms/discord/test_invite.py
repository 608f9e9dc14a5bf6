"""The links that add the bot."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.core.errors import CareerbotError
from bot.platforms.discord import invite

TOKEN = base64.b64encode(b"123456789012345678").decode().rstrip("=") + ".Gabcde.secretsecretsecret"


def asked(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


def test_a_server_gives_rights_and_a_person_none() -> None:
    assert asked(invite.to_server(7))["scope"] == ["bot applications.commands"]
    assert asked(invite.to_server(7))["integration_type"] == ["0"]
    person = asked(invite.to_person(7))
    assert (person["client_id"], person["scope"], person["integration_type"]) == (
        ["7"],
        ["applications.commands"],
        ["1"],
    )
    assert "permissions" not in person


def test_the_applications_id_is_in_the_token() -> None:
    assert invite.application_id(None, TOKEN) == 123456789012345678
    assert invite.application_id("42", TOKEN) == 42


@pytest.mark.parametrize(
    ("given", "token", "says"),
    [(None, None, "Set DISCORD_TOKEN"), ("mine", None, "all digits"), (None, "not a token", "does not look like"),
     (None, "aGVsbG8.x.y", "does not look like"), ("٣", None, "all digits")],
)  # fmt: skip
def test_what_is_missing_is_said(given: str | None, token: str | None, says: str) -> None:
    with pytest.raises(CareerbotError, match=says):
        invite.application_id(given, token)


def test_both_links_are_printed_and_no_token() -> None:
    told = CliRunner().invoke(cli, ["invite"], env={"DISCORD_TOKEN": TOKEN})
    assert told.exit_code == 0
    assert told.output.count("client_id=123456789012345678") == 2
    assert "secret" not in told.output
