"""Content packs: `packs` finds and reads them, `questions` says what makes a quiz question fair."""

from bot.content.packs import find, load

__all__ = ["find", "load"]
