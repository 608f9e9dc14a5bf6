"""What the courier asks of a platform: post once, or say why not.

PublishError
├── Refused     no, and it was not posted; `lasting` if asking again is no use
├── TooFast     not now: wait so many seconds; it was not posted
├── Lost        the connection broke, or the platform failed: it may have been posted
└── CannotLook  whether it stands there cannot be found out
"""

from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from typing import Final, Protocol

from bot.core.chat import Reply
from bot.core.errors import CareerbotError
from bot.delivery.outbox import Target

#: Whether this task's try still has time. The courier sets it; what a publisher sends through asks it before each byte
#: (platforms/fence.py). A ContextVar, as aiohttp and slack_sdk, which lie between the two, hand nothing on.
still_ours: Final[ContextVar[Callable[[], bool]]] = ContextVar("still_ours")


class PublishError(CareerbotError):
    """`str()` is the reason, in words for whoever set it up.

    begun: some of the reply's pages stand there already, by this try or an earlier one.
    """

    begun = False


class Refused(PublishError):
    def __init__(self, reason: str, *, lasting: bool) -> None:
        super().__init__(reason)
        self.lasting = lasting


class TooFast(PublishError):
    def __init__(self, seconds: float) -> None:
        super().__init__(f"the platform asks for {seconds:.0f} s of patience")
        self.seconds = seconds


class Lost(PublishError):
    """After this, the only safe way on is to look."""


class CannotLook(PublishError):
    """The bot may not read there, so it does not post a second time."""


def unseen(trouble: PublishError) -> PublishError:
    """What a look that failed means: a "no" to it, if it lasts, says nothing of the post."""
    if isinstance(trouble, Refused) and trouble.lasting:
        return CannotLook(f"I may not look whether it was posted: {trouble}")
    return trouble


class Publisher(Protocol):
    async def look(self, target: Target, key: str, since: datetime) -> str | None:
        """Where a post with this key stands, of those made since that moment; None if there is none.

        Raises PublishError.
        """

    async def publish(self, target: Target, reply: Reply, key: str, *, look_from: datetime | None) -> str:
        """Post a reply, all its pages, under this key; where it stands then (a link, or an id).

        look_from: pages may be there already, posted since that moment: look first, and post only what is missing.
        It sends nothing twice by itself. Raises PublishError.
        """
