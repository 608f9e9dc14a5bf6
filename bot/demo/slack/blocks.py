"""What Slack accepts as blocks, and what a list of blocks must hold together.

Source: docs.slack.dev/reference/block-kit/blocks.
"""

from collections.abc import Mapping
from typing import Any

from bot.demo.slack import limits
from bot.demo.slack.elements import (
    IMAGE_KEYS,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_INPUT,
    IN_SECTION,
    image_source,
    plain,
    text,
)
from bot.demo.slack.schema import (
    Check,
    Inspection,
    Surface,
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

_BASE: Mapping[str, Check] = {"block_id": string(limits.BLOCK_ID)}


def _block(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    return shape({"type": anything, **required}, {**_BASE, **(optional or {})})


def _text_or_fields(value: Any, at: str, look: Inspection) -> None:
    if isinstance(value, dict) and not value.get("text") and not value.get("fields"):
        look.refuse(at, "must have a 'text' or 'fields'")


# ── rich text ─────────────────────────────────────────────────────────────────────────────────────────────────────────
_STYLE = shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), flag))
_STYLED: Mapping[str, Check] = {"style": _STYLE}
_NAME = string(limits.TEXT_OBJECT)
_RUN: Mapping[str, Check] = {
    "text": shape({"type": anything, "text": _NAME}, _STYLED),
    "link": shape({"type": anything, "url": web_address(limits.IMAGE_URL)}, {**_STYLED, "text": _NAME, "unsafe": flag}),
    "emoji": shape({"type": anything, "name": _NAME}, {**_STYLED, "unicode": _NAME, "skin_tone": whole(1, 6)}),
    "user": shape({"type": anything, "user_id": _NAME}, _STYLED),
    "channel": shape({"type": anything, "channel_id": _NAME}, _STYLED),
    "usergroup": shape({"type": anything, "usergroup_id": _NAME}, _STYLED),
    "broadcast": shape({"type": anything, "range": word("here", "channel", "everyone")}, _STYLED),
    "date": shape(
        {"type": anything, "timestamp": whole(0, 2**40), "format": _NAME},
        {**_STYLED, "url": web_address(limits.IMAGE_URL), "fallback": _NAME},
    ),
    "color": shape({"type": anything, "value": _NAME}),
}
_RUNS = many(tagged("rich text element", _RUN), 0, 10_000)
_PREFORMATTED_RUNS = many(tagged("rich text element", {kind: _RUN[kind] for kind in ("text", "link")}), 0, 10_000)
_RICH_SECTION = shape({"type": anything, "elements": _RUNS})
_BORDER: Mapping[str, Check] = {"border": whole(0, 1)}
_RICH_LIST = shape(
    {
        "type": anything,
        "style": word("bullet", "ordered"),
        "elements": many(tagged("rich text list item", {"rich_text_section": _RICH_SECTION}), 1, 10_000),
    },
    {**_BORDER, "indent": whole(0, 8), "offset": whole(0, 10_000)},
)
_RICH = tagged(
    "rich text element",
    {
        "rich_text_section": _RICH_SECTION,
        "rich_text_list": _RICH_LIST,
        "rich_text_preformatted": shape(
            {"type": anything, "elements": _PREFORMATTED_RUNS}, {**_BORDER, "language": _NAME}
        ),
        "rich_text_quote": shape({"type": anything, "elements": _RUNS}, _BORDER),
    },
)
RICH_TEXT = _block({"elements": many(_RICH, 1, 10_000)})

# ── tables ────────────────────────────────────────────────────────────────────────────────────────────────────────────
_CELL = tagged(
    "table cell",
    {
        "raw_text": shape({"type": anything, "text": string(limits.TEXT_OBJECT)}),
        "raw_number": shape({"type": anything, "value": anything}, {"text": string(limits.TEXT_OBJECT)}),
        "rich_text": RICH_TEXT,
    },
)
_COLUMN = shape({}, {"align": word("left", "center", "right"), "is_wrapped": flag})


def _column(value: Any, at: str, look: Inspection) -> None:
    """A column may be null: "use the default" (table block, column_settings)."""
    if value is not None:
        _COLUMN(value, at, look)


def _same_width(value: Any, at: str, look: Inspection) -> None:
    """Undocumented; rows of different lengths have been seen refused, so we refuse them."""
    rows = value.get("rows") if isinstance(value, dict) else None
    widths = [len(row) for row in rows or () if isinstance(row, list)]
    for index, width in enumerate(widths):
        if width != widths[0]:
            look.refuse(f"{at}/rows/{index}", f"must have as many cells as the first row: {widths[0]}, has {width}")


