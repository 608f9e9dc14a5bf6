"""A bot that answers every command and message with one sentence, on bare slack-bolt; beside it, on bare discord.py.

python -m tests.bench.subjects.bolt socket ADDRESS
python -m tests.bench.subjects.bolt http ADDRESS PORT
python -m tests.bench.subjects.bolt both ADDRESS DISCORDS    over Socket Mode
"""

import asyncio
import sys

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.say.async_say import AsyncSay
from slack_sdk.web.async_client import AsyncWebClient

from tests.bench.subjects.looping import SECRET, run

TEXT = "Entry-level pay in the US is $90,000 to $120,000."


def made(address: str) -> AsyncApp:
    client = AsyncWebClient(token="xoxb-bot", base_url=f"http://{address}/api/")  # noqa: S106 # nobody's
    app = AsyncApp(client=client, signing_secret=SECRET, process_before_response=True)

    async def answer(ack: AsyncAck) -> None:
        await ack(TEXT)

    async def reply(say: AsyncSay) -> None:
        await say(TEXT)

    app.command("/career")(answer)
    app.event("message")(reply)
    return app


async def by_socket(app: AsyncApp) -> None:
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

    await AsyncSocketModeHandler(app, "xapp-app").start_async()  # type: ignore[no-untyped-call] # it has no types


async def by_http(app: AsyncApp, port: int) -> None:
    import uvicorn
    from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    handler = AsyncSlackRequestHandler(app)

    async def receive(request: Request) -> Response:
        return await handler.handle(request)

    web = Starlette(routes=[Route("/slack/events", receive, methods=["POST"])])
    # Served as ours is.
    config = uvicorn.Config(web, port=port, log_config=None, access_log=False, server_header=False)
    await uvicorn.Server(config).serve()


async def both(app: AsyncApp, discords: str) -> None:
    from tests.bench.subjects.discord_py import connect

    await asyncio.gather(by_socket(app), connect(discords).start("bot-token"))


async def main(how: str, address: str, *more: str) -> None:
    app = made(address)
    if how == "socket":
        await by_socket(app)
    elif how == "http":
        await by_http(app, int(more[0]))
    else:
        await both(app, more[0])


if __name__ == "__main__":
    run(main(*sys.argv[1:]))
