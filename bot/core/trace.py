"""The id of what is being done just now: a request, a delivery. It stands in each line of the log that tells of it.

A ContextVar, as the log is written in libraries and far below whoever began.
"""

import secrets
from contextvars import ContextVar
from typing import Final

_current: Final[ContextVar[str]] = ContextVar("trace", default="")


def begin(name: str = "") -> None:
    """Something begins in this task, and in those that it starts. Without a name it is given one of its own."""
    _current.set(name or secrets.token_hex(4))


def current() -> str:
    """Its id; "" where nothing has begun."""
    return _current.get()
