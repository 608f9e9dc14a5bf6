"""Pictures that the next process need not draw again. Where they cannot be kept (`pycache`), each draws its own."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from bot import pycache

_HERE = Path(__file__).parent
_SHELF = _HERE / "__pycache__"
#: How each PNG ends (www.w3.org/TR/png, "IEND"); one that was cut off does not.
_END = b"IEND\xaeB`\x82"


def kept(what: str, draw: Callable[[], bytes]) -> bytes:
    """The PNG that `draw` makes, or made once. what: all that tells it from others."""
    place = _SHELF / f"chart-{_how()}-{sha256(what.encode()).hexdigest()[:32]}.png"
    with suppress(OSError):  # not there yet, and so it is drawn
        if (found := place.read_bytes()).endswith(_END):
            return found
    drawn = draw()
    if pycache.keep(place, drawn):
        _tidy()
    return drawn


@cache
def _how() -> str:
    """What says how pictures are drawn: our code, and what it draws with."""
    digest = sha256(f"{version('pillow')} {version('font-source-sans-pro')}".encode())
    for path in (*_HERE.glob("chart.py"), *sorted((_HERE.parent / "core").glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _tidy() -> None:
    """What was drawn otherwise goes: nobody asks for it any more."""
    for old in _SHELF.glob("chart-*.png"):
        if not old.name.startswith(f"chart-{_how()}-"):
            with suppress(OSError):
                old.unlink()
