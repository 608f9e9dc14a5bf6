"""What Discord means when it closes a gateway for good, and what to do about it.

Source: discord/discord-api-docs, developers/topics/opcodes-and-status-codes, "Gateway Close Event Codes": those after
which it is no use to come again.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.core.errors import CareerbotError

WRONG_TOKEN: Final = "Discord refused DISCORD_TOKEN. Reset it in the developer portal and set the new one."  # noqa: S105 # a sentence
_INTENTS: Final = (
    "Discord refused what careerbot asks to hear, though that is nothing privileged. Look in the developer portal"
    " whether the bot was restricted."
)
_SAYS: Final[Mapping[int, str]] = MappingProxyType(
    {
        4004: WRONG_TOKEN,
        4010: "Discord knows no such shard. Mend --shards and --shard-count.",
        4011: "The bot is in too many servers for so few shards. Leave --shards and --shard-count out, or raise both.",
        4012: "Discord does not speak this version of its gateway any more. Upgrade careerbot.",
        4013: _INTENTS,
        4014: _INTENTS,
    }
)


def refusal(code: int) -> CareerbotError:
    """The sentence for an operator."""
    said = _SAYS.get(code, "Discord closed the connection for good. See what that code means, in its documentation.")
    return CareerbotError(f"{said} (gateway close code {code})")
