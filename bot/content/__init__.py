"""Content: `packs` finds and reads them, `questions` says what makes a quiz question fair; `languages` reads what
commands are called elsewhere."""

from bot.content.languages import locales
from bot.content.packs import find, load, ours

__all__ = ["find", "load", "locales", "ours"]
