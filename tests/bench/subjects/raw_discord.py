"""The least that answers an interaction: aiohttp alone, without any library of Discord's.

python -m tests.bench.subjects.raw_discord ADDRESS text         a constant sentence
python -m tests.bench.subjects.raw_discord ADDRESS card CARD    a card with its picture, as bytes that are ready
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import aiohttp

from tests.bench.subjects.looping import SPEEDS, run

_BORDER = "careerbot"

if "orjson" in SPEEDS:
    import orjson  # type: ignore[import-not-found,unused-ignore]

    read: Any = orjson.loads
else:
    read = json.loads


def body(what: str, card: Path | None) -> tuple[bytes, str]:
    """What to send each time, and its type."""
    if card is None or what == "text":
        text = "Entry-level pay in the US is $90,000 to $120,000."
        return json.dumps({"type": 4, "data": {"content": text, "flags": 64}}).encode(), "application/json"
    components = json.loads((card / "card.json").read_text("utf-8"))
    told = {"type": 4, "data": {"components": components, "flags": 64 | 1 << 15,
                                "attachments": [{"id": 0, "filename": "chart-1.png"}]}}  # fmt: skip
    field = f'--{_BORDER}\r\nContent-Disposition: form-data; name="%s"\r\nContent-Type: %s\r\n\r\n'
    parts = (
        field % ("payload_json", "application/json"), json.dumps(told), "\r\n",
        field % ('files[0]"; filename="chart-1.png', "image/png"),
    )  # fmt: skip
    whole = "".join(parts).encode() + (card / "chart-1.png").read_bytes() + f"\r\n--{_BORDER}--\r\n".encode()
    return whole, f"multipart/form-data; boundary={_BORDER}"


async def main(address: str, what: str, card: Path | None = None) -> None:
    whole, kind = body(what, card)
    headers = {"Content-Type": kind, "Authorization": "Bot bot-token"}
    tasks: set[asyncio.Task[None]] = set()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def answer(told: dict[str, Any]) -> None:
            url = f"http://{address}/api/v10/interactions/{told['id']}/{told['token']}/callback"
            async with session.post(url, data=whole, headers=headers) as made:
                await made.read()

        async with session.ws_connect(f"ws://{address}/") as line:
            async for message in line:
                told = read(message.data)
                if told["op"] == 10:
                    await line.send_str('{"op":2,"d":{}}')
                elif told.get("t") == "INTERACTION_CREATE":
                    task = asyncio.create_task(answer(told["d"]))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    where, wanted, *folder = sys.argv[1:]
    run(main(where, wanted, Path(folder[0]) if folder else None))
