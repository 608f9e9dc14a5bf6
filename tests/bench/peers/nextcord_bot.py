# /// script
# requires-python = ">=3.11"
# dependencies = ["nextcord==2.6.0 ; python_version < '3.12'", "nextcord==3.2.0 ; python_version >= '3.12'"]
# ///
"""A bot on nextcord that answers every command with one sentence. python nextcord_bot.py ADDRESS

It runs in an environment of its own, where nothing of ours is.
"""

import sys
from typing import Any

import nextcord
from nextcord.http import Route

TEXT = "Entry-level pay in the US is $90,000 to $120,000."


class Bot(nextcord.Client):  # type: ignore[misc] # it is not where we check types
    async def on_interaction(self, interaction: Any) -> None:
        await interaction.response.send_message(TEXT, ephemeral=True)


if __name__ == "__main__":
    Route.BASE = f"http://{sys.argv[1]}/api/v10"
    Bot(intents=nextcord.Intents(guilds=True), rollout_all_guilds=False).run("bot-token")
