"""What Slack accepts inside blocks: texts, options, buttons, menus, inputs, images.

Source: docs.slack.dev/reference/block-kit/block-elements and /composition-objects.
"""

from collections.abc import Mapping
from typing import Any

from bot.demo.slack import limits
from bot.demo.slack.schema import (
    Check,
    Inspection,
    also,
    anything,
    flag,
    many,
    shape,
    string,
    tagged,
    web_address,
    whole,
    word,
)


def text(most: int, *kinds: str) -> Check:
    """A text object; both kinds are allowed where none is named."""
    allowed = kinds or ("plain_text", "mrkdwn")
    keys = shape({"type": anything, "text": string(most)}, {"emoji": flag, "verbatim": flag})

    def check(value: Any, at: str, look: Inspection) -> None:
        keys(value, at, look)
        if not isinstance(value, dict):
            return
        kind = value.get("type")
        if kind not in allowed:
            look.refuse(f"{at}/type", f"must be {' or '.join(allowed)}, is {kind!r}")
        wrong = {"plain_text": "verbatim", "mrkdwn": "emoji"}.get(str(kind))
        if wrong in value:
            look.refuse(f"{at}/{wrong}", f"{wrong!r} is not for {kind}")

    return check


def plain(most: int) -> Check:
    return text(most, "plain_text")


def image_source(value: Any, at: str, look: Inspection) -> None:
    """Exactly one of image_url and slack_file, and the file exists."""
    if not isinstance(value, dict):
        return
    if ("image_url" in value) == ("slack_file" in value):
        look.refuse(at, "must have exactly one of 'image_url' and 'slack_file'")
    file = value.get("slack_file")
    if isinstance(file, dict):
        if ("id" in file) == ("url" in file):
            look.refuse(f"{at}/slack_file", "must have exactly one of 'id' and 'url'")
        elif not look.has_file(file):
            look.refuse(f"{at}/slack_file", f"invalid slack file: {file!r} is not uploaded, or not yet processed")


_IMAGE_KEYS: Mapping[str, Check] = {
    "image_url": web_address(limits.IMAGE_URL),
    "slack_file": shape({}, {"id": string(100), "url": web_address(limits.IMAGE_URL)}),
}
IMAGE_ELEMENT = also(shape({"type": anything, "alt_text": string(limits.IMAGE_ALT)}, _IMAGE_KEYS), image_source)

CONFIRM = shape(
    {
        "title": plain(limits.CONFIRM_TITLE),
        "text": plain(limits.CONFIRM_TEXT),
        "confirm": plain(limits.CONFIRM_BUTTON),
        "deny": plain(limits.CONFIRM_BUTTON),
    },
    {"style": word("primary", "danger")},
)


def _option(text_check: Check, description: Check, **extra: Check) -> Check:
    return shape(
        {"text": text_check, "value": string(limits.OPTION_VALUE)},
        {"description": description, **extra},
    )


MENU_OPTION = _option(plain(limits.OPTION_TEXT), plain(limits.OPTION_DESCRIPTION))
OVERFLOW_OPTION = _option(
    plain(limits.OPTION_TEXT), plain(limits.OPTION_DESCRIPTION), url=web_address(limits.OPTION_URL)
)
CHOICE_OPTION = _option(text(limits.OPTION_TEXT), text(limits.OPTION_DESCRIPTION))
GROUP = shape({"label": plain(limits.GROUP_LABEL), "options": many(MENU_OPTION, 1, limits.SELECT_OPTIONS)})

_ACTION: Mapping[str, Check] = {"action_id": string(limits.ACTION_ID)}
_CONFIRMED: Mapping[str, Check] = {**_ACTION, "confirm": CONFIRM}
_FIELD: Mapping[str, Check] = {
    **_ACTION,
    "placeholder": plain(limits.PLACEHOLDER),
    "focus_on_load": flag,
}
_DISPATCH = shape({}, {"trigger_actions_on": many(word("on_enter_pressed", "on_character_entered"), 1, 2)})


def _options_or_groups(value: Any, at: str, look: Inspection) -> None:
    if isinstance(value, dict) and ("options" in value) == ("option_groups" in value):
        look.refuse(at, "must have exactly one of 'options' and 'option_groups'")


def _initial_among_options(value: Any, at: str, look: Inspection) -> None:
    """An initial choice must be one of the options, to the letter."""
    if not isinstance(value, dict):
        return
    known = [*value.get("options", ())]
    known += [option for group in value.get("option_groups", ()) for option in group.get("options", ())]
    initial = value.get("initial_options", [value["initial_option"]] if "initial_option" in value else [])
    for option in initial:
        if option not in known:
            look.refuse(at, f"initial option {option!r} is not exactly one of the options")


def _distinct_values(value: Any, at: str, look: Inspection) -> None:
    """Undocumented for menus, but two options of one value cannot be told apart in what the app receives."""
    options = value.get("options") if isinstance(value, dict) else None
    values = [option.get("value") for option in options or () if isinstance(option, dict)]
    for index, each in enumerate(values):
        if each in values[:index]:
            look.refuse(f"{at}/options/{index}/value", f"another option has the same value {each!r}")


