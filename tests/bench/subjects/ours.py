"""careerbot, as `careerbot run` starts it, against platforms on this machine.

python -m tests.bench.subjects.ours DATABASE [discord ADDRESS] [socket ADDRESS] [http ADDRESS PORT]
"""

import sys
from collections.abc import Iterator
from typing import Any

from bot.environment import Secret
from bot.operations import process
from tests.bench.subjects.looping import SECRET, free_port, run


def settings(arguments: list[str]) -> dict[str, Any]:
    words: Iterator[str] = iter(arguments)
    given: dict[str, Any] = {
        "database_url": next(words),
        "log_level": "warning",
        "requests_per_minute": 0,
        "http_port": free_port(),
    }
    for word in words:
        address = next(words)
        if word == "discord":
            import discord
            from discord.http import Route

            Route.BASE = f"http://{address}/api/v10"
            discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = f"ws://{address}"  # type: ignore[assignment]
            given["discord_token"] = Secret("bot-token")  # nobody's
            continue
        given |= {"slack_bot_token": Secret("xoxb-bot"), "slack_api_url": f"http://{address}/api/", "slack_mode": word}
        if word == "socket":
            given["slack_app_token"] = Secret("xapp-app")  # nobody's
        else:
            given |= {"slack_signing_secret": Secret(SECRET), "http_port": int(next(words))}
    return given


def main() -> None:
    with process.starting():
        given = settings(sys.argv[1:])
        from bot.serving import serve
        from bot.settings import Settings

        run(serve(Settings(**given)))


if __name__ == "__main__":
    main()
