"""What the page asks for, done through the same methods that tests use."""

from typing import TYPE_CHECKING

from bot.demo.slack.outcome import Outcome
from bot.demo.slack.page_state import Offer
from bot.demo.slack.schema import Json

if TYPE_CHECKING:
    from bot.demo.slack.people_views import PeopleWithBlocks


async def perform(people: "PeopleWithBlocks", offer: Offer, asked: Json) -> Json:
    """Do one thing. Raises LookupError or ValueError, with a sentence, for what cannot be done."""
    if asked["do"] == "button":
        note = await offer.buttons[int(asked["number"])].press()
        return {"error": "", "note": note or ""}
    outcome = await (_speak(people, asked) if "text" in asked else _touch(people, asked))
    return {"error": outcome.error if outcome else "", "errors": outcome.errors if outcome else {}}


async def _speak(people: "PeopleWithBlocks", asked: Json) -> Outcome | None:
    me, channel, text, thread = asked["as"], asked["channel"], str(asked["text"]), asked.get("thread_ts")
    match asked["do"]:
        case "slash":
            return await people.slash(me, channel, asked["command"], text, thread_ts=thread)
        case "mention":
            return await people.mention(me, channel, text, thread_ts=thread)
        case "dm":
            return await people.dm(me, text, thread_ts=thread)
        case "say":
            people.say(me, channel, text, thread_ts=thread)
            return None
        case other:
            raise ValueError(f"the page cannot {other!r}")


async def _touch(people: "PeopleWithBlocks", asked: Json) -> Outcome:
    me = asked["as"]
    match asked["do"]:
        case "invite":
            return await people.invite(me, asked["channel"])
        case "home":
            return await people.open_home(me, tab="messages" if asked.get("tab") == "messages" else "home")
        case "shortcut":
            return await people.shortcut(me, asked["callback_id"])
        case "message_shortcut":
            return await people.message_shortcut(me, asked["shown"], asked["callback_id"])
        case "click":
            return await people.click(me, asked["shown"], asked["action_id"])
        case "select":
            return await people.select(me, asked["shown"], asked["action_id"], asked["value"])
        case "submit":
            return await people.submit(me, asked["shown"], asked["values"])
        case "close":
            return await people.close_view(me, asked["shown"])
        case other:
            raise ValueError(f"the page cannot {other!r}")
