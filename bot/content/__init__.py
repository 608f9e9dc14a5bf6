"""Content: `packs` finds and checks them, `files` reads a file, `compiled` keeps what was read, `questions` says what
makes a quiz question fair; `languages` reads what commands are called elsewhere."""

from bot.content.languages import locales
from bot.content.packs import find, load, ours, ready

__all__ = ["find", "load", "locales", "ours", "ready"]
