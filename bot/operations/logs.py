"""What an operator sees: the log.

Nothing that is logged has a token, a message's text or a person's name in it; that is for whoever logs to see to. What
is shaped like a secret, or is one of ours, is taken out once more here, for the sake of what libraries and exceptions
say.
"""

import json
import logging
import re
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final, Literal

from bot.core import trace

#: Libraries that say more than is good for a log.
NOISY: Final = (
    "discord slack_bolt slack_sdk aiohttp asyncio uvicorn bm25s PIL alembic sqlalchemy aiosqlite markdown_it"
).split()
#: In place of a secret.
_GONE: Final = "[secret]"
#: Shorter ones would take ordinary words out of the log.
_SHORTEST_SECRET: Final = 8
#: How tokens look: Slack's (bot, user, app-level, refresh), Discord's three parts and its header, what any other
#: Authorization header brings, addresses that open something by themselves, and a user and password in a URL.
_SHAPES: Final = tuple(
    (re.compile(shape), put)
    for shape, put in (
        (r"\b(?:xoxe\.)?xox[a-z]-[\w-]+|\bxapp-[\w-]+", _GONE),
        (r"\b[MNO][\w-]{22,28}\.[\w-]{5,8}\.[\w-]{25,}", _GONE),
        (r"\b(Bot|Bearer) [\w.~+/-]{20,}=*", rf"\1 {_GONE}"),
        (r"(hooks\.slack\.com/|/hooks/)[\w/-]+", rf"\1{_GONE}"),
        (r"(/(?:webhooks|interactions)/\d+/)[\w.-]{20,}", rf"\1{_GONE}"),
        (r"(postgres(?:ql)?(?:\+\w+)?://)\S*@", rf"\1{_GONE}@"),
        (r"(\b[a-z][a-z0-9+.-]*://)[^\s/@]+:[^\s/@]*@", rf"\1{_GONE}@"),
    )
)


#: In a line for people, so that what came from outside does not look like a line of its own: control characters, and
#: what else ends a line, as Python writes them.
_VISIBLE: Final = {code: repr(chr(code))[1:-1] for code in (*range(32), *range(127, 160), 0x2028, 0x2029)}


class _Redacting(logging.Formatter):
    """The form of a line, without what must not be in it: tracebacks and stacks included."""

    def __init__(self, form: logging.Formatter, secrets: Collection[str]) -> None:
        super().__init__()
        self._form = form
        # The longest first: one may be a part of another.
        self._secrets = sorted((s for s in secrets if len(s) >= _SHORTEST_SECRET), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        line = self._form.format(record)
        for secret in self._secrets:
            line = line.replace(secret, _GONE)
        for shape, put in _SHAPES:
            line = shape.sub(put, line)
        return line


class _TextLines(logging.Formatter):
    """For people: time, level, logger, the id of what is being done, message."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(trace)s%(message)s", "%Y-%m-%d %H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        record.trace = f"[{current}] " if (current := trace.current()) else ""
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 # logging's name
        """The line itself; a traceback comes beneath it as it is."""
        return super().formatMessage(record).translate(_VISIBLE)


class _JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC, ISO 8601), level, logger, trace (the id of what is being done, if anything),
    message, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current := trace.current():
            line["trace"] = current
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure_logging(level: str, form: Literal["text", "json"], secrets: Collection[str] = ()) -> None:
    """Log to standard error. The libraries below us speak only from warnings up; if we debug, of what they do too, but
    never of what they send and get: messages and tokens are in that.

    secrets: what must not be in the log, whoever writes it.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting(_JsonLines() if form == "json" else _TextLines(), secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in NOISY:
        tells = level == "debug" and noisy != "sqlalchemy"  # which tells of every statement already at `info`
        logging.getLogger(noisy).setLevel(logging.INFO if tells else logging.WARNING)
