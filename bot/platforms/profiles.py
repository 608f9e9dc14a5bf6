"""What the running platforms know of people: each that knows something adds itself, by name, when it starts."""

from bot.core.chat import Person, Request
from bot.core.ports import Profiles


class Directory:
    """The port's implementation. Of a platform that added nothing, only what its requests say is known."""

    def __init__(self) -> None:
        self._known: dict[str, Profiles] = {}

    def add(self, platform: str, profiles: Profiles) -> None:
        """From now on ask these about the people of that platform; whoever was asked before is not any more."""
        self._known[platform] = profiles

    async def zone(self, person: Person) -> str | None:
        known = self._known.get(person.platform)
        return await known.zone(person) if known else None

    async def manages(self, request: Request) -> bool:
        if request.manages is not None:
            return request.manages
        known = self._known.get(request.person.platform)
        return await known.manages(request) if known else False
