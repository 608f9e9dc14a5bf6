"""What Slack accepts as a message, a view, and the answer to an interaction: whole payloads.

`check_*` return what is wrong, in order; an empty list means that Slack would take it. `refusal_of` turns that into
the body which the Web API answers.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.demo.slack import limits
from bot.demo.slack.blocks import inspect_blocks
from bot.demo.slack.elements import plain
from bot.demo.slack.schema import (
    Check,
    Inspection,
    Json,
    Problem,
    Surface,
    anything,
    flag,
    kind_of,
    shape,
    string,
    word,
)

HasFile = Callable[[Json], bool]

_TITLES: Mapping[str, Check] = {
    "title": plain(limits.VIEW_TITLE),
    "submit": plain(limits.VIEW_SUBMIT),
    "close": plain(limits.VIEW_CLOSE),
}
_NAMES: Mapping[str, Check] = {
    "private_metadata": string(limits.PRIVATE_METADATA, least=0),
    "callback_id": string(limits.CALLBACK_ID, least=0),
    "external_id": string(limits.EXTERNAL_ID, least=0),
}
_MODAL = shape(
    {"type": anything, "title": _TITLES["title"], "blocks": anything},
    {**_TITLES, **_NAMES, "clear_on_close": flag, "notify_on_close": flag, "submit_disabled": flag},
)
_HOME = shape({"type": anything, "blocks": anything}, _NAMES)
_METADATA = shape({"event_type": string(limits.METADATA_EVENT_TYPE), "event_payload": anything})
_REPLY_KEYS: Mapping[str, Check] = {
    "text": string(limits.MESSAGE_TEXT, least=0),
    "blocks": anything,
    "attachments": anything,
    "response_type": word("ephemeral", "in_channel"),
    "replace_original": flag,
    "delete_original": flag,
    "thread_ts": string(40),
    "metadata": anything,
    "unfurl_links": flag,
    "unfurl_media": flag,
    "mrkdwn": flag,
}


def check_message(message: Json, has_file: HasFile) -> list[Problem]:
    """The text, blocks and metadata of a message; other keys are the method's business."""
    look = Inspection("message", has_file)
    text, blocks = message.get("text"), message.get("blocks")
    if text is not None and not isinstance(text, str):
        look.refuse("/text", f"must be a string, is {kind_of(text)}")
    elif text and len(text) > limits.MESSAGE_TEXT:
        says = f"must have at most {limits.MESSAGE_TEXT} characters, has {len(text)}"
        look.refuse("/text", says, "msg_too_long")
    if message.get("attachments"):
        look.refuse("/attachments", "this local Slack does not model attachments: they are legacy, use blocks")
    if blocks is not None:
        inspect_blocks(blocks, "/blocks", look)
        _blocks_text(blocks, look)
    if message.get("metadata"):
        _metadata(message["metadata"], look)
    if not text and not blocks and not message.get("attachments"):
        look.refuse("/text", "a message needs a text or blocks", "no_text")
    return look.problems


def check_view(view: Any, surface: Surface, has_file: HasFile) -> list[Problem]:
    """A whole modal or Home view."""
    look = Inspection(surface, has_file)
    if not isinstance(view, dict):
        look.refuse("/view", f"must be an object, is {kind_of(view)}")
        return look.problems
    if view.get("type") != surface:
        look.refuse("/view/type", f"must be {surface!r} here, is {view.get('type')!r}")
    (_HOME if surface == "home" else _MODAL)(view, "/view", look)
    blocks = view.get("blocks")
    inspect_blocks(blocks, "/view/blocks", look)
    kinds = {block.get("type") for block in blocks or () if isinstance(block, dict)} if isinstance(blocks, list) else ()
    if surface == "modal" and "input" in kinds and "submit" not in view:
        look.refuse("/view/submit", "a modal with input blocks needs a 'submit'")
    size = len(json.dumps(view).encode())
    if size > limits.VIEW_BYTES:
        look.refuse("/view", f"must have at most {limits.VIEW_BYTES} bytes, has {size}", "view_too_large")
    return look.problems


def check_reply(reply: Any, has_file: HasFile) -> list[Problem]:
    """The body of a slash command's acknowledgement, or of a post to a response_url."""
    if not isinstance(reply, dict):
        return [Problem("", f"must be an object, is {kind_of(reply)}")]
    look = Inspection("message", has_file)
    shape({}, _REPLY_KEYS)(reply, "", look)
    if reply.get("delete_original"):
        return look.problems
    return look.problems + [problem for problem in check_message(reply, has_file) if problem not in look.problems]


def check_response_action(answer: Json, has_file: HasFile, block_ids: frozenset[str]) -> list[Problem]:
    """The acknowledgement of a view_submission. `block_ids`: the input blocks of the submitted view.

    Source: docs.slack.dev/surfaces/modals, "Updating, pushing and closing views", "Displaying errors".
    """
    look = Inspection("modal", has_file)
    action = answer.get("response_action")
    extra: Mapping[str, Check] = {
        "errors": {"errors": anything},
        "update": {"view": anything},
        "push": {"view": anything},
    }.get(str(action), {})
    shape({"response_action": word("errors", "update", "push", "clear"), **extra})(answer, "", look)
    if action == "errors":
        _errors(answer.get("errors"), block_ids, look)
    if action in ("update", "push"):
        look.problems += check_view(answer.get("view"), "modal", has_file)
    return look.problems


def refusal_of(problems: list[Problem], usual: str, blocks: Any = None) -> Json:
    """The Web API's answer to a refused payload, as Slack words it: each error with its JSON pointer."""
    errors = [f"{_block_at(problem.pointer, blocks)}{problem}" for problem in problems]
    code = next((problem.error for problem in problems if problem.error), usual)
    return {
        "ok": False,
        "error": code,
        "errors": errors,
        "response_metadata": {"messages": [f"[ERROR] {error}" for error in errors]},
    }


def _block_at(pointer: str, blocks: Any) -> str:
    """Which block it is, in words: `block 2 (section): `."""
    parts = pointer.removeprefix("/view").split("/")
    if len(parts) < 3 or parts[1] != "blocks" or not parts[2].isdigit():
        return ""
    index = int(parts[2])
    block = blocks[index] if isinstance(blocks, list) and index < len(blocks) else None
    kind = f" ({block.get('type')})" if isinstance(block, dict) else ""
    return f"block {index}{kind}: "


def _errors(errors: Any, block_ids: frozenset[str], look: Inspection) -> None:
    if not isinstance(errors, dict) or not errors:
        look.refuse("/errors", "must be an object of at least one block_id and its message")
        return
    for name, message in errors.items():
        if name not in block_ids:
            look.refuse(f"/errors/{name}", f"no input block has this block_id; they are {sorted(block_ids)}")
        string(limits.TEXT_OBJECT)(message, f"/errors/{name}", look)


def _metadata(metadata: Any, look: Inspection) -> None:
    _METADATA(metadata, "/metadata", look)
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    if payload is not None and not isinstance(payload, dict):
        look.refuse("/metadata/event_payload", f"must be an object, is {kind_of(payload)}")


def _blocks_text(blocks: Any, look: Inspection) -> None:
    total = sum(_texts(blocks))
    if total > limits.MESSAGE_BLOCKS_TEXT:
        says = f"all blocks together may have {limits.MESSAGE_BLOCKS_TEXT} characters of text, have {total}"
        look.refuse("/blocks", says, "msg_blocks_too_long")


def _texts(value: Any) -> Iterator[int]:
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name == "text" and isinstance(each, str):
                yield len(each)
            else:
                yield from _texts(each)
