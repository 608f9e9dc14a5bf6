"""The self-test's digest on Discord: Ada sets it up, it comes, Grace answers its question, Ada sees how it stands."""

import asyncio
from typing import Any

import discord

from bot.demo.discord.told import SelfTestFailed, Told, an_answer, plain
from bot.demo.side import DIGEST_COMES, DIGEST_SIGN

#: Seconds between two looks whether it has come.
_AGAIN = 0.05


async def set_up(told: Told) -> None:
    here = told.here
    result = await here.ada.slash(here.careers, "digest", do="subscribe", day="wednesday", time="9:00", zone="London")
    await told.saw("Ada types /digest do:subscribe day:wednesday time:9:00 zone:London", result)
    told.must("I post in #careers once a week." in told.said, "an admin sets it up")


async def see(told: Told) -> None:
    """Wait until it has come."""
    told.lines.append("careerbot posts unasked")
    try:
        async with asyncio.timeout(DIGEST_COMES):
            while not _digests(told):  # noqa: ASYNC110 # simcord has nothing to wait for
                await asyncio.sleep(_AGAIN)
    except TimeoutError:
        raise SelfTestFailed(f"The digest is due: none came within {DIGEST_COMES:.0f} seconds") from None
    told.lines.append(f"  everybody sees: {plain(_components(_only(told)))}")


async def answer(told: Told) -> None:
    digest = _only(told)
    pick = an_answer(_components(digest))
    result = await told.here.grace.click(digest, custom_id=pick["custom_id"])
    shown = await told.saw(f"Grace clicks “{pick['label']}”", result)
    told.must(shown.ephemeral and shown.id != digest.id, "she is told in private, beside the digest")
    told.must("The answer:" in told.said, "whoever answers is told what is right")


async def see_how_it_stands(told: Told) -> None:
    """What became of it, and that it is there once and unchanged."""
    here = told.here
    _only(told)
    await told.saw("Ada types /digest", await here.ada.slash(here.careers, "digest"))
    told.must("posted." in told.said, "what became of the last one is told")


def _only(told: Told) -> discord.Message:
    """The digest. Raises SelfTestFailed unless it stands in the channel once."""
    found = _digests(told)
    if len(found) != 1:
        raise SelfTestFailed(f"The digest came: it stands there once; but there are {len(found)}")
    return found[0]


def _digests(told: Told) -> list[discord.Message]:
    every = told.here.careers.history(viewer=told.here.grace)
    return [one for one in every if DIGEST_SIGN in plain(_components(one), most=None)]


def _components(message: discord.Message) -> list[dict[str, Any]]:
    return [dict(part.to_dict()) for part in message.components]
