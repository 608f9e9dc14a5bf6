"""A local Slack: for people to try the bot in a browser with no account, and for tests to hold it against.

async with LocalSlack(commands=[...]) as slack:
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    ...
    outcome = await slack.slash(slack.ada, slack.careers, "/career", "salary senior")
"""

from bot.demo.slack.faults import CutAfter, CutBefore, DropSocket, Fault, Http500, RateLimited, Refused, Slow
from bot.demo.slack.outcome import Outcome, text_of
from bot.demo.slack.pace import Pace
from bot.demo.slack.page_state import Command, DemoButton, Shortcut
from bot.demo.slack.records import Message, Refusal, View
from bot.demo.slack.server import LocalSlack
from bot.demo.slack.workspace import Workspace

__all__ = [
    "Command",
    "CutAfter",
    "CutBefore",
    "DemoButton",
    "DropSocket",
    "Fault",
    "Http500",
    "LocalSlack",
    "Message",
    "Outcome",
    "Pace",
    "RateLimited",
    "Refusal",
    "Refused",
    "Shortcut",
    "Slow",
    "View",
    "Workspace",
    "text_of",
]
