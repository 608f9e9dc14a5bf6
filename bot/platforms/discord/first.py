"""First responses as bytes that are ready, by a session of our own.

discord.py writes each anew, asks Discord for the message that it made, and reads it: half of what an answer costs. It
comes in where one was not taken, as it knows how to wait and to try again. Nothing is said twice by that: Discord takes
one first response to an interaction, and tells of a second (`sending.Exchange`).
"""

import json
import secrets
from typing import Any, Final

import aiohttp
import discord
from yarl import URL

from bot.platforms.discord import wire
from bot.platforms.discord.sending import Page

#: Seconds. What takes longer is too late in any case; and who has no connection by then (`connect`) has the time to be
#: answered by discord.py, which waits for none.
_TIMEOUT: Final = aiohttp.ClientTimeout(total=2.5, connect=1.25)
#: Types of a response (developers/interactions/receiving-and-responding, "Interaction Callback Type").
_MESSAGE, _IN_PLACE = 4, 7
#: The flag by which only one person sees a message.
_HIDDEN: Final = 1 << 6
#: Bytes. A larger one is left to discord.py, which sends it piece by piece.
_MOST: Final = 1 << 20
#: Connections at a time. Each takes a handshake and one of the files that a process may have open, of which a thousand
#: is all that many systems grant; and while an answer is under way for 100 ms, these take 2,000 a second.
_CONNECTIONS: Final = 200
#: Between the parts of a response with files; none of them has it.
_BORDER: Final = secrets.token_hex(16)


class FirstResponses:
    """`open` it before use, `close` it afterwards.

    api_url: Discord's.
    """

    def __init__(self, api_url: str) -> None:
        self._url = api_url
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS), timeout=_TIMEOUT, headers={"User-Agent": wire.AGENT}
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def give(self, interaction: discord.Interaction[Any], page: Page, *, in_place: bool, hidden: bool) -> bool:
        """Make the first response; False where it may not be there. Never raises."""
        body = written(page, in_place=in_place, hidden=hidden)
        if self._session is None or body is None:
            return False
        # Of a token nothing needs to be quoted.
        url = URL(f"{self._url}/interactions/{interaction.id}/{interaction.token}/callback", encoded=True)
        try:
            async with self._session.post(url, data=body, allow_redirects=False) as answer:
                return answer.status < 300
        except (aiohttp.ClientError, OSError):  # OSError: TimeoutError too
            return False


def written(page: Page, *, in_place: bool, hidden: bool) -> aiohttp.BytesPayload | None:
    """A page as the body of a first response; None where it is too large. It is kept with the page."""
    if (in_place, hidden) not in page.written:
        kind = f"multipart/form-data; boundary={_BORDER}" if page.attached else "application/json"
        body = _write(page, in_place=in_place, hidden=hidden)
        fits = len(body) <= _MOST
        page.written[in_place, hidden] = aiohttp.BytesPayload(body, content_type=kind) if fits else None
    return page.written[in_place, hidden]


def _write(page: Page, *, in_place: bool, hidden: bool) -> bytes:
    message = wire.content(page.components)
    if hidden and not in_place:
        message["flags"] |= _HIDDEN
    message["attachments"] = [{"id": number, "filename": name} for number, (name, _) in enumerate(page.attached)]
    told = json.dumps({"type": _IN_PLACE if in_place else _MESSAGE, "data": message}, separators=(",", ":")).encode()
    if not page.attached:
        return told
    # As developers/reference, "Uploading Files"; the names are of plain letters (`render`).
    parts = [_part('name="payload_json"', "application/json", told)]
    for number, (name, data) in enumerate(page.attached):
        parts.append(_part(f'name="files[{number}]"; filename="{name}"', "application/octet-stream", data))
    return b"".join((*parts, f"--{_BORDER}--\r\n".encode()))


def _part(about: str, kind: str, data: bytes) -> bytes:
    head = f"--{_BORDER}\r\nContent-Disposition: form-data; {about}\r\nContent-Type: {kind}\r\n\r\n"
    return b"".join((head.encode(), data, b"\r\n"))
