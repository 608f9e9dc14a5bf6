"""What a person chose or typed, as Slack puts it into `actions` and `state.values`.

A value is given as a string: the text typed, an option's value (or its label), a date, an id; a list of them for
elements that take several; None for nothing.
"""

import re
from collections.abc import Sequence

from bot.demo.slack.schema import Json

Value = str | Sequence[str] | None

_PICKED = {
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
}
_INITIAL = {
    "datepicker": "initial_date",
    "timepicker": "initial_time",
    "users_select": "initial_user",
    "conversations_select": "initial_conversation",
    "channels_select": "initial_channel",
}
_SEVERAL = ("checkboxes", "multi_static_select")
_ONE = ("static_select", "radio_buttons", "overflow")


def options_of(element: Json) -> list[Json]:
    """An element's options, those in groups too."""
    grouped = [option for group in element.get("option_groups", ()) for option in group["options"]]
    return [*element.get("options", ()), *grouped]


def option(element: Json, wanted: str) -> Json:
    """The option with that value, or that label. Raises ValueError naming what there is."""
    known = options_of(element)
    for name in ("value", "label"):
        for each in known:
            if wanted == (each["value"] if name == "value" else each["text"]["text"]):
                return each
    raise ValueError(f"{element['action_id']!r} has no option {wanted!r}; it has {[each['value'] for each in known]}")


def value_of(element: Json, value: Value) -> Json:
    """The value of an element, as it stands in `state.values`. Raises ValueError for an option that is not there."""
    kind = element["type"]
    said: Json = {"type": kind}
    if kind in _SEVERAL:
        chosen = [value] if isinstance(value, str) else list(value or ())
        return said | {"selected_options": [option(element, each) for each in chosen]}
    text = value if isinstance(value, str) else None
    if kind in _ONE:
        return said | {"selected_option": option(element, text) if text else None}
    if kind in _PICKED:
        return said | {_PICKED[kind]: text or None}
    return said | {"value": text or None}


def initial_value(element: Json) -> Json:
    """What an element holds before anyone touched it."""
    kind = element["type"]
    if kind in _SEVERAL:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    if kind in _ONE:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in _PICKED:
        return {"type": kind, _PICKED[kind]: element.get(_INITIAL[kind])}
    return {"type": kind, "value": element.get("initial_value")}


def is_blank(held: Json) -> bool:
    return not any(value for name, value in held.items() if name != "type")


def complaint(block: Json, held: Json) -> str:
    """What Slack's own client says of an input before it sends anything; "" if nothing."""
    element, typed = block["element"], held.get("value")
    if is_blank(held):
        return "" if block.get("optional") else "Please complete this required field."
    if typed is None:
        return ""
    least, most = element.get("min_length"), element.get("max_length")
    if least is not None and len(typed) < least:
        return f"Must be at least {least} characters."
    if most is not None and len(typed) > most:
        return f"Must be at most {most} characters."
    if element["type"] == "number_input":
        return _number_complaint(element, typed)
    wrong = {
        "email_text_input": r"[^@\s]+@[^@\s]+\.[^@\s]+",
        "url_text_input": r"https?://\S+",
    }.get(element["type"])
    return "Please enter a valid value." if wrong and not re.fullmatch(wrong, typed) else ""


def _number_complaint(element: Json, typed: str) -> str:
    try:
        number = float(typed)
    except ValueError:
        return "Please enter a number."
    if not element.get("is_decimal_allowed") and not number.is_integer():
        return "Please enter a whole number."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and number < float(least):
        return f"Must be at least {least}."
    if most is not None and number > float(most):
        return f"Must be at most {most}."
    return ""
