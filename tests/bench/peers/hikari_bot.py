# /// script
# requires-python = ">=3.11"
# dependencies = ["hikari==2.7.0"]
# ///
"""A bot on hikari that answers every command with one sentence. python hikari_bot.py ADDRESS

It runs in an environment of its own, where nothing of ours is.
"""

import functools
import sys

import hikari
from hikari.impl import gateway_bot, shard

TEXT = "Entry-level pay in the US is $90,000 to $120,000."


async def answer(event: hikari.InteractionCreateEvent) -> None:
    if isinstance(event.interaction, hikari.CommandInteraction):
        await event.interaction.create_initial_response(
            hikari.ResponseType.MESSAGE_CREATE, TEXT, flags=hikari.MessageFlag.EPHEMERAL
        )


if __name__ == "__main__":
    # The gateway here compresses for nobody; hikari takes nothing else unless it is told to.
    gateway_bot.shard_impl.GatewayShardImpl = functools.partial(shard.GatewayShardImpl, compression=None)
    bot = hikari.GatewayBot(
        "OTAwMDAwMDAwMDAwMDAwMDAx.bot.token",
        intents=hikari.Intents.GUILDS,
        rest_url=f"http://{sys.argv[1]}/api/v10",
        banner=None,
        logs="WARNING",
    )
    bot.subscribe(hikari.InteractionCreateEvent, answer)
    bot.run(check_for_updates=False)
