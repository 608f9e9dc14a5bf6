"""Socket Mode: Slack reaches us over a connection that we open, so no public address is needed."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.platforms.slack import quiet
from bot.platforms.slack.said import AtOnce
from bot.platforms.slack.wire import Refused

#: Seconds between pings; a connection that broke without a word is missed within about as many.
_PING = 5.0
#: Seconds that a goodbye may take.
_GOODBYE = 2.0

_log = logging.getLogger(__name__)


class _Handler(AsyncSocketModeHandler):
    """Bolt's, but for what is ready to be said."""

    at_once: AtOnce

    async def handle(self, client: Any, req: SocketModeRequest) -> None:
        ready = await self.at_once(req.payload) if req.type == "slash_commands" else None
        if ready is None:
            await super().handle(client, req)
        else:
            await client.send_message(f'{{"envelope_id":{json.dumps(req.envelope_id)},"payload":{ready}}}')


@asynccontextmanager
async def connection(app: AsyncApp, app_token: str, at_once: AtOnce) -> AsyncIterator[Callable[[], bool]]:
    """Connected while inside, again and again if it must be; gives what tells whether it is just now.

    at_once: what is ready to be said to a slash command. Raises Refused if Slack does not take the token.
    """
    if not app_token:
        raise ValueError("Socket Mode needs an app-level token")  # with none, Bolt would look in the environment
    handler = _Handler(
        app, app_token, logger=quiet.logger("socket", logging.WARNING), web_client=app.client, ping_interval=_PING
    )
    handler.at_once = at_once
    client = handler.client
    # As in wire.py: aiohttp heeds NO_PROXY, slack_sdk does not.
    await client.aiohttp_client_session.close()
    client.aiohttp_client_session = aiohttp.ClientSession(trust_env=True)
    client.proxy = None
    try:
        try:
            # slack_sdk would try a wrong token for ever, so the first address is asked for here.
            client.wss_uri = await client.issue_new_wss_url()
        except SlackApiError as error:
            refused = Refused.of("the app-level token (apps.connections.open)", error.response)
            if not refused.passing:
                raise refused from None
            _log.warning("%s; I keep trying", refused)
        except (aiohttp.ClientError, OSError) as error:
            _log.warning("cannot reach Slack yet (%s); I keep trying", type(error).__name__)
        await handler.connect_async()  # type: ignore[no-untyped-call] # slack_bolt leaves it untyped
        yield lambda: client.current_session is not None and not client.current_session.closed
    finally:
        await _close(handler)


async def _close(handler: AsyncSocketModeHandler) -> None:
    client = handler.client
    tasks = [client.message_processor, client.current_session_monitor, client.message_receiver]
    try:
        async with asyncio.timeout(_GOODBYE):
            await handler.close_async()  # type: ignore[no-untyped-call] # as above
    except (TimeoutError, aiohttp.ClientError, OSError):
        await client.aiohttp_client_session.close()
    # slack_sdk cancels these, but does not wait until they have ended.
    for task in tasks:
        if task is not None:
            task.cancel()
    await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)