def _menu(*, several: bool) -> Check:
    options = many(MENU_OPTION, 1, limits.SELECT_OPTIONS)
    optional = {
        **_FIELD,
        "confirm": CONFIRM,
        "options": options,
        "option_groups": many(GROUP, 1, limits.SELECT_GROUPS),
    }
    if several:
        optional |= {"initial_options": options, "max_selected_items": whole(1, limits.SELECT_OPTIONS)}
    else:
        optional |= {"initial_option": MENU_OPTION}
    return also(shape({"type": anything}, optional), _options_or_groups, _initial_among_options, _distinct_values)


def _choice(*, several: bool) -> Check:
    options = many(CHOICE_OPTION, 1, limits.CHOICE_OPTIONS)
    initial: Mapping[str, Check] = {"initial_options": options} if several else {"initial_option": CHOICE_OPTION}
    optional = {**_CONFIRMED, "focus_on_load": flag, **initial}
    return also(shape({"type": anything, "options": options}, optional), _initial_among_options, _distinct_values)


def _typed(**extra: Check) -> Check:
    """A line to type into. Typed elements stand in input blocks only, with `dispatch_action_config` of their own."""
    return shape({"type": anything}, {**_FIELD, "dispatch_action_config": _DISPATCH, **extra})


BUTTON = shape(
    {"type": anything, "text": plain(limits.BUTTON_TEXT)},
    {
        **_CONFIRMED,
        "value": string(limits.BUTTON_VALUE),
        "url": web_address(limits.BUTTON_URL),
        "style": word("primary", "danger"),
        "accessibility_label": string(limits.BUTTON_LABEL),
    },
)
_DATE = string(10, pattern=r"\d{4}-\d{2}-\d{2}")
_TIME = string(5, pattern=r"\d{2}:\d{2}")
_DATEPICKER = shape({"type": anything}, {**_FIELD, "confirm": CONFIRM, "initial_date": _DATE})
_TIMEPICKER = shape({"type": anything}, {**_FIELD, "confirm": CONFIRM, "initial_time": _TIME, "timezone": string(50)})
_OVERFLOW = shape({"type": anything, "options": many(OVERFLOW_OPTION, 1, limits.OVERFLOW_OPTIONS)}, _CONFIRMED)
_PLAIN_TEXT_INPUT = _typed(
    initial_value=string(limits.INPUT_LENGTH, least=0),
    multiline=flag,
    min_length=whole(0, limits.INPUT_LENGTH),
    max_length=whole(1, limits.INPUT_LENGTH),
)
_NUMBER_INPUT = shape(
    {"type": anything, "is_decimal_allowed": flag},
    {
        **_FIELD,
        "dispatch_action_config": _DISPATCH,
        "initial_value": string(50),
        "min_value": string(50),
        "max_value": string(50),
    },
)


def _picker(initial: str) -> Check:
    return shape({"type": anything}, {**_FIELD, "confirm": CONFIRM, initial: string(50), "response_url_enabled": flag})


_PICKS: Mapping[str, Check] = {
    "static_select": _menu(several=False),
    "multi_static_select": _menu(several=True),
    "users_select": _picker("initial_user"),
    "conversations_select": _picker("initial_conversation"),
    "channels_select": _picker("initial_channel"),
    "checkboxes": _choice(several=True),
    "radio_buttons": _choice(several=False),
    "datepicker": _DATEPICKER,
    "timepicker": _TIMEPICKER,
}
_UNMODELLED = frozenset(
    {
        "datetimepicker",
        "external_select",
        "multi_external_select",
        "multi_users_select",
        "multi_conversations_select",
        "multi_channels_select",
        "workflow_button",
        "rich_text_input",
        "file_input",
        "feedback_buttons",
        "icon_button",
        "url_source",
    }
)
_CLICKED: Mapping[str, Check] = {"button": BUTTON, "overflow": _OVERFLOW}
# Menus of many and only they may not stand among buttons: docs, "multi-select menu", works with section and input.
_AMONG_BUTTONS = {kind: check for kind, check in _PICKS.items() if not kind.startswith("multi_")}

IN_ACTIONS = tagged("element", {**_CLICKED, **_AMONG_BUTTONS}, _UNMODELLED)
IN_SECTION = tagged("element", {**_CLICKED, **_PICKS, "image": IMAGE_ELEMENT}, _UNMODELLED)
IN_INPUT = tagged(
    "element",
    {
        **_PICKS,
        "plain_text_input": _PLAIN_TEXT_INPUT,
        "email_text_input": _typed(initial_value=string(limits.INPUT_LENGTH)),
        "url_text_input": _typed(initial_value=string(limits.INPUT_LENGTH)),
        "number_input": _NUMBER_INPUT,
    },
    _UNMODELLED,
)
IN_CONTEXT = tagged(
    "element", {"plain_text": text(limits.TEXT_OBJECT), "mrkdwn": text(limits.TEXT_OBJECT), "image": IMAGE_ELEMENT}
)
IMAGE_KEYS = _IMAGE_KEYS
