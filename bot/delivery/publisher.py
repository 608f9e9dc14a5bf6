"""What the courier asks of a platform: post once, or say why not.

PublishError
├── Refused     no, and it was not posted; `lasting` if asking again is no use
├── TooFast     not now: wait so many seconds; it was not posted
├── Lost        the connection broke, or the platform failed: it may have been posted
└── CannotLook  whether it stands there cannot be found out
"""

from datetime import datetime
from typing import Protocol

from bot.core.chat import Reply
from bot.core.errors import CareerbotError
from bot.delivery.outbox import Target


class PublishError(CareerbotError):
    """`str()` is the reason, in words for whoever set it up."""


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
