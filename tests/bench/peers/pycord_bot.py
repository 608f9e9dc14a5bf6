# /// script
# requires-python = ">=3.11"
# dependencies = ["py-cord==2.8.1"]
# ///
"""A bot on py-cord with one slash command, which answers with one sentence. python pycord_bot.py ADDRESS

It runs in an environment of its own, where nothing of ours is.
"""

import importlib
import sys
from typing import Any

# By name: where we check types, another library is called so.
discord: Any = importlib.import_module("discord")

TEXT = "Entry-level pay in the US is $90,000 to $120,000."

bot = discord.Bot(intents=discord.Intents(guilds=True))


@bot.slash_command(description="What the job pays.")  # type: ignore[untyped-decorator]
async def salary(context: Any) -> None:
    await context.respond(TEXT, ephemeral=True)


if __name__ == "__main__":
    discord.http.Route.API_BASE_URL = f"http://{sys.argv[1]}/api/v10"
    bot.run("bot-token")
