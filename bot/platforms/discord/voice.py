"""The bot does not speak aloud, so discord.py need not warn at each start that the packages for that are missing."""

import discord


def is_not_used() -> None:
    """For before a client is made."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
