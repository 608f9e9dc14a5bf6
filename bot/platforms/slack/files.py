"""Files of a reply: put into the direct messages of the person who asked, wherever they asked.

A message that one person alone sees can hold no file, and in a channel a file would be everybody's.
"""

import logging
from dataclasses import replace

from bot.core.chat import File, Part, Reply, Text
from bot.core.markup import plain, quote
from bot.platforms.slack import rich
from bot.platforms.slack.render import escape
from bot.platforms.slack.wire import Lost, Refused, Wire

_log = logging.getLogger(__name__)


async def handed_over(wire: Wire, reply: Reply, user: str) -> Reply:
    """The reply, with a sentence in place of each file: where it is, or why it is not there and what to do."""
    if not any(isinstance(part, File) for part in reply.parts):
        return reply
    parts: list[Part] = []
    for part in reply.parts:
        parts += [Text(part.about), Text(await _hand_over(wire, part, user))] if isinstance(part, File) else [part]
    return replace(reply, parts=tuple(parts))


async def _hand_over(wire: Wire, file: File, user: str) -> str:
    name = f"**{quote(file.name)}**"
    try:
        opened = await wire.call("conversations.open", repeatable=True, users=user)
        channel = str(opened["channel"]["id"])
        about = escape(plain(rich.clean(file.about)))
        await wire.upload(file.name, file.content, channel=channel, comment=about)
    except Refused as refused:
        _log.warning("a file was not taken: %s", refused)
        if refused.passing:
            return f"Slack did not take {name} just now. Please ask again in a minute."
        if refused.error == "missing_scope":
            return f"I may not send you {name} yet: please ask whoever installed me here to install me once more."
        return f"Slack did not take {name} from me. Please tell whoever runs me."
    except Lost as lost:
        _log.warning("a file may not have arrived: %s", lost)
        return f"The line broke as I sent you {name}. Look into our direct messages; if it is not there, ask again."
    return f"I have put {name} into our direct messages."
