import asyncio
import subprocess
import sys

import pytest

from bot import app, content
from bot.platforms import chart

#: What takes time or memory, and is used by few, later, or only where there is a port.
LATER = (
    "alembic", "bm25s", "cryptography", "dotenv", "numpy", "PIL", "pydantic", "rapidfuzz", "snowballstemmer",
    "starlette", "uvicorn", "yaml",
)  # fmt: skip
STARTED = """
import asyncio, sys
from bot import app, connecting, content, serving
from bot.platforms.discord import client, publisher
from bot.platforms.slack import app as slack
from bot.storage.opening import open_store

app.dispatcher(content.ready(content.find("ai-engineer")), open_store("sqlite://"))
asyncio.run(app.make_ready(content.find("ai-engineer")))  # all the charts of /salary, too
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_a_start_imports_nothing_that_is_only_needed_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    chart.picture.cache_clear()  # what other tests have drawn
    asyncio.run(app.make_ready(content.find("ai-engineer")))  # so that all has been read and drawn once
    told = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, text=True, check=True)  # noqa: S603 # our own words
    there = set(told.stdout.split())
    assert {"discord", "slack_bolt", "sqlalchemy"} <= there
    assert there.isdisjoint(LATER), there & set(LATER)
