"""Reads how commands are called in other languages: a file each, beside the packs."""

from dataclasses import replace

from bot.content.packs import SHELVES, read_file
from bot.core.errors import PackError, PackProblem
from bot.core.locales import Locale, Locales


def locales() -> Locales:
    """Every language that there is a file for, by its code. Raises PackError with every problem that was found."""
    problems: list[PackProblem] = []
    paths = sorted(path for shelf in SHELVES for path in shelf.glob("locales/*.yaml"))
    files = {path.stem: read_file(path, Locale, problems) for path in paths}
    if problems:
        raise PackError(problems)
    found: dict[str, Locale] = {code: file.value for code, file in files.items() if file is not None}
    return {code: _whole(one, found) for code, one in found.items()}


def _whole(one: Locale, every: Locales) -> Locale:
    """With the words of the language that it is like."""
    if one.like is None or one.like not in every:
        return one
    return replace(one, commands={**every[one.like].commands, **one.commands})
