"""What an operator sees: the log."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

_NOISY = "discord slack_bolt slack_sdk aiohttp asyncio uvicorn bm25s matplotlib alembic sqlalchemy aiosqlite".split()


class _JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC, ISO 8601), level, logger, message, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure_logging(level: str, form: Literal["text", "json"]) -> None:
    """Log to standard error. The libraries below us speak only from warnings up, unless we debug."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")
    handler.setFormatter(_JsonLines() if form == "json" else text)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    if level != "debug":
        for noisy in _NOISY:
            logging.getLogger(noisy).setLevel(logging.WARNING)
