"""What the bot says unasked on Discord: calls of our own to its REST API, each sent once.

discord.py will not do here: it sends a post again after a 500, 502, 504 or 524, five times in all, and sleeps through
a 429 for as long as it is told. Whoever delivers must hear of each, so that it can look before it posts again.
"""

import json
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp
import discord

from bot import __version__
from bot.core.errors import CareerbotError
from bot.delivery.pace import NotNow, Pace, Scope
from bot.platforms import fence, proxy
from bot.platforms.discord import limits
from bot.platforms.discord.choices import Component

API: Final = "https://discord.com/api/v10"
#: Discord asks for an address and a version; the address is that of the library on which the rest of the bot stands.
AGENT: Final = f"DiscordBot (https://github.com/Rapptz/discord.py, {__version__}) careerbot"
#: Seconds. What takes longer counts as lost.
_TIMEOUT: Final = aiohttp.ClientTimeout(total=20, connect=5)
#: The flag by which a message is made of components alone (developers/components/reference).
_COMPONENTS_V2: Final = 1 << 15
#: There was no connection yet, so nothing can have been done.
_NEVER_SENT: Final = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
#: Discord's codes for trouble that may be over soon, told without a 429 (developers/topics/opcodes-and-status-codes):
#: direct messages opened too fast, a resource that is limited, one that is overloaded.
_PASSING: Final = frozenset({40003, 40062, 130000})
#: Seconds to wait where a 429 does not say.
_UNTOLD: Final = 60.0
#: Messages that one look brings, and how many looks are worth while.
_PAGE, _PAGES = 100, 50
#: How far our clock may be before Discord's.
_SKEW: Final = timedelta(minutes=1)
#: All that is sent with one token.
_EVERYWHERE: Final = Scope("everywhere", limits.REQUESTS)

Json = dict[str, Any]


class Refused(CareerbotError):
    """Discord said no, or could not be reached: nothing was done.

    status: of HTTP, 0 if there was no answer. code: Discord's own, such as 50001, 0 if it gave none.
    passing: it may be over soon; else it stays so until somebody mends it.
    """

    def __init__(self, what: str, why: str, *, status: int = 0, code: int = 0, passing: bool = False) -> None:
        super().__init__(f"Discord refused {what}: {why}")
        self.why = why
        self.status = status
        self.code = code
        self.passing = passing


class Lost(CareerbotError):
    """The answer to a post did not come, or was none: the message may be there, or not."""


class TooFast(CareerbotError):
    """Nothing was done. `seconds`: until it may be tried again; `everywhere`: nor may anything else until then."""

    def __init__(self, seconds: float, *, everywhere: bool) -> None:
        super().__init__(f"Discord asks to wait {seconds:g} seconds")
        self.seconds = seconds
        self.everywhere = everywhere


