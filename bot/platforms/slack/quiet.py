"""The log of Slack's own libraries, without what must not be in it.

At DEBUG they write whole messages, at INFO and WARNING the bodies of requests that they refuse or do not know; the
errors of a connection quote its one-time address.
"""

import logging
import re

_SECRETS = re.compile(
    r"(xox[a-z]-|xoxe\.|xapp-)[\w.-]+|(?<=ticket=)[^&'\"\s]+|(?<=/hooks/)[^'\"\s]+|(?<=services/)[^'\"\s]+"
    r"|(?<=with code: )\S+"
)
#: The name below which both libraries log for us.
NAME = "bot.platforms.slack.library"


class _Discreet(logging.Filter):
    """Takes out tokens and one-time addresses. The traceback goes: its last line repeats what was taken out."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _SECRETS.sub("…", record.getMessage()), ()
        record.exc_info, record.exc_text = None, None
        return True


def logger(name: str, level: int) -> logging.Logger:
    """A logger to hand to a library, whatever the root's level is."""
    made = logging.getLogger(f"{NAME}.{name}")
    made.setLevel(level)
    if not any(isinstance(each, _Discreet) for each in made.filters):
        made.addFilter(_Discreet())
    return made
