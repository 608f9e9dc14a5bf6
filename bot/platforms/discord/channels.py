"""What Discord knows of its channels: their names, and whether the bot may post there."""

from typing import Final

import discord

#: What a digest needs in its channel, and what for.
_NEEDED: Final = (
    ("view_channel", "view the channel"),
    ("send_messages", "send messages"),
    ("attach_files", "attach files, for the pictures"),
    ("read_message_history", "read the message history, to see whether a post arrived before I post again"),
)
_JOIN: Final = ("connect", "connect to it")


class DiscordChannels:
    """The port's part for Discord, from what the gateway told the client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def name(self, platform: str, workspace: str, channel: str) -> str:
        del platform
        found = self._find(workspace, channel)
        return f"#{found.name}" if found else ""

    async def problem(self, platform: str, workspace: str, channel: str) -> str:
        del platform
        found = self._find(workspace, channel)
        return problem_in(found, found.guild.me if found else None)

    def _find(self, workspace: str, channel: str) -> discord.abc.GuildChannel | discord.Thread | None:
        """A channel of this server and no other, whoever names it."""
        found = self._client.get_channel(int(channel)) if channel.isdecimal() else None
        if not isinstance(found, discord.abc.GuildChannel | discord.Thread) or str(found.guild.id) != workspace:
            return None
        return found


def problem_in(channel: discord.abc.GuildChannel | discord.Thread | None, me: discord.Member | None) -> str:
    """Why the bot, as that member of the server, could not post a digest there; "" where nothing speaks against it."""
    match channel:
        case discord.Thread():
            return "That is a thread, and threads end. Choose the channel that it is in, or another."
        case discord.TextChannel() | discord.VoiceChannel() | discord.StageChannel() if me is not None:
            return _lacking(channel.permissions_for(me), vocal=not isinstance(channel, discord.TextChannel))
        case None | discord.TextChannel() | discord.VoiceChannel() | discord.StageChannel():
            return "I cannot see that channel. Give me the right to view it, or choose another."
        case _:
            return "That is no channel to write in. Choose one for text or for announcements."


def _lacking(rights: discord.Permissions, *, vocal: bool) -> str:
    """What is to be granted; "" if nothing. Who may not view a channel has no right there at all, so that comes first.

    vocal: writing beside a voice takes the right to join in (developers/topics/permissions, "Implicit Permissions").
    """
    needed = ((*_NEEDED, _JOIN) if vocal else _NEEDED) if rights.view_channel else _NEEDED[:1]
    missing = [why for right, why in needed if not getattr(rights, right)]
    return f"I lack rights in that channel: {'; '.join(missing)}. Give my role these, and try again." if missing else ""
