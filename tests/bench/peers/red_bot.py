# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = ["Red-DiscordBot==3.5.24"]
# ///
"""Red with one cog more, whose slash command answers with one sentence. python red_bot.py ADDRESS

It runs in an environment of its own, where nothing of ours is. Red keeps its data in JSON files, as it does unless it
is told otherwise, in an instance that it makes for this run.
"""

import sys
from typing import Any

import redbot.__main__ as red  # before all else: it wants to set up the loop
from discord.http import Route
from redbot.core import _events, app_commands, commands
from redbot.core.bot import Red

TEXT = "Entry-level pay in the US is $90,000 to $120,000."


class Pay(commands.Cog):  # type: ignore[misc] # it is not where we check types
    # An owner would say `[p]slash enable salary`.
    @app_commands.command(extras={"red_force_enable": True})  # type: ignore[untyped-decorator]
    async def salary(self, interaction: Any) -> None:
        """What the job pays."""
        await interaction.response.send_message(TEXT, ephemeral=True)


class WithPay(Red):  # type: ignore[misc]
    async def setup_hook(self) -> None:
        await super().setup_hook()
        await self.add_cog(Pay())


async def no_news() -> Any:
    raise TimeoutError("this Red does not ask the internet for a newer one")


if __name__ == "__main__":
    Route.BASE = f"http://{sys.argv[1]}/api/v10"
    red.Red = WithPay
    _events.fetch_latest_red_version_info = no_news
    sys.argv[1:] = ["--no-instance", "--no-prompt", "--token", "bot-token", "--prefix", "!"]
    red.main()
