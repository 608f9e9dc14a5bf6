"""A Slack that is only quick: it signs and sends commands over HTTP or Socket Mode, or messages over Socket Mode, and
takes what comes back."""

import asyncio
import hashlib
import hmac
import json
import re
import time
from typing import Any, Final
from urllib.parse import urlencode

from bot.platforms.slack.render import moment
from tests.bench.subjects.looping import SECRET
from tests.bench.volley import Volley
from tests.bench.wire import Caller, Line, Served, serve

Json = dict[str, Any]

TEAM: Final = "T00000001"
_HEAD: Final = (
    "POST /slack/events HTTP/1.1\r\nHost: %s:%s\r\nUser-Agent: Slackbot 1.0\r\nAccept: */*\r\n"
    "Content-Type: application/x-www-form-urlencoded\r\n"
)
#: Where a post says its channel, as JSON or as a form; a message's number is its channel's.
_CHANNEL: Final = re.compile(rb'channel(?:=|": ?")(D(\d+))')
#: What an acknowledgement holds that is not yet the answer.
_MOMENT: Final = moment().text.rstrip("…").encode()
_HELLO: Final = {
    "type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"},
    "debug_info": {"host": "local", "approximate_connection_time": 18060},
}  # fmt: skip


class SlackTown:
    """volley: asks these texts, in turn: after /career, or each in a direct message of its own. It is answered once it
    is acknowledged and the answer is there: in the acknowledgement, at the response_url, as a message. `last`: the body
    of the last answer. `acknowledged`: how many had it in there.
    """

    #: What a token may do stands in each of Slack's answers (docs.slack.dev/authentication/using-token-rotation).
    headers = b"x-oauth-scopes: chat:write,commands,im:history,users:read\r\n"

    def __init__(self, volley: Volley, texts: list[str]) -> None:
        self._volley = volley
        self._texts = texts
        self._line: Line | None = None
        self._free: list[Caller] = []
        self._where = ("", 0)
        self._half: set[int] = set()
        self.served: Served
        self.last = b""
        self.acknowledged = 0

    async def open(self) -> str:
        self.served = await serve(self)
        return self.served.address

    async def reach(self, host: str, port: int) -> None:
        """From now on over HTTP. Raises OSError where nobody serves there yet."""
        _, one = await asyncio.get_running_loop().create_connection(Caller, host, port)
        self._free = [one]
        self._where = (host, port)
        self._volley.ask = self._ask_by_http

    async def ready(self, at_once: int) -> None:
        """So many new connections: a server may be about to hang up on one where nothing came for some seconds."""
        if self._where[0]:
            self._hang_up()
            loop = asyncio.get_running_loop()
            made = [await loop.create_connection(Caller, *self._where) for _ in range(at_once)]
            self._free = [one for _, one in made]

    def by_socket(self) -> None:
        self._volley.ask = self._ask_by_socket

    def by_message(self) -> None:
        self._volley.ask = self._ask_by_message

    async def close(self) -> None:
        self._hang_up()
        self.served.server.close()

    def _hang_up(self) -> None:
        for caller in self._free:
            caller.close()

    @property
    def connected(self) -> bool:
        return self._line is not None

    def _ask_by_http(self, number: int) -> None:
        body = urlencode(self._command(number)).encode()
        now = str(int(time.time()))
        signed = hmac.new(SECRET.encode(), f"v0:{now}:".encode() + body, hashlib.sha256).hexdigest()
        caller = self._free.pop()

        def acknowledged(head: bytes, said: bytes) -> None:
            self._free.append(caller)
            if b" 200 " not in head[:20]:
                raise RuntimeError(f"the bot answered {head[:40]!r}")
            self._acknowledge(number, said)

        told = f"{_HEAD % self._where}X-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: v0={signed}\r\n"
        caller.call(f"{told}Content-Length: {len(body)}\r\n\r\n".encode() + body, acknowledged)

    def _ask_by_socket(self, number: int) -> None:
        self._deliver(number, "slash_commands", self._command(number), takes_payload=True)

    def _ask_by_message(self, number: int) -> None:
        self._deliver(number, "events_api", self._message(number), takes_payload=False)

    def _deliver(self, number: int, kind: str, payload: Json, *, takes_payload: bool) -> None:
        if self._line is not None:
            envelope = {"envelope_id": str(number), "type": kind, "accepts_response_payload": takes_payload,
                        "payload": payload}  # fmt: skip
            self._line.say(json.dumps(envelope).encode())

    def _command(self, number: int) -> Json:
        """A slash command, as Slack tells of it (docs.slack.dev/interactivity/implementing-slash-commands)."""
        return {
            "token": "old", "team_id": TEAM, "team_domain": "careers", "channel_id": "C00000001",
            "channel_name": "general", "user_id": "U00000001", "user_name": "ada", "command": "/career",
            "text": self._texts[number % len(self._texts)], "api_app_id": "A1", "is_enterprise_install": "false",
            "response_url": f"http://{self.served.address}/commands/{number}", "trigger_id": f"1.1.{number}",
        }  # fmt: skip

    def _message(self, number: int) -> Json:
        """A direct message, as Slack tells of it (docs.slack.dev/reference/events/message.im)."""
        event = {
            "type": "message", "channel": f"D{number:08}", "channel_type": "im", "user": "U00000001", "team": TEAM,
            "text": self._texts[number % len(self._texts)], "ts": f"{number}.000200", "event_ts": f"{number}.000200",
        }  # fmt: skip
        return {
            "type": "event_callback", "token": "old", "team_id": TEAM, "api_app_id": "A1", "event": event,
            "event_id": f"Ev{number:08}", "event_time": number, "is_ext_shared_channel": False,
            "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": "U00000009", "is_bot": True,
                                "is_enterprise_install": False}],
        }  # fmt: skip

    def _acknowledge(self, number: int, said: bytes) -> None:
        if said and _MOMENT not in said:
            self.last = said
            self.acknowledged += 1
            self._volley.answered(number)
        else:
            self._half_done(number)

    def _half_done(self, number: int) -> None:
        """Acknowledged without an answer, or answered elsewhere: the one comes before the other, or after it."""
        if number in self._half:
            self._half.remove(number)
            self._volley.answered(number)
        else:
            self._half.add(number)

    # ── as its connections know it ────────────────────────────────────────────────────────────────────────────────────
    def answer(self, method: str, path: str, body: bytes) -> bytes:
        del method
        where = path.partition("?")[0]
        if where.startswith("/commands/"):
            self.last = body
            self._half_done(int(where.rpartition("/")[2]))
            return b"ok"
        channel = _CHANNEL.search(body)
        if where.endswith("/chat.postMessage") and channel:
            self.last = body
            self._half_done(int(channel[2]))
        known = self._known(where.rpartition("/")[2], channel[1].decode() if channel else "")
        return json.dumps({"ok": True, **known}).encode()

    def _known(self, method: str, channel: str) -> Json:
        here = f"http://{self.served.address}"
        match method:
            case "auth.test":
                return {"user_id": "U00000009", "bot_id": "B00000009", "team_id": TEAM, "team": "Careers",
                        "url": here, "user": "careerbot"}  # fmt: skip
            case "chat.postMessage":
                return {"channel": channel, "ts": "1.000300", "message": {"type": "message"}}
            case "users.info":
                profile = {"display_name": "ada", "real_name": "Ada", "bot_id": "B00000009"}
                return {"user": {"id": "U00000001", "team_id": TEAM, "name": "ada", "profile": profile}}
            case "team.info":
                return {"team": {"id": TEAM, "name": "Careers", "domain": "careers"}}
            case "conversations.info":
                return {"channel": {"id": channel, "is_im": True, "user": "U00000001"}}
            case "conversations.list":
                return {"channels": []}
            case "apps.connections.open":
                return {"url": f"ws://{self.served.address}/link?ticket=1"}
            case "files.getUploadURLExternal":
                return {"upload_url": f"{here}/upload", "file_id": "F00000001"}
            case _:
                return {}

    def opened(self, line: Line, path: str) -> None:
        del path
        self._line = line
        line.say(json.dumps(_HELLO).encode())

    def heard(self, line: Line, text: bytes) -> None:
        del line
        told = json.loads(text)
        payload = told.get("payload")
        self._acknowledge(int(told["envelope_id"]), text if payload else b"")
