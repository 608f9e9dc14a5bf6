import subprocess
import sys

#: What takes time or memory, and is used by few, later, or only where there is a port.
LATER = ("alembic", "bm25s", "cryptography", "numpy", "PIL", "rapidfuzz", "snowballstemmer", "starlette", "uvicorn")
STARTED = """
import sys
from bot import app, connecting, content, serving
from bot.platforms.discord import client, publisher
from bot.platforms.slack import app as slack
from bot.storage.opening import open_store

app.dispatcher(content.load(content.find("ai-engineer"), checked=True), open_store("sqlite://"))
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_a_start_imports_nothing_that_is_only_needed_later() -> None:
    told = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, text=True, check=True)  # noqa: S603 # our own words
    there = set(told.stdout.split())
    assert {"discord", "slack_bolt", "sqlalchemy"} <= there
    assert there.isdisjoint(LATER), there & set(LATER)
