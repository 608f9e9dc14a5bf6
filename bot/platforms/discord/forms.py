"""The one question before a call, in Discord's form (a modal)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import discord

from bot.core.chat import Call
from bot.core.command import Form
from bot.core.markup import clip
from bot.core.reading import corrected
from bot.platforms.discord import limits
from bot.platforms.discord.choices import id_of
from bot.platforms.discord.marks import line

_ANSWER = "answer"


def modal(form: Form, call: Call) -> discord.ui.Modal:
    """The form, carrying its call; already stopped, so that discord.py keeps none that nobody sends off."""
    asked = discord.ui.Modal(
        title=clip(line(form.title), limits.FORM_TITLE) or "…", custom_id=id_of(0, call), timeout=None
    )
    asked.add_item(_question(form))
    asked.stop()
    return asked


def filled(call: Call, components: Sequence[Mapping[str, Any]]) -> Call:
    """The call with what was typed into its form."""
    value = next((str(part.get("value") or "") for part in _walk(components) if part.get("custom_id") == _ANSWER), "")
    return replace(corrected(call, call.fill or "", value), fill=None)


def _question(form: Form) -> discord.ui.Label[Any]:
    # A label holds half of what a parameter's help may be; the line under it holds all of it.
    short = len(form.label) <= limits.FORM_LABEL
    return discord.ui.Label(
        text=line(form.label) if short else "Your answer",
        description=None if short else clip(line(form.label), limits.FORM_DESCRIPTION),
        component=discord.ui.TextInput(
            custom_id=_ANSWER,
            placeholder=clip(line(form.placeholder), limits.FORM_PLACEHOLDER) or None,
            required=True,
            max_length=min(form.max_length, limits.FORM_TEXT),
        ),
    )


def _walk(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for part in components:
        yield part
        below = part.get("components") or ([part["component"]] if part.get("component") else [])
        yield from _walk(below)
