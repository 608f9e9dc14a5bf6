"""Pictures that the next process need not draw again. They stand in `__pycache__`, like what Python makes of our code;
where that cannot be written, each process draws its own.
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

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
    if not sys.dont_write_bytecode:
        with suppress(OSError):  # where we may not write
            _keep(place, drawn)
    return drawn


@cache
def _how() -> str:
    """What says how pictures are drawn: our code, and what it draws with."""
    digest = sha256(f"{version('pillow')} {version('font-source-sans-pro')}".encode())
    for path in (*_HERE.glob("chart.py"), *sorted((_HERE.parent / "core").glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _keep(place: Path, drawn: bytes) -> None:
    """Whoever looks meanwhile finds all of it, or none. What was drawn otherwise goes: nobody asks for it any more."""
    place.parent.mkdir(exist_ok=True)
    beside = place.with_suffix(f".{os.getpid()}")
    beside.write_bytes(drawn)
    beside.replace(place)
    for old in place.parent.glob("chart-*.png"):
        if not old.name.startswith(f"chart-{_how()}-"):
            old.unlink(missing_ok=True)
