"""What stands in the environment and in `.env`, and how such a text becomes the value of a setting.

Each `read` raises ValueError that says what is expected, and never shows a secret.
"""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path


class Secret:
    """A text that is shown nowhere: whoever needs it asks for its `value`."""

    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "Secret(…)"


def given() -> Mapping[str, str]:
    """All that is set and not empty, by its name in capitals: in `.env`, in the folder where careerbot is started, and
    in the environment, which wins."""
    return {**_set(_in_file(Path(".env"))), **_set(os.environ)}


def _set(texts: Mapping[str, str | None]) -> dict[str, str]:
    return {name.upper(): text for name, text in texts.items() if text}


def _in_file(path: Path) -> Mapping[str, str | None]:
    if not (path.is_file() or path.is_fifo()):  # a keeper of passwords hands them over by a pipe
        return {}
    from dotenv import dotenv_values  # only where there is such a file

    return dotenv_values(path, encoding="utf-8")


def whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = int(text) if re.fullmatch(r"\s*\d{1,9}\s*", text, re.ASCII) else None
        if number is None or not least <= number <= most:
            raise ValueError(f"expected a whole number from {least} to {most}")
        return number

    return read


def one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"expected {', '.join(words[:-1])} or {words[-1]}")
        return text

    return read


def listed(text: str) -> list[str]:
    """What stands between the commas."""
    return [one.strip() for one in text.split(",") if one.strip()]


def slack_url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("expected an address that begins with https:// (or http:// for a local one)")
    return text if text.endswith("/") else f"{text}/"


def discord_url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("expected an address such as https://discord.com/api/v10")
    return text.rstrip("/")


def public_url(text: str) -> str:
    if not re.fullmatch(r"https?://[\w.:\[\]-]+/?", text):
        raise ValueError("expected an address without a path, such as https://bot.example.org")
    return text


def contact(text: str) -> str:
    text = text.strip()
    if text and not re.fullmatch(r"https?://\S+|[^\s@<>]+@[^\s@<>]+", text):
        raise ValueError("expected an e-mail address, or a web address that begins with https://")
    return text


def keys(text: str) -> Secret:
    # Fernet's keys: 32 bytes in URL-safe base 64. What is wrong is not shown: it is most of a secret.
    for number, key in enumerate(listed(text), start=1):
        if not re.fullmatch(r"[\w-]{43}=", key, re.ASCII):
            raise ValueError(f"number {number} is no key; `careerbot db key` makes one")
    return Secret(text)


def people(text: str) -> str:
    for one in listed(text):
        if not re.fullmatch(r"(slack|discord):\w+:\w+", one):
            raise ValueError(f"{one!r} is nobody: expected slack:TEAM:USER or discord:SERVER:USER, such as slack:T1:U2")
    return text


def database(text: str) -> str:
    if text != "sqlite://" and not re.match("sqlite:///.|postgres(ql)?://.", text):
        raise ValueError(
            "expected sqlite:///FILE, such as sqlite:///careerbot.sqlite3, or postgresql://USER:PASSWORD@HOST/NAME"
        )
    return text
