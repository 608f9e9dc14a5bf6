"""Shortcuts, which work where slash commands do not: in threads, and from anywhere.

The global one opens a modal in which one can ask and ask again. A message's own takes that message for the question,
and is answered beside it, for the person alone; they may share the answer.
"""

from dataclasses import replace

from bot.core.chat import Call
from bot.core.command import Registry
from bot.core.dispatch import Dispatcher
from bot.core.markup import clip
from bot.core.parameters import MAX_TEXT
from bot.platforms.slack import limits, said
from bot.platforms.slack.choices import label
from bot.platforms.slack.form import Spot
from bot.platforms.slack.rich import Json

#: The shortcuts' `callback_id`s: they stand in the manifests of installed apps, so they stay.
ASK, ABOUT = "ask_careerbot", "ask_about_message"
#: The ids of the field in which the question is typed. They stay the same, so that what is typed there stays too.
_BLOCK, _FIELD = "ask", "question"


def question(mind: Dispatcher, body: Json) -> Call:
    """The call behind a message's shortcut: its text, as a question in somebody's own words."""
    asking = _asking(mind.registry)
    text = clip(said.spoken(str((body.get("message") or {}).get("text") or "")), MAX_TEXT)
    return replace(asking, arguments=((asking.fill or "", text),) if text else (), fill=None)


def beside(body: Json) -> Spot:
    """Where a message's shortcut is answered: where the message stands, in its thread if it has one."""
    message = body.get("message") or {}
    return Spot(
        url=str(body.get("response_url") or ""),
        channel=str((body.get("channel") or {}).get("id") or ""),
        user=str((body.get("user") or {}).get("id") or ""),
        thread=str(message.get("thread_ts") or ""),
    )


def head(mind: Dispatcher) -> tuple[Json, ...]:
    """What stands at the top of the modal, above every answer."""
    form = mind.form(_asking(mind.registry))
    field: Json = {
        "type": "plain_text_input",
        "action_id": _FIELD,
        "max_length": MAX_TEXT,
        "focus_on_load": True,
        "placeholder": label(form.placeholder, limits.PLACEHOLDER),
    }
    return ({"type": "input", "block_id": _BLOCK, "label": label(form.label, limits.INPUT_LABEL), "element": field},)


def typed(view: Json) -> str:
    """What stands in the field."""
    return str(view["state"]["values"][_BLOCK][_FIELD].get("value") or "")


def _asking(registry: Registry) -> Call:
    """The call of what reads a question in somebody's own words, with its question still to be filled in."""
    asks = registry.when_lost
    if asks is None:
        raise LookupError("no command reads free text, so there is nothing to ask")
    return Call(asks.name, fill=next(parameter.name for parameter in asks.visible if parameter.required))
