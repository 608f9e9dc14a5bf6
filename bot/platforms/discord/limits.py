"""What Discord takes: one table, from its documentation and its OpenAPI description.

Lengths are in characters. `MESSAGE_TEXT` is for all the text of one message together: the documentation gives it for
one text display, discord.py for the message, and we keep to the narrower reading.
"""

from bot.delivery.pace import Rate

# A message (developers/components/reference, developers/resources/message).
MESSAGE_TEXT = 4_000
MESSAGE_COMPONENTS = 40
MESSAGE_FILES = 10
#: Bytes of one file, where neither Nitro nor boosts add to it (developers/reference, "Uploading Files"). The
#: documentation said 10 MiB for years and now says 20; we keep to the narrower.
FILE_BYTES = 10 * 1024**2
#: Ours: longer names are cut at their beginning, as their ending says what they are.
FILE_NAME = 100
MEDIA_DESCRIPTION = 1_024

# Buttons and menus.
ROW_BUTTONS = 5
BUTTON_LABEL = 80
MENU_OPTIONS = 25
MENU_PLACEHOLDER = 150
OPTION_LABEL = 100
OPTION_DESCRIPTION = 100
LINK_URL = 512

# A form (Discord calls it a modal).
FORM_TITLE = 45
FORM_LABEL = 45
FORM_DESCRIPTION = 100
FORM_PLACEHOLDER = 100
FORM_TEXT = 4_000

# Slash commands (developers/interactions/application-commands).
COMMANDS = 100
COMMAND_OPTIONS = 25
COMMAND_TEXT = 8_000
COMMAND_DESCRIPTION = 100
CHOICES = 25
CHOICE_NAME = 100
CHOICE_VALUE = 100

# Sending.
#: Messages after the first that one answer may have: an app installed by a person, not a server, may send five.
FOLLOW_UPS = 4

# How often (developers/topics/rate-limits). What discord.py sends beside us with the same token counts too, but for
# answers to interactions; it is little, and keeps to Discord's 429 by itself.
REQUESTS = Rate(50, 1.0)
#: Messages in one channel, as its headers tell today. Discord asks not to rely on it: its 429 has the last word.
CHANNEL_MESSAGES = Rate(5, 5.0, burst=5)
