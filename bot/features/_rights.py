"""Who may do what. Shared by the commands; itself none."""

from bot.core.chat import Request
from bot.core.errors import NotAllowed
from bot.core.ports import Profiles


async def require_manager(request: Request, profiles: Profiles) -> None:
    """Raises NotAllowed unless the person looks after the workspace; asked anew each time, as rights are taken back."""
    if not await profiles.manages(request):
        raise NotAllowed(
            "Only those who look after this place may do that: on Slack an admin or owner of the workspace, on Discord "
            "whoever may manage the server, from one of its channels. If that is you, try again in a minute."
        )
