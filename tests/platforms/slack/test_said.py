"""What a person typed, out of what Slack passes on."""

import pytest

from bot.core.parameters import without_ids
from bot.platforms.slack.said import spoken


@pytest.mark.parametrize(
    ("passed_on", "kept", "read"),
    [
        ("digest subscribe <#C1|careers> mon", "digest subscribe <#C1|careers> mon", "digest subscribe #careers mon"),
        ("digest status <#C1|>", "digest status <#C1|>", "digest status"),
        ("digest status <#C1>", "digest status <#C1|>", "digest status"),
        ("mend <@U1|ada> an outage", "mend <@U1|ada> an outage", "mend @ada an outage"),
        ("<@U0BOT> digest <#C1|careers>", "digest <#C1|careers>", "digest #careers"),
        ("<@U2> tip", "tip", "tip"),
        (
            "tell <!here> and <!subteam^S1|@team> of <https://example.org|this>",
            "tell   and   of this",
            "tell and of this",
        ),
        ("<#not an id|x> &lt;#C1|x&gt;", "#x <#C1|x>", "#x #x"),
        ("`digest <#C1|careers>`", "digest <#C1|careers>", "digest #careers"),
    ],
)
def test_channels_and_people_are_kept_for_commands_that_want_them_and_read_as_names_by_others(
    passed_on: str, kept: str, read: str
) -> None:
    assert spoken(passed_on, "U0BOT") == kept
    assert " ".join(without_ids(kept).split()) == read
