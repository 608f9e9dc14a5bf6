"""Tells Discord our slash commands, and only when they have changed: it counts each time that one is made."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from discord.http import HTTPClient, Route

from bot.platforms.discord.commands import Definition

_log = logging.getLogger(__name__)

#: What of a definition is ours to say, and what Discord takes it to be where we do not.
_OURS: Mapping[str, Any] = {
    "type": 1,
    "description": "",
    "contexts": None,
    "integration_types": [0],
    "default_member_permissions": None,
    "name_localizations": {},
    "description_localizations": {},
}
_OF_OPTIONS: Mapping[str, Any] = {
    "name_localizations": {},
    "description_localizations": {},
    "type": 3,
    "description": "",
    "required": False,
    "autocomplete": False,
    "max_length": None,
}


class Book(Protocol):
    """Where Discord keeps the commands of an application."""

    async def get_global_commands(self, application_id: int) -> Any:
        """With what they are called in other languages."""

    async def bulk_upsert_global_commands(self, application_id: int, payload: list[Definition]) -> Any: ...


class DiscordsBook:
    """The book, by discord.py's HTTP client, which does not ask for other languages by itself."""

    def __init__(self, http: HTTPClient) -> None:
        self._http = http

    async def get_global_commands(self, application_id: int) -> Any:
        route = Route("GET", "/applications/{application_id}/commands", application_id=application_id)
        return await self._http.request(route, params={"with_localizations": "true"})

    async def bulk_upsert_global_commands(self, application_id: int, payload: list[Definition]) -> Any:
        return await self._http.bulk_upsert_global_commands(application_id, payload)


async def register(book: Book, application_id: int, wanted: Sequence[Definition]) -> bool:
    """Make Discord's list the wanted one; True if that took a write. Raises discord.HTTPException."""
    present = {command["name"]: _normal(command) for command in await book.get_global_commands(application_id)}
    needed = {command["name"]: _normal(command) for command in wanted}
    changed = sorted(name for name in {*present, *needed} if present.get(name) != needed.get(name))
    if not changed:
        _log.info("slash commands: all %d are as Discord has them", len(needed))
        return False
    await book.bulk_upsert_global_commands(application_id, list(wanted))
    _log.info("slash commands: registered %d, of which new, changed or gone: %s", len(needed), ", ".join(changed))
    return True


def _normal(command: Mapping[str, Any]) -> Definition:
    """A definition with its defaults, without what Discord adds (ids, versions, nulls), and flags in order."""
    kept = {key: command.get(key) if command.get(key) is not None else default for key, default in _OURS.items()}
    kept["default_member_permissions"] = str(kept["default_member_permissions"])  # given as a number, got as a text
    for flags in ("contexts", "integration_types"):
        kept[flags] = sorted(kept[flags] or ())
    kept["options"] = [_normal_option(option) for option in command.get("options") or ()]
    return kept


def _normal_option(option: Mapping[str, Any]) -> Definition:
    kept = {key: option.get(key) if option.get(key) is not None else default for key, default in _OF_OPTIONS.items()}
    kept["name"] = option["name"]
    kept["choices"] = [
        (choice["name"], choice["value"], choice.get("name_localizations") or {})
        for choice in option.get("choices") or ()
    ]
    return kept