class Wire:
    """The REST API, with one bot's token. `open` it before use, `close` it afterwards. It never tries again.

    pace: of all that is sent here. Where it gives no turn, TooFast is raised and nothing is sent.
    """

    def __init__(self, token: str, api_url: str = API, pace: Pace | None = None) -> None:
        self._url = api_url
        self._pace = pace or Pace()
        self._headers = {"Authorization": f"Bot {token}", "User-Agent": AGENT}
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=fence.connector(), timeout=_TIMEOUT, headers=self._headers, trust_env=proxy.there_is_one()
            )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(
        self, channel: str, components: Sequence[Component], files: Sequence[tuple[str, bytes]], nonce: str
    ) -> str:
        """Post a message and return its id. Raises Refused, TooFast or Lost.

        nonce: at most 25 characters, used for no other message anywhere: for some minutes Discord makes no second
        message of it, and gives the id of the first.
        """
        message = content(components) | {"nonce": nonce, "enforce_nonce": True}
        given: Json = {"data": _form(message, files)} if files else {"json": message}
        made = await self._call("POST", f"/channels/{channel}/messages", makes=True, **given)
        return str(made["id"])

    async def find(self, channel: str, marks: Collection[int], after: datetime) -> dict[int, str]:
        """The messages, made after that moment, whose outermost component has one of these ids: mark -> message id.

        Raises TooFast, or Refused; it is lasting where we may not look.
        """
        since = discord.utils.time_snowflake(after - _SKEW)
        # Asked for first: what is there now must also be in the history below, or we are not shown it.
        place = await self._call("GET", f"/channels/{channel}")
        empty, found = True, dict[int, str]()
        async for message in self._history(channel, since):
            empty = False
            for mark in {part.get("id") for part in message.get("components") or ()} & set(marks):
                found.setdefault(mark, str(message["id"]))
        if empty and int(place.get("last_message_id") or 0) > since:
            # Without the right to read the history Discord shows none, and says nothing of it.
            raise Refused("a look", "the channel's history may not be read", status=200)
        return found

    async def open_dm(self, user: str) -> str:
        """The channel of the direct messages with a person; the same each time. Raises Refused or TooFast."""
        opened = await self._call("POST", "/users/@me/channels", json={"recipient_id": user})
        return str(opened["id"])

    async def _history(self, channel: str, since: int) -> AsyncIterator[Json]:
        """Every message since that snowflake. Raises Refused where there are too many to look at."""
        for _ in range(_PAGES):
            query = {"after": str(since), "limit": str(_PAGE)}
            page = await self._call("GET", f"/channels/{channel}/messages", params=query)
            for message in page:
                yield message
            if len(page) < _PAGE:
                return
            since = max(int(message["id"]) for message in page)
        raise Refused("a look", f"more than {_PAGE * _PAGES} messages were posted since", status=200)

    async def _call(self, method: str, path: str, *, makes: bool = False, **given: Any) -> Any:
        """One request. makes: doing it twice is not as good as once, so that an answer which does not come is Lost."""
        what = f"{method} {path}"
        route = Scope(what, limits.CHANNEL_MESSAGES if makes else None)
        try:
            await self._pace.turn(route, _EVERYWHERE)
            async with self._open_session.request(method, self._url + path, allow_redirects=False, **given) as answer:
                return await _read(what, answer, makes=makes)
        except NotNow as wait:
            raise TooFast(wait.seconds, everywhere=False) from None
        except TooFast as told:
            self._pace.close(_EVERYWHERE if told.everywhere else route, told.seconds)
            raise
        except _NEVER_SENT as error:
            raise Refused(what, f"it cannot be reached ({type(error).__name__})", passing=True) from None
        except (aiohttp.ClientError, OSError) as error:  # OSError: TimeoutError too
            raise _gone(what, f"the connection broke ({type(error).__name__})", makes=makes) from None

    @property
    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the wire is not open")
        return self._session


def content(components: Sequence[Component]) -> Json:
    """What every post is made of."""
    return {"flags": _COMPONENTS_V2, "components": list(components), "allowed_mentions": {"parse": []}}


def attachments(names: Iterable[str]) -> Json:
    """What a post says of the files that come with it; nothing where there are none."""
    told = [{"id": number, "filename": name} for number, name in enumerate(names)]
    return {"attachments": told} if told else {}


async def _read(what: str, answer: aiohttp.ClientResponse, *, makes: bool) -> Any:
    """What an answer says. Raises Refused, TooFast or Lost."""
    said = _json(await answer.text(errors="replace"))
    if answer.status == 429:
        raise _too_fast(answer, said)
    if answer.status >= 500 or (answer.status < 300 and said is None):
        raise _gone(what, f"HTTP {answer.status}", makes=makes, status=answer.status)
    if answer.status < 300:
        return said
    told: Json = said if isinstance(said, dict) else {}
    code = int(told.get("code") or 0)
    why = str(told.get("message") or f"HTTP {answer.status}")
    raise Refused(what, why, status=answer.status, code=code, passing=code in _PASSING)


def _gone(what: str, why: str, *, makes: bool, status: int = 0) -> CareerbotError:
    """There is no answer. A server that fails may have done it, as may one that a broken connection led to."""
    return Lost(f"{what}: {why}") if makes else Refused(what, why, status=status, passing=True)


def _too_fast(answer: aiohttp.ClientResponse, said: Any) -> TooFast:
    """From a 429. One that is no JSON is Cloudflare's, which shuts out everything that we send."""
    told = said if isinstance(said, dict) else {"global": True}
    try:
        seconds = float(told.get("retry_after") or answer.headers.get("Retry-After") or _UNTOLD)
    except ValueError:
        seconds = _UNTOLD
    return TooFast(seconds, everywhere=bool(told.get("global")))


def _form(message: Json, files: Sequence[tuple[str, bytes]]) -> aiohttp.FormData:
    """A message with files: its JSON in a field of its own (developers/reference, "Uploading Files")."""
    told = message | attachments(name for name, _ in files)
    form = aiohttp.FormData(quote_fields=False)  # Discord knows no quoted brackets
    form.add_field("payload_json", json.dumps(told), content_type="application/json")
    for number, (name, data) in enumerate(files):
        form.add_field(f"files[{number}]", data, filename=name, content_type="application/octet-stream")
    return form


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
