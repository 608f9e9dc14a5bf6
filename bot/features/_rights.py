"""Who may do what. Shared by the commands; itself none."""

from bot.core.chat import Call, Request
from bot.core.errors import Mistake, NotAllowed
from bot.core.ports import Profiles


def require_presence(request: Request) -> None:
    """Raises Mistake where the bot is only with the person, as what comes later could not be posted."""
    if request.guest:
        raise Mistake(
            "I am here only with you, so I can't post here by myself. Whoever may manage this server can add me to it, "
            "from my profile. What is yours alone works here too.",
            [("A digest to me alone", Call.of("digest", do="me")), ("A question", Call("quiz"))],
        )


async def require_manager(request: Request, profiles: Profiles) -> None:
    """Raises NotAllowed unless the person looks after the workspace; asked anew each time, as rights are taken back."""
    if not await profiles.manages(request):
        raise NotAllowed(
            "Only those who look after this place may do that: on Slack an admin or owner of the workspace, on Discord "
            "whoever may manage the server, from one of its channels. If that is you, try again in a minute."
        )
