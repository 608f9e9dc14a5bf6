"""The one question that is asked before a call: a modal, and where its answer goes."""

import json
from dataclasses import asdict, dataclass

from bot.core.chat import Call
from bot.core.command import Form
from bot.core.markup import clip
from bot.platforms.slack import limits
from bot.platforms.slack.choices import label
from bot.platforms.slack.rich import Json, clean

#: The modal's `callback_id`, and the ids of its one input.
CALLBACK, BLOCK, INPUT = "form", "form", "value"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a button was pressed, and so where the answer goes. Travels through a form as text.

    private: only this person sees the message that the button is on.
    view, kind: in a modal, its id and its `callback_id`; on App Home, "" and `views.HOME`; else both "".
    """

    url: str = ""
    channel: str = ""
    user: str = ""
    ts: str = ""
    thread: str = ""
    private: bool = False
    view: str = ""
    kind: str = ""

    @classmethod
    def of(cls, body: Json) -> "Spot":
        """Out of a block_actions payload."""
        container = body.get("container") or {}
        view = body.get("view") or {}
        modal = view.get("type") == "modal"
        return cls(
            str(body.get("response_url") or ""),
            str((body.get("channel") or {}).get("id") or container.get("channel_id") or ""),
            str((body.get("user") or {}).get("id") or ""),
            str(container.get("message_ts") or ""),
            str(container.get("thread_ts") or (body.get("message") or {}).get("thread_ts") or ""),
            bool(container.get("is_ephemeral")),
            str(view.get("id") or "") if modal else "",
            str(view.get("callback_id" if modal else "type") or ""),
        )


def modal(form: Form, call: Call, spot: Spot) -> Json:
    """The view to open. Slack gives `private_metadata` back with the answer."""
    most = form.max_length
    field: Json = {
        "type": "plain_text_input",
        "action_id": INPUT,
        "max_length": most,
        "focus_on_load": True,
        "placeholder": label(form.placeholder, limits.PLACEHOLDER),
    }
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": json.dumps({"call": call.token(), "spot": asdict(spot)}),
        "title": label(form.title, limits.MODAL_TITLE),
        "submit": label("Answer", limits.MODAL_TITLE),
        "close": label("Cancel", limits.MODAL_TITLE),
        "blocks": [
            {
                "type": "input",
                "block_id": BLOCK,
                "label": label(form.label, limits.INPUT_LABEL),
                "element": field,
                "optional": False,
            }
        ],
    }


def submitted(view: Json) -> tuple[Call, Spot, str]:
    """The call, where its answer goes, and what was typed."""
    kept = json.loads(view["private_metadata"])
    typed = view["state"]["values"][BLOCK][INPUT].get("value")
    return Call.from_token(kept["call"]), Spot(**kept["spot"]), str(typed or "")


def complaint(sentence: str) -> Json:
    """The acknowledgement that leaves the form open and says under its field what is wrong."""
    return {"response_action": "errors", "errors": {BLOCK: clip(clean(sentence), limits.INPUT_ERROR)}}
