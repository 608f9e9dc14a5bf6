# /// script
# requires-python = ">=3.11"
# dependencies = ["nonebot2[aiohttp]==2.5.0", "nonebot-adapter-discord==1.1.10"]
# ///
"""A bot on nonebot2 with one slash command, which answers with one sentence. python nonebot_bot.py ADDRESS

It runs in an environment of its own, where nothing of ours is.
"""

import sys
from typing import Any

import nonebot
from nonebot.adapters.discord import Adapter
from nonebot.adapters.discord.commands import on_slash_command
from nonebot.drivers import URL

TEXT = "Entry-level pay in the US is $90,000 to $120,000."


def main(address: str) -> None:
    bots = [{"token": "bot-token", "application_commands": {"*": ["*"]}}]
    nonebot.init(driver="~aiohttp", discord_bots=bots, log_level="WARNING")
    nonebot.get_driver().register_adapter(Adapter)
    adapter: Any = nonebot.get_adapter(Adapter)
    adapter.base_url = URL(f"http://{address}/api/v10")
    salary = on_slash_command(name="salary", description="What the job pays.")

    @salary.handle()  # type: ignore[untyped-decorator] # it is not where we check types
    async def _() -> None:
        await salary.finish(TEXT)

    nonebot.run()


if __name__ == "__main__":
    main(sys.argv[1])
