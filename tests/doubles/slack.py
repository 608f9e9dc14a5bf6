"""The local Slack in a process of its own, with the control API of the doubles beside it (`control.py`).

python -m tests.doubles.slack --port 0 --channels 100 --people 10

prints its addresses, tokens, channels and people as JSON, and serves until its standard input closes (`process.py`).
"""

import argparse
import asyncio
from collections import Counter
from typing import Final

from bot.demo.slack import CutAfter, CutBefore, Fault, Http500, LocalSlack, Message, Pace, RateLimited, Refused, Slow
from tests.doubles import control
from tests.doubles.control import Json

KINDS: Final = {kind.__name__: kind for kind in (CutAfter, CutBefore, Http500, RateLimited, Refused, Slow)}


class SlackDouble:
    """A local Slack, as the control API sees it."""

    def __init__(self, slack: LocalSlack, pace: Pace | None) -> None:
        self.slack = slack
        self._pace = pace

    def messages(self) -> dict[str, list[Json]]:
        kept = self.slack.workspace.messages
        return {channel: [_told(message) for message in messages] for channel, messages in kept.items()}

    def forget(self) -> None:
        for kept in self.slack.workspace.messages.values():
            kept.clear()
        self.slack.calls.clear()

    def counts(self) -> Json:
        bot = self.slack.bot_user_id
        made = sum(each.user == bot for kept in self.slack.workspace.messages.values() for each in kept)
        calls = Counter(call.method for call in self.slack.calls)
        return {"calls": calls, "made": made, "too_fast": self._pace.refused.total() if self._pace else 0}

    def fail(self, where: str, kind: Fault, times: int | None = 1, skip: int = 0) -> None:
        self.slack.fail(where, kind, times, skip)

    def heal(self) -> None:
        self.slack.heal()

    def change_channel(self, channel: str, values: Json) -> None:
        """`gone`: nobody knows it any more. `joined`: whether the bot is in it. `archived`."""
        workspace = self.slack.workspace
        if values.pop("gone", False):
            workspace.drop_channel(channel)
            return
        found = workspace.channels[channel]
        joined = values.pop("joined", workspace.bot.id in found.members)
        found.members = found.members | {workspace.bot.id} if joined else found.members - {workspace.bot.id}
        control.change(found, values)

    def change_settings(self, values: Json) -> None:
        """`token_error`: what every method answers from now on; "" for none."""
        self.slack.workspace.token_error = str(values["token_error"])


def _told(message: Message) -> Json:
    shown = {"ts": message.ts, "user": message.user, "text": message.text}
    return {**shown, "blocks": message.blocks, "metadata": message.metadata}


async def main(port: int, channels: int, people: int, *, paced: bool) -> None:
    pace = Pace() if paced else None
    async with LocalSlack(port=port, pace=pace) as slack:
        made = [slack.workspace.add_channel(f"channel-{number}").id for number in range(channels)]
        persons = [slack.workspace.add_person(f"person-{number}").id for number in range(people)]
        double = SlackDouble(slack, pace)
        async with control.listening(0, control.routes(double, KINDS)) as url:
            where = {"control": url, "api_url": slack.api_url, "token": slack.bot_token, "team": slack.workspace.id}
            await control.serve({**where, "app_token": slack.app_token, "channels": made, "people": persons})


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="The local Slack alone; serves until standard input closes.")
    options.add_argument("--port", type=int, default=0, help="0 for any free one")
    options.add_argument("--channels", type=int, default=1, help="how many more there are with the bot in them")
    options.add_argument("--people", type=int, default=0, help="how many more people there are")
    options.add_argument("--paced", action="store_true", help="refuse what is over Slack's rate limits")
    given = options.parse_args()
    asyncio.run(main(given.port, given.channels, given.people, paced=given.paced))
