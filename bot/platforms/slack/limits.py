"""Slack's limits, in one table. Lengths are characters, times are seconds.

Source: docs.slack.dev/reference/block-kit, /reference/methods/chat.postMessage and
/interactivity/handling-user-interaction, and the models of slack_sdk 3.47 that repeat them. Where Slack documents
nothing, the line says so.
"""

from typing import Final

from bot.delivery.pace import Rate

# ── a message ─────────────────────────────────────────────────────────────────────────────────────────────────────────
MESSAGE_BLOCKS: Final = 50
#: All text in one message's blocks. Undocumented: `msg_blocks_too_long` was met a little above 12,000; we keep away.
MESSAGE_CHARACTERS: Final = 10_000
#: chat.postMessage cuts the plain text off above this.
MESSAGE_TEXT: Final = 40_000

# ── blocks ────────────────────────────────────────────────────────────────────────────────────────────────────────────
HEADER: Final = 150
#: A section's limit; none is documented for rich text, so it is held to the same.
PARAGRAPH: Final = 3_000
CONTEXT_TEXT: Final = 2_000
ALT_TEXT: Final = 2_000
#: The `alt_txt` of an upload.
UPLOAD_ALT_TEXT: Final = 1_000
LINK: Final = 3_000

# ── choices ───────────────────────────────────────────────────────────────────────────────────────────────────────────
#: 25 are allowed; five fit beside each other.
ACTIONS_IN_A_ROW: Final = 5
BUTTON_LABEL: Final = 75
OPTIONS: Final = 100
OPTION_LABEL: Final = 75
OPTION_DESCRIPTION: Final = 75
PLACEHOLDER: Final = 150
#: Ours: what one row of choices may add to a message, so that a row always fits on a page.
ROW_CHARACTERS: Final = 4_000

# ── a view: App Home or a modal ───────────────────────────────────────────────────────────────────────────────────────
VIEW_BLOCKS: Final = 100
#: 250 kB are allowed (docs.slack.dev/reference/methods/views.publish); some are left for what is around the blocks.
VIEW_BYTES: Final = 240_000

# ── a modal ───────────────────────────────────────────────────────────────────────────────────────────────────────────
MODAL_TITLE: Final = 24
INPUT_LABEL: Final = 2_000
INPUT_ERROR: Final = 1_000

# ── answering ─────────────────────────────────────────────────────────────────────────────────────────────────────────
#: A response_url takes five answers in thirty minutes; one is kept for "One moment…".
RESPONSE_URL_ANSWERS: Final = 4
#: Slack repeats an event at once, after one minute and after five; ids are remembered well beyond that.
EVENT_MEMORY: Final = 15 * 60.0
#: A signature is good for five minutes either way (docs.slack.dev/authentication/verifying-requests-from-slack).
SIGNATURE_MEMORY: Final = 11 * 60.0
#: What we read of one request. Slack's own are far smaller.
REQUEST_BYTES: Final = 1_000_000

# ── how often ─────────────────────────────────────────────────────────────────────────────────────────────────────────
# docs.slack.dev/apis/web-api/rate-limits. Slack welcomes short bursts, but promises nothing for them.
#: chat.postMessage: one a second in a channel; "several hundred" a minute in a workspace, which we read as three.
CHANNEL_MESSAGES: Final = Rate(1, 1.0)
WORKSPACE_MESSAGES: Final = Rate(300, 60.0)
#: A method of Tier 3, in a workspace: to look through a channel, to open direct messages.
TIER_3: Final = Rate(50, 60.0, burst=10)
