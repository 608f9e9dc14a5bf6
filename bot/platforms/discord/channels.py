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
        if found is None:
            return "I cannot see that channel. Give me the right to view it, or choose another."
        rights = found.permissions_for(found.guild.me)
        missing = [why for right, why in _NEEDED if not getattr(rights, right)]
        if not missing:
            return ""
        return f"I lack rights in that channel: {'; '.join(missing)}. Give my role these, and try again."

    def _find(self, workspace: str, channel: str) -> discord.abc.GuildChannel | None:
        """A channel that can be posted in, of this server and no other, whoever names it."""
        found = self._client.get_channel(int(channel)) if channel.isdecimal() else None
        if not isinstance(found, discord.TextChannel | discord.VoiceChannel) or str(found.guild.id) != workspace:
            return None
        return found
