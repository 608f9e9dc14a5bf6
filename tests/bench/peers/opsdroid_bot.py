# /// script
# requires-python = ">=3.11"
# dependencies = ["opsdroid[connector_slack]==0.31.0", "setuptools<81"]
# ///
"""A bot on opsdroid, with its Slack connector and Socket Mode, that answers a message with one sentence.
python opsdroid_bot.py ADDRESS

It runs in an environment of its own, where nothing of ours is. As released, it makes its Socket Mode client in a loop
that is closed before the client connects (opsdroid/opsdroid, issue 2056, which is open); here it does so in its own.
"""

import functools
import gettext
import sys
from typing import Any

from opsdroid.connector.slack import connector
from opsdroid.core import OpsDroid
from opsdroid.matchers import match_regex

TEXT = "Entry-level pay in the US is $90,000 to $120,000."


@match_regex("salary")  # type: ignore[untyped-decorator] # it is not where we check types
async def salary(droid: Any, config: Any, message: Any) -> None:
    del droid, config
    await message.respond(TEXT)


class Droid(OpsDroid):  # type: ignore[misc]
    def sync_load(self) -> None:
        self.eventloop.run_until_complete(self.load())


CONFIG = {
    "connectors": {"slack": {"bot-token": "xoxb-bot", "app-token": "xapp-app"}},
    "parsers": {"regex": {}},
    "web": {"port": 0},
    "skills": {},
}

if __name__ == "__main__":
    gettext.install("opsdroid")  # as `opsdroid start` does
    connector.AsyncWebClient = functools.partial(connector.AsyncWebClient, base_url=f"http://{sys.argv[1]}/api/")
    with Droid(config=CONFIG) as opsdroid:
        opsdroid.register_skill(salary, {})
        opsdroid.run()
