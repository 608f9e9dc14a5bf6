"""Slack's documented limits, in one table.

Sources: the reference pages for each block, element, view and method on docs.slack.dev, and the models of slack_sdk
3.47 that repeat them. Lengths are in characters, times in seconds. A limit that Slack does not document says so.
"""

from typing import Final

# ── messages ──────────────────────────────────────────────────────────────────────────────────────────────────────────
MESSAGE_BLOCKS: Final = 50
MESSAGE_TEXT: Final = 40_000
"""chat.postMessage cuts the text off here. We refuse instead, so that nothing is lost without a word."""
MESSAGE_BLOCKS_TEXT: Final = 12_000
"""All text of a message's blocks together: `msg_blocks_too_long`. Undocumented: see bolt-js #2509."""
MARKDOWN_TEXT: Final = 12_000
"""All markdown blocks of one payload together."""
TABLES: Final = 1
METADATA_EVENT_TYPE: Final = 255
"""Undocumented; we refuse what is longer than any other identifier of Slack's."""

# ── views ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
VIEW_BLOCKS: Final = 100
VIEW_TITLE: Final = 24
VIEW_SUBMIT: Final = 24
VIEW_CLOSE: Final = 24
VIEW_BYTES: Final = 250_000
VIEW_STACK: Final = 3
PRIVATE_METADATA: Final = 3_000
CALLBACK_ID: Final = 255
EXTERNAL_ID: Final = 255

# ── blocks ────────────────────────────────────────────────────────────────────────────────────────────────────────────
BLOCK_ID: Final = 255
TEXT_OBJECT: Final = 3_000
SECTION_TEXT: Final = 3_000
SECTION_FIELDS: Final = 10
SECTION_FIELD: Final = 2_000
HEADER_TEXT: Final = 150
CONTEXT_ELEMENTS: Final = 10
ACTIONS_ELEMENTS: Final = 25
IMAGE_URL: Final = 3_000
IMAGE_ALT: Final = 2_000
IMAGE_TITLE: Final = 2_000
INPUT_LABEL: Final = 2_000
INPUT_HINT: Final = 2_000
TABLE_ROWS: Final = 100
TABLE_CELLS: Final = 20

# ── elements ──────────────────────────────────────────────────────────────────────────────────────────────────────────
ACTION_ID: Final = 255
BUTTON_TEXT: Final = 75
BUTTON_VALUE: Final = 2_000
BUTTON_URL: Final = 3_000
BUTTON_LABEL: Final = 75
SELECT_OPTIONS: Final = 100
SELECT_GROUPS: Final = 100
OVERFLOW_OPTIONS: Final = 5
CHOICE_OPTIONS: Final = 10
"""Radio buttons and checkboxes."""
OPTION_TEXT: Final = 75
OPTION_VALUE: Final = 150
OPTION_DESCRIPTION: Final = 75
OPTION_URL: Final = 3_000
GROUP_LABEL: Final = 75
PLACEHOLDER: Final = 150
INPUT_LENGTH: Final = 3_000
CONFIRM_TITLE: Final = 100
CONFIRM_TEXT: Final = 300
CONFIRM_BUTTON: Final = 30

# ── time ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
ACKNOWLEDGE_SECONDS: Final = 3.0
TRIGGER_SECONDS: Final = 3.0
RESPONSE_URL_USES: Final = 5
RESPONSE_URL_SECONDS: Final = 30 * 60.0
SOCKETS: Final = 10
EVENT_RETRY_SECONDS: Final = (0.0, 60.0, 300.0)
"""Three more attempts: almost at once, after a minute, after five (docs.slack.dev/apis/events-api)."""
