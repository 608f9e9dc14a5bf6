"""Reads how commands are called in other languages: a file each, beside the packs."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from bot.content.compiled import kept
from bot.content.packs import SHELVES
from bot.core.errors import PackError, PackProblem
from bot.core.locales import Locale, Locales


def locales() -> Locales:
    """Every language that there is a file for, by its code. Raises PackError with every problem that was found."""
    found: dict[str, Locale] = {}
    for shelf in SHELVES:
        folder = shelf / "locales"
        if folder.is_dir():
            found |= kept(folder, partial(_read, folder))
    return found


def _read(folder: Path) -> dict[str, Locale]:
    from bot.content.files import read_file

    problems: list[PackProblem] = []
    files = {path.stem: read_file(path, Locale, problems) for path in sorted(folder.glob("*.yaml"))}
    if problems:
        raise PackError(problems)
    found: dict[str, Locale] = {code: file.value for code, file in files.items() if file is not None}
    return {code: _whole(one, found) for code, one in found.items()}


def _whole(one: Locale, every: Locales) -> Locale:
    """With the words of the language that it is like."""
    if one.like is None or one.like not in every:
        return one
    return replace(one, commands={**every[one.like].commands, **one.commands})
