"""A reply in a terminal, and as data."""

import base64
import io

from rich.console import Console

from bot.core.chat import File, Reply
from bot.platforms import console

TEXT = File("mine.json", '{"name": "Zoë"}'.encode(), "application/json", "All of *it*.")
PICTURE = File("mine.png", b"\x89PNG" * 400, "image/png", "A picture.")


def test_a_file_is_shown_by_its_name_its_size_and_what_is_in_it() -> None:
    screen = Console(record=True, width=80, file=io.StringIO())
    console.show(screen, Reply("Yours", (TEXT, PICTURE)))
    shown = screen.export_text()
    assert "mine.json  16 bytes" in shown
    assert "All of it." in shown
    assert "mine.png  1.6 KiB" in shown
    assert "Zoë" not in shown


def test_as_data_a_file_is_its_text_or_else_its_bytes_in_base64() -> None:
    text, picture = console.as_data(Reply("Yours", (TEXT, PICTURE)))["files"]
    assert text == {
        "name": "mine.json",
        "media_type": "application/json",
        "about": "All of it.",
        "content": '{"name": "Zoë"}',
    }
    assert base64.b64decode(picture["content"]) == PICTURE.content
