"""How much of anything the bot reads: one table. Lengths are in characters.

Platforms hold what they send us to limits of their own, and we tell them ours where they ask; we rely on neither. What
is longer is answered with how long it may be, before anything is done with it. A request's body is held to
`REQUEST_BYTES` of its platform; what a pack may hold is its authors' to say, and stands in `catalog.py`.
"""

from typing import Final

#: What is typed in one line: a command, a mention, a direct message. Discord sends up to 4,000, Slack 40,000.
SAID: Final = 1_000
#: One value: an option of a slash command, the answer to a form, a question for `ask`.
VALUE: Final = 300
#: A call written as a token. Discord's custom ids hold 100; the rest is the adapter's.
TOKEN: Final = 90
#: Arguments of one call: Discord's limit for options. What has more was made by nobody's button.
ARGUMENTS: Final = 25
#: A person's name as their platform gives it; Slack's are the longest, at 80.
NAME: Final = 80


def too_long(length: int, most: int) -> str:
    """The sentence for what is longer than it may be."""
    return f"That is {length:,} characters; I read up to {most:,}. Please say it shorter."
