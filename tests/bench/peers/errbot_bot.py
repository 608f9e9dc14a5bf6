# /// script
# requires-python = ">=3.11"
# dependencies = ["errbot==6.2.1", "errbot-backend-slackv3==0.3.2"]
# ///
"""A bot on errbot, with its Slack backend and Socket Mode, that answers a message with one sentence.
python errbot_bot.py ADDRESS

It runs in an environment of its own, where nothing of ours is, and keeps its data in the folder where it is started.
"""

import functools
import logging
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import slack_sdk.web
import slackv3
from errbot import BotPlugin, botcmd
from errbot.bootstrap import setup_bot

TEXT = "Entry-level pay in the US is $90,000 to $120,000."


class Pay(BotPlugin):  # type: ignore[misc] # it is not where we check types
    @botcmd  # type: ignore[untyped-decorator]
    def salary(self, message: Any, arguments: str) -> str:
        """What the job pays."""
        del message, arguments
        return TEXT


CONFIG = {
    "BACKEND": "SlackV3",
    "BOT_EXTRA_BACKEND_DIR": slackv3.__path__[0],
    "BOT_DATA_DIR": str(Path.cwd()),
    "BOT_EXTRA_PLUGIN_DIR": None,
    "BOT_LOG_LEVEL": logging.WARNING,
    "BOT_PLUGIN_INDEXES": (),
    "BOT_ADMINS": ("U00000001",),
    "BOT_IDENTITY": {"token": "xoxb-bot", "app_token": "xapp-app"},
    # So that "salary" is understood in a direct message, and not only "!salary".
    "BOT_PREFIX_OPTIONAL_ON_CHAT": True,
}

if __name__ == "__main__":
    here = functools.partial(slack_sdk.web.WebClient, base_url=f"http://{sys.argv[1]}/api/")
    slack_sdk.web.WebClient = here  # type: ignore[misc,assignment]
    bot = setup_bot("SlackV3", logging.getLogger(), SimpleNamespace(**CONFIG))
    bot.inject_commands_from(Pay(bot, "Pay"))
    bot.serve_forever()
