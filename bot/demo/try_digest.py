"""The self-test's weekly digest: Ada sets one up on both sides, it comes once on each, and Grace answers both."""

from collections.abc import AsyncIterator
from datetime import timedelta

from bot.demo.clock import DemoClock
from bot.demo.side import DIGEST_COMES, DIGEST_SIGN, DiscordSide
from bot.demo.slack import DemoButton, LocalSlack, Message, Outcome
from bot.demo.slack.records import elements_of
from bot.demo.try_slack import Unexpected, step

#: Seconds in which a second one would have come: two looks for what is due, and some more.
_QUIET = 1.2


async def conversation(
    slack: LocalSlack, discord: DiscordSide, clock: DemoClock, next_day: DemoButton, skip: DemoButton
) -> AsyncIterator[str]:
    """Yields the lines of a transcript. Raises Unexpected, or CallFailed where Discord's side names the step."""
    # A day on which nobody has answered yet: what the digest's question does to it shall be seen.
    yield f"A visitor presses “{next_day.label}”: {await next_day.press()}"
    yield "\n".join((await discord.try_out("a digest is set up")).lines)
    yield "On Slack:"
    set_up = "digest subscribe wednesday 9:00 London"
    seen = await slack.slash(slack.ada, slack.careers, "/career", set_up, replies=1)
    yield step(f"Ada types /career {set_up}", seen, "I post in #careers once a week.")
    yield f"A visitor presses “{skip.label}”: {await skip.press()}"
    await slack.until(lambda: bool(_digests(slack)), DIGEST_COMES)
    digest = _only(slack)
    yield step("careerbot posts unasked", Outcome([digest]))
    seen = await slack.click(slack.grace, digest, _first_answer(digest), replies=1)
    yield step("Grace picks the first answer", seen, "The answer:", "Kept for today.")
    yield "On Discord:"
    yield "\n".join((await discord.try_out("the digest")).lines)
    read = await discord.try_out("an answer to the digest")
    yield "\n".join(read.lines)
    if "Today is kept already" not in read.said:
        raise Unexpected(f"Grace answers on both sides: the second answer is of the same day; but it says: {read.said}")
    clock.skip(timedelta(minutes=5))
    yield "Five minutes later:"
    await slack.until(lambda: len(_digests(slack)) > 1, _QUIET)
    yield "\n".join((await discord.try_out("how the digest stands")).lines)
    _only(slack)
    seen = await slack.slash(slack.ada, slack.careers, "/career", "digest", replies=1)
    yield step("Ada types /career digest", seen, "posted.")


def _only(slack: LocalSlack) -> Message:
    """The digest. Raises Unexpected unless it stands in the channel once."""
    found = _digests(slack)
    if len(found) != 1:
        raise Unexpected(f"The digest is due on Slack: it comes once; but there are {len(found)}")
    return found[0]


def _digests(slack: LocalSlack) -> list[Message]:
    return [message for message in slack.seen_by(slack.grace, slack.careers) if DIGEST_SIGN in message.text]


def _first_answer(digest: Message) -> str:
    """Its button's action_id. Raises Unexpected if there is none."""
    for element in (element for block in digest.blocks for element in elements_of(block)):
        if element["type"] == "button":
            return str(element["action_id"])
    raise Unexpected(f"The digest came: its question has no answers: {digest.text}")