_TABLE = also(
    _block(
        {"rows": many(many(_CELL, 1, limits.TABLE_CELLS), 1, limits.TABLE_ROWS)},
        {"column_settings": many(_column, 0, limits.TABLE_CELLS)},
    ),
    _same_width,
)

# ── the blocks ────────────────────────────────────────────────────────────────────────────────────────────────────────
_SECTION = also(
    _block(
        {},
        {
            "text": text(limits.SECTION_TEXT),
            "fields": many(text(limits.SECTION_FIELD), 1, limits.SECTION_FIELDS),
            "accessory": IN_SECTION,
            "expand": flag,
        },
    ),
    _text_or_fields,
)
_INPUT = _block(
    {"label": plain(limits.INPUT_LABEL), "element": IN_INPUT},
    {"hint": plain(limits.INPUT_HINT), "optional": flag, "dispatch_action": flag},
)
_IMAGE = also(
    _block(
        {"alt_text": string(limits.IMAGE_ALT)},
        {**IMAGE_KEYS, "title": plain(limits.IMAGE_TITLE)},
    ),
    image_source,
)
_EVERYWHERE: Mapping[str, Check] = {
    "actions": _block({"elements": many(IN_ACTIONS, 1, limits.ACTIONS_ELEMENTS)}),
    "context": _block({"elements": many(IN_CONTEXT, 1, limits.CONTEXT_ELEMENTS)}),
    "divider": _block({}),
    "header": _block({"text": plain(limits.HEADER_TEXT)}),
    "image": _IMAGE,
    "input": _INPUT,
    "rich_text": RICH_TEXT,
    "section": _SECTION,
}
_IN_MESSAGES: Mapping[str, Check] = {
    "markdown": _block({"text": string(limits.MARKDOWN_TEXT)}),
    "table": _TABLE,
}
_UNMODELLED = frozenset(
    {
        "alert",
        "auth_provider",
        "call",
        "card",
        "carousel",
        "container",
        "context_actions",
        "data_table",
        "data_visualization",
        "file",
        "plan",
        "task_card",
        "video",
    }
)
_BY_SURFACE: Mapping[Surface, Check] = {
    "message": tagged("block", {**_EVERYWHERE, **_IN_MESSAGES}, _UNMODELLED),
    "modal": tagged("block in a modal", _EVERYWHERE, _UNMODELLED),
    "home": tagged("block in App Home", _EVERYWHERE, _UNMODELLED),
}
_MOST: Mapping[Surface, int] = {
    "message": limits.MESSAGE_BLOCKS,
    "modal": limits.VIEW_BLOCKS,
    "home": limits.VIEW_BLOCKS,
}


def inspect_blocks(blocks: Any, at: str, look: Inspection, least: int = 0) -> None:
    """Hold a list of blocks against every rule of the surface that it is for."""
    many(_BY_SURFACE[look.surface], least, _MOST[look.surface])(blocks, at, look)
    if isinstance(blocks, list):
        known = [block if isinstance(block, dict) else {} for block in blocks]
        _unique_ids(known, at, look)
        _one_table(known, at, look)
        _markdown_together(known, at, look)


def _unique_ids(blocks: list[dict[str, Any]], at: str, look: Inspection) -> None:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        name = block.get("block_id")
        if isinstance(name, str) and name in seen:
            look.refuse(f"{at}/{index}/block_id", f"block_id {name!r} is already in use")
        seen.add(str(name))
        actions: set[str] = set()
        elements = block.get("elements")
        for place, element in enumerate(elements if isinstance(elements, list) else ()):
            action = element.get("action_id") if isinstance(element, dict) else None
            if action is not None and action in actions:
                look.refuse(f"{at}/{index}/elements/{place}/action_id", f"action_id {action!r} is already in use")
            actions.add(str(action))


def _one_table(blocks: list[dict[str, Any]], at: str, look: Inspection) -> None:
    tables = [index for index, block in enumerate(blocks) if block.get("type") == "table"]
    for index in tables[limits.TABLES :]:
        says = f"only_one_table_allowed: a message has at most {limits.TABLES} table, has {len(tables)}"
        look.refuse(f"{at}/{index}", says)


def _markdown_together(blocks: list[dict[str, Any]], at: str, look: Inspection) -> None:
    total = sum(len(str(block.get("text", ""))) for block in blocks if block.get("type") == "markdown")
    if total > limits.MARKDOWN_TEXT:
        says = f"markdown blocks together may have {limits.MARKDOWN_TEXT} characters, have {total}"
        look.refuse(at, says, "msg_blocks_too_long")
