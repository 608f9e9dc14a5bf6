"""HTTP mode: Slack posts to the app's request URL, signed, and reads the acknowledgement from the response.

Source: docs.slack.dev/authentication/verifying-requests-from-slack, /apis/events-api/using-http-request-urls.
"""

import hashlib
import hmac
import json
import secrets
import time
from urllib.parse import urlencode

import aiohttp

from bot.demo.slack.core import Ack, Core, Envelope
from bot.demo.slack.schema import Json


class HttpMode:
    """Delivers to one request URL, for commands, interactions and events alike, as Bolt serves them."""

    def __init__(self, core: Core, url: str) -> None:
        self._core = core
        self.url = url
        self._session: aiohttp.ClientSession | None = None

    async def deliver(self, envelope: Envelope, deadline: float) -> Ack:
        content_type, body = _encode(envelope)
        headers = {"Content-Type": content_type, **self.signature(body)}
        if envelope.attempt:
            reason = {"timeout": "http_timeout"}.get(envelope.reason, envelope.reason)
            headers |= {"X-Slack-Retry-Num": str(envelope.attempt), "X-Slack-Retry-Reason": reason}
        try:
            return await self._post(body, headers, deadline)
        except TimeoutError:
            return Ack(error="operation_timeout", reason="timeout")
        except aiohttp.ClientError:
            return Ack(error="dispatch_failed", reason="connection_failed")

    async def verify(self) -> bool:
        """Whether the request URL gives back the challenge, as Slack asks when the URL is set."""
        challenge = secrets.token_hex(16)
        said = {"type": "url_verification", "token": self._core.verification_token, "challenge": challenge}
        ack = await self.deliver(Envelope("", "events_api", said, answerable=True), self._core.acknowledge_seconds)
        return not ack.error and challenge in (ack.body, *(ack.body.values() if isinstance(ack.body, dict) else ()))

    def signature(self, body: str) -> dict[str, str]:
        """The v0 signature over the real time of day: receivers hold it against their own clock."""
        stamp = str(int(time.time()))
        base = f"v0:{stamp}:{body}".encode()
        digest = hmac.new(self._core.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, body: str, headers: dict[str, str], deadline: float) -> Ack:
        if self._session is None:
            self._session = aiohttp.ClientSession(headers={"User-Agent": "Slackbot 1.0 (local)"})
        timeout = aiohttp.ClientTimeout(total=deadline)
        async with self._session.post(self.url, data=body.encode(), headers=headers, timeout=timeout) as response:
            text = await response.text()
            if response.status != 200:
                error = "http_service_error" if response.status >= 500 else "http_client_error"
                retry = response.headers.get("X-Slack-No-Retry") != "1"
                return Ack(error=error, reason="http_error", retry=retry)
            if response.content_type == "application/json" and text:
                return Ack(json.loads(text))
            return Ack({"text": text} if text else None)


def _encode(envelope: Envelope) -> tuple[str, str]:
    form = "application/x-www-form-urlencoded"
    if envelope.kind == "slash_commands":
        return form, urlencode(envelope.payload)
    if envelope.kind == "interactive":
        return form, urlencode({"payload": json.dumps(envelope.payload)})
    return "application/json", json.dumps(envelope.payload)


def is_empty(body: Json | str | None) -> bool:
    """Whether an acknowledgement says nothing."""
    return body in (None, "", {}, {"text": ""})
