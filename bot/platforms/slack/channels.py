"""What Slack knows of its channels: their names, and whether the bot may post there."""

from collections import OrderedDict

from bot.platforms.slack.rich import Json
from bot.platforms.slack.said import is_direct
from bot.platforms.slack.wire import Lost, Refused
from bot.platforms.slack.wires import Wires

#: Names remembered; they change seldom, and only for the eye.
_MOST = 1_000
#: Slack says the same of a group of direct messages, into which no app like this one comes.
_MISSING_SCOPE = (
    "I may not look at that channel. If it is a group of direct messages, choose another; else an admin has to install "
    "me again from the new manifest."
)


class SlackChannels:
    """The port's part for Slack. A workspace's token sees no channel of another."""

    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._names: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def name(self, platform: str, workspace: str, channel: str) -> str:
        del platform
        key = workspace, channel
        if key not in self._names:
            try:
                self._names[key] = f"#{(await self._look(workspace, channel))['name']}"
            except (Refused, Lost, KeyError):
                return ""
            if len(self._names) > _MOST:
                self._names.popitem(last=False)
        return self._names[key]

    async def problem(self, platform: str, workspace: str, channel: str) -> str:
        del platform
        if is_direct(channel):
            return "That is a direct message. For a digest of your own, say **digest me**."
        try:
            found = await self._look(workspace, channel)
        except Lost:
            return "Slack does not answer just now. Try again in a minute."
        except Refused as no:
            if no.passing:
                return "Slack has trouble of its own just now. Try again in a minute."
            if no.error == "missing_scope":
                return _MISSING_SCOPE
            return "I cannot see that channel. Invite me there first: **/invite @careerbot**."
        if found.get("is_archived"):
            return "The channel is archived. Unarchive it, or choose another."
        if not found.get("is_member"):
            return "I am not in that channel. Invite me there first: **/invite @careerbot**."
        return ""

    async def _look(self, workspace: str, channel: str) -> Json:
        said = await self._wires.of(workspace).call("conversations.info", form=True, repeatable=True, channel=channel)
        found = said.get("channel")
        return found if isinstance(found, dict) else {}
