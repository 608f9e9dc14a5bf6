"""A bot that can do one thing, on bare discord.py.

python -m tests.bench.subjects.discord_py ADDRESS text          a constant sentence
python -m tests.bench.subjects.discord_py ADDRESS anew CARD     a card with its picture, built as a LayoutView each time
python -m tests.bench.subjects.discord_py ADDRESS ready CARD    the same, of JSON that is ready

CARD: a folder with card.json, the components, and chart-1.png.
"""

import io
import json
import sys
from pathlib import Path
from typing import Any, Literal

import discord
from discord import ui
from discord.http import Route

from tests.bench.subjects.looping import run

Json = dict[str, Any]
TEXT = "Entry-level pay in the US is $90,000 to $120,000."


class Ready(ui.LayoutView):
    """Components as they are."""

    def __init__(self, components: list[Json]) -> None:
        super().__init__(timeout=None)
        self.ready = components
        self.stop()

    def to_components(self) -> list[Json]:
        return self.ready

    def has_components_v2(self) -> bool:
        return True

    def is_dispatchable(self) -> bool:
        return False


class Bot(discord.AutoShardedClient):
    """As careful with memory as ours, so that only the answer is another."""

    def __init__(self, what: str, card: Path | None) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
        )
        self._what = what
        self._components: list[Json] = json.loads((card / "card.json").read_text("utf-8")) if card else []
        self._picture = (card / "chart-1.png").read_bytes() if card else b""

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        if self._what == "text":
            await interaction.response.send_message(TEXT, ephemeral=True)
            return
        view = Ready(self._components) if self._what == "ready" else built(self._components)
        file = discord.File(io.BytesIO(self._picture), "chart-1.png")
        await interaction.response.send_message(view=view, file=file, ephemeral=True)


def built(components: list[Json]) -> ui.LayoutView:
    """The card from discord.py's own parts, as its documentation shows it."""
    view = ui.LayoutView()
    for container in components:
        box: ui.Container[Any] = ui.Container(accent_colour=container["accent_color"])
        for part in container["components"]:
            box.add_item(_part(part))
        view.add_item(box)
    return view


def _part(part: Json) -> ui.Item[Any]:
    match part["type"]:
        case 10:
            return ui.TextDisplay(part["content"])
        case 12:
            return ui.MediaGallery(
                *(
                    discord.MediaGalleryItem(one["media"]["url"], description=one["description"])
                    for one in part["items"]
                )
            )
        case 14:
            return ui.Separator()
        case 1:
            return ui.ActionRow(*map(_control, part["components"]))
    raise ValueError(part["type"])


def _control(part: Json) -> ui.Button[Any] | ui.Select[Any]:
    if part["type"] == 2:
        style = discord.ButtonStyle(part["style"])
        return ui.Button(style=style, label=part["label"], custom_id=part["custom_id"])
    options = [discord.SelectOption(label=one["label"], value=one["value"]) for one in part["options"]]
    return ui.Select(custom_id=part["custom_id"], placeholder=part["placeholder"], options=options)


def connect(address: str, what: Literal["text", "anew", "ready"] | str = "text", card: Path | None = None) -> Bot:
    Route.BASE = f"http://{address}/api/v10"
    return Bot(what, card)


if __name__ == "__main__":
    where, kind, *folder = sys.argv[1:]
    run(connect(where, kind, Path(folder[0]) if folder else None).start("bot-token"))
