"""Keeps what was read of a folder, so that the next process need not read it: that takes a parser, pydantic and time.

It is used only as long as it is of these very files, by these very rules. Where it cannot be kept (`pycache`), each
process reads anew.
"""

import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from bot import __version__, pycache
from bot.core.schema import Frozen

T = TypeVar("T")

_BOT = Path(__file__).parent.parent
#: What says which kind a thing is of; no key of any kind and no word in a file is this.
_KIND = "\0"


def kept(folder: Path, read: Callable[[], T]) -> T:
    """What `read` makes of a folder's YAML files, or what it made of them once. Raises what `read` raises.

    It is made of entries (`Frozen`), texts, numbers, lists and mappings by text. A tuple outside of an entry may come
    back as a list.
    """
    place, sources = folder / "__pycache__" / "careerbot.json", _sources(folder)
    seal, _, text = _text(place).partition(b"\n")
    if sources and seal == _seal(sources, text):
        found: T = json.loads(text, object_hook=_back)
        return found
    value = read()
    if sources and _sources(folder) == sources:  # else somebody wrote while we read
        text = json.dumps(value, default=_plain, ensure_ascii=False).encode()
        pycache.keep(place, _seal(sources, text) + b"\n" + text)
    return value


def _sources(folder: Path) -> bytes:
    """A digest of all that the value follows from: the files, and the code that reads and checks them. Empty where one
    of them is none or cannot be read; what is wrong with it, whoever reads the folder says."""
    digest = sha256(__version__.encode())
    try:
        for path in (
            *sorted(folder.glob("*.y*ml")), *sorted(_BOT.glob("content/*.py")), *sorted(_BOT.glob("core/*.py")),
        ):  # fmt: skip
            text = path.read_bytes()
            digest.update(b"\0%s\0%d\0" % (os.fsencode(path.name), len(text)))
            digest.update(text)
    except OSError:
        return b""
    return digest.digest()


def _seal(sources: bytes, text: bytes) -> bytes:
    return sha256(sources + text).hexdigest().encode()


def _text(place: Path) -> bytes:
    try:
        return place.read_bytes()
    except OSError:
        return b""


def _plain(entry: Frozen) -> dict[str, Any]:
    return {_KIND: type(entry).__name__, **vars(entry)}


def _back(data: dict[str, Any]) -> Any:
    kind = data.pop(_KIND, None)
    if kind is None:
        return data
    return Frozen.kinds[kind](**{key: tuple(each) if isinstance(each, list) else each for key, each in data.items()})
