"""What Discord takes as a message: the part of it that a delivery could get wrong."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.doubles import discord_faults as said
from tests.doubles.control import Json
from tests.doubles.discord_faults import Refuse

COMPONENTS_V2: Final = 1 << 15
_NONCE, _CUSTOM_ID, _COMPONENTS, _CONTENT = 25, 100, 40, 2_000
_OLD_TEXTS: Final = ("content", "embeds", "poll")


def check(body: Json, files: Mapping[str, bytes]) -> None:
    """Raises Refuse, saying what is wrong."""
    nonce = body.get("nonce")
    if isinstance(nonce, str) and len(nonce) > _NONCE:
        raise Refuse.form(f"nonce: must be {_NONCE} or fewer in length")
    if len(body.get("content") or "") > _CONTENT:
        raise Refuse.form(f"content: must be {_CONTENT} or fewer in length")
    if not any(body.get(name) for name in ("content", "embeds", "components", "attachments")):
        raise Refuse(said.EMPTY)
    _check_files(body, files)
    parts = list(parts_of(body.get("components") or []))
    if (body.get("flags") or 0) & COMPONENTS_V2:
        if any(body.get(name) for name in _OLD_TEXTS):
            raise Refuse.form("flags: IS_COMPONENTS_V2 takes no content, embeds or poll")
    elif any(part.get("type", 0) >= 9 for part in parts):
        raise Refuse.form("components: these need the flag IS_COMPONENTS_V2")
    _check_parts(parts)


def _check_files(body: Json, files: Mapping[str, bytes]) -> None:
    told = {f"files[{each['id']}]" for each in body.get("attachments") or ()}
    if told != set(files):
        raise Refuse.form(f"attachments: told of {sorted(told)}, got {sorted(files)}")


def _check_parts(parts: list[Json]) -> None:
    if len(parts) > _COMPONENTS:
        raise Refuse.form(f"components: must be {_COMPONENTS} or fewer, are {len(parts)}")
    ids = [part["custom_id"] for part in parts if "custom_id" in part]
    if len(ids) != len(set(ids)):
        raise Refuse.form("components: a custom_id stands there twice")
    if any(not 1 <= len(each) <= _CUSTOM_ID for each in ids):
        raise Refuse.form(f"components: a custom_id must be between 1 and {_CUSTOM_ID} in length")


def parts_of(value: Any) -> Iterator[Json]:
    """Every component, those within others too."""
    if isinstance(value, list):
        for each in value:
            yield from parts_of(each)
    elif isinstance(value, dict) and "type" in value:
        yield value
        yield from parts_of(value.get("components"))
        yield from parts_of(value.get("accessory"))
