"""What the running platforms know of people and channels: each that knows something adds itself when it starts."""

from collections.abc import Collection

from bot.core.chat import Person, Request
from bot.core.ports import Channels, Profiles


class Directory:
    """Both ports' implementation. Of a platform that added nothing, only what its requests say is known.

    managers: who manages a workspace though the platform does not say so: platform, workspace, user.
    """

    def __init__(self, managers: Collection[tuple[str, str, str]] = ()) -> None:
        self._managers = frozenset(managers)
        self._known: dict[str, Profiles] = {}
        self._channels: dict[str, Channels] = {}

    def add(self, platform: str, profiles: Profiles) -> None:
        """From now on ask these about the people of that platform; whoever was asked before is not any more."""
        self._known[platform] = profiles

    def add_channels(self, platform: str, channels: Channels) -> None:
        """The same for the platform's channels."""
        self._channels[platform] = channels

    async def name(self, platform: str, workspace: str, channel: str) -> str:
        known = self._channels.get(platform)
        return await known.name(platform, workspace, channel) if known else ""

    async def problem(self, platform: str, workspace: str, channel: str) -> str:
        known = self._channels.get(platform)
        return await known.problem(platform, workspace, channel) if known else ""

    async def zone(self, person: Person) -> str | None:
        known = self._known.get(person.platform)
        return await known.zone(person) if known else None

    async def manages(self, request: Request) -> bool:
        person = request.person
        if (person.platform, person.workspace, person.user) in self._managers:
            return True
        if request.manages is not None:
            return request.manages
        known = self._known.get(request.person.platform)
        return await known.manages(request) if known else False
