"""What a process keeps for the next one stands in `__pycache__`, as what Python makes of our code does. Like that it is
made where there is none, and needs no care."""

import os
import sys
from contextlib import suppress
from pathlib import Path


def keep(place: Path, data: bytes) -> bool:
    """Whether it could be kept: not where nothing may be written, nor where there is no room. Whoever looks meanwhile
    finds all of it, or what was there before."""
    if sys.dont_write_bytecode:
        return False
    beside = place.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        place.parent.mkdir(exist_ok=True)
        try:
            beside.write_bytes(data)
            beside.replace(place)
        finally:
            beside.unlink(missing_ok=True)  # where the disk is full, half of it
        return True
    return False
