"""The links by which somebody adds the bot: to their server, or to their own account."""

import base64
import binascii

import discord

from bot.core.errors import CareerbotError

#: By whom it is installed, in Discord's numbers (developers/resources/application, "Installation Context").
_SERVER, _PERSON = 0, 1


def application_id(given: str | None, token: str | None) -> int:
    """The application's id: as given, or as the token's first part has it. Raises CareerbotError where neither is."""
    if given is not None:
        if not (given.isascii() and given.isdecimal()):
            raise CareerbotError(
                f"--client-id is the Application ID from the developer portal, all digits, not {given!r}."
            )
        return int(given)
    if token is None:
        raise CareerbotError("Set DISCORD_TOKEN, or give the Application ID: careerbot invite --client-id 123456789")
    part = token.partition(".")[0]
    try:
        return int(base64.b64decode(part + "=" * (-len(part) % 4), validate=True).decode("ascii"))
    except (binascii.Error, ValueError):
        raise CareerbotError(
            "DISCORD_TOKEN does not look like a bot token. Give --client-id, the Application ID."
        ) from None


def to_server(application: int) -> str:
    """With no more rights than it uses."""
    rights = discord.Permissions(
        view_channel=True,
        send_messages=True,
        send_messages_in_threads=True,
        attach_files=True,
        embed_links=True,
        read_message_history=True,  # without it a message cannot be answered as a reply
    )
    url = discord.utils.oauth_url(application, permissions=rights, scopes=("bot", "applications.commands"))
    return f"{url}&integration_type={_SERVER}"


def to_person(application: int) -> str:
    """For commands anywhere, by that person alone."""
    url = discord.utils.oauth_url(application, scopes=("applications.commands",))
    return f"{url}&integration_type={_PERSON}"
