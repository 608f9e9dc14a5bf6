"""What must not be let in: forged, stale, replayed, oversized, malformed, misplaced, and from the wrong workspace.

A request that Slack did not sign is told so (401). One that it did sign, but that is none of our business, is answered
with 200 and not done: to anything else Slack would say it again, and once more.
"""

import json
import time
from dataclasses import replace

from tests.security.asking import (
    ADA,
    ADMINS,
    CHANNEL,
    COMMANDS,
    ELSEWHERE,
    EVENTS,
    GRACE,
    INSTALL,
    INTERACTIONS,
    JSON,
    MARK,
    REDIRECT,
    SECOND,
    STRANGER,
    Row,
    at,
    by,
    changed,
    command,
    dm,
    event,
    form,
    interaction,
    later,
    press,
    then,
    unsigned,
)  # fmt: skip
from tests.security.ground import signed

#: Later than any installation of the test, though it may begin long after this file was read.
TOMORROW = int(time.time()) + 24 * 3600
#: The token of the form in which a zone is typed.
SET = "~value:settings?what=zone"

FORGED = {
    "signed with another secret": Row(401, body=command(), sign=by("another secret")),
    "signed with an empty secret": Row(401, body=command(), sign=by("")),
    "an event signed with another secret": Row(401, EVENTS, event(dm()), JSON, by("another")),
    "a press signed with another secret": Row(
        401, INTERACTIONS, press("privacy?do=delete&sure=yes"), sign=by("another")
    ),
    "signed for another body": Row(401, body=command(), sign=lambda _, s: signed(b"other", s)),
    "no signature and no time": Row(401, body=command(), sign=unsigned),
    "no signature": Row(401, body=command(), sign=changed(X_Slack_Signature="")),
    "no time": Row(401, body=command(), sign=changed(X_Slack_Request_Timestamp="")),
    "a signature of another version": Row(
        401,
        body=command(),
        sign=lambda b, s: {**signed(b, s), "X-Slack-Signature": "v1=" + "0" * 64},
    ),
    "half a signature": Row(
        401,
        body=command(),
        sign=lambda b, s: {**signed(b, s), "X-Slack-Signature": signed(b, s)["X-Slack-Signature"][:40]},
    ),
    "a signature beyond ASCII": Row(401, body=command(), sign=changed(X_Slack_Signature="v0=ü")),
    "the token that Slack once sent in place of one": Row(401, body=command(token=MARK), sign=unsigned),
    "a time that is no number": Row(401, body=command(), sign=changed(X_Slack_Request_Timestamp="now")),
    "a time of a thousand digits": Row(401, body=command(), sign=changed(X_Slack_Request_Timestamp="9" * 1_000)),
    "a time before all time": Row(401, body=command(), sign=changed(X_Slack_Request_Timestamp="-1")),
    "a challenge that nobody signed": Row(
        401,
        EVENTS,
        json.dumps({"type": "url_verification", "challenge": MARK}).encode(),
        JSON,
        unsigned,
    ),
}

STALE = {
    "six minutes old": Row(401, body=command(), sign=at(-360)),
    "a year old": Row(401, body=command(), sign=at(-3e7)),
    "from the future": Row(401, body=command(), sign=at(360)),
    "an old signature under a new time": Row(401, body=command(), sign=later),
}

REPLAYED = {
    "a command once more": Row(
        200,
        body=command("remind 3", user_id=GRACE),
        sign=then,
        says=None,
        before=(Row(200, body=command("remind 3", user_id=GRACE), sign=then),),
    ),
    "a command once more, at another address": Row(
        200,
        EVENTS,
        command("remind 4", user_id=GRACE),
        sign=then,
        says=None,
        before=(Row(200, body=command("remind 4", user_id=GRACE), sign=then),),
    ),
    "an event that Slack repeats, signed anew": Row(
        200,
        EVENTS,
        event(dm("remind 6"), event_id="Ev6"),
        JSON,
        says=None,
        before=(Row(200, EVENTS, event(dm("remind 6"), event_id="Ev6"), JSON, at(-2)),),
    ),
}

for number in ("1", "9" * 2_000, MARK):
    heard = Row(200, EVENTS, event(dm("remind 8"), event_id=f"Ev{number[:9]}"), JSON, then)
    again = {"X-Slack-Retry-Num": number}
    REPLAYED[f"an event once more, as repetition {number[:9]}"] = replace(heard, headers=again, before=(heard,))

OVERSIZED = {
    "a body that says it is over a megabyte": Row(413, body=b"x", sign=unsigned, framing="Content-Length: 1000001"),
    "a body that says it is over all measure": Row(
        400, body=b"x", framing=f"Content-Length: {'9' * 100}", logged="Invalid HTTP request received."
    ),
    "a body that says nothing of its length, and is over a megabyte": Row(
        413,
        body=b"f4241\r\n" + b"x" * 1_000_001,
        sign=unsigned,
        framing="Transfer-Encoding: chunked",
    ),
    "headers over 32 kB": Row(431, body=command(), headers={"X-Long": MARK * 3_000}),
    "a command of 40,000 characters": Row(200, body=command("ask " + "x" * 40_000), says="I read up to 1,000"),
    "a value of 400 characters": Row(200, body=command("settings zone " + "x" * 400), says="I read up to 300"),
    "an address of 5,000 characters": Row(400, f"{REDIRECT}?state=a&code=" + MARK * 300, method="GET", sign=unsigned),
}

SLOW = {
    "a body that does not arrive": Row(408, body=command(), framing="Content-Length: 5000"),
}

MALFORMED = {
    "no JSON": Row(400, EVENTS, b'{"' + MARK.encode(), JSON),
    "JSON, but a list": Row(400, EVENTS, b"[1, 2]", JSON),
    "JSON, but nothing": Row(400, EVENTS, b"null", JSON),
    "JSON, but a text": Row(400, EVENTS, b'"text"', JSON),
    "a payload that is no JSON": Row(400, INTERACTIONS, b"payload=%7B" + MARK.encode()),
    "a payload that is a list": Row(400, INTERACTIONS, b"payload=[]"),
    "bytes that are no text": Row(401, COMMANDS, b"\xff\xfe\x00"),
    "nothing at all": Row(200, COMMANDS, b""),
    "an event without its inside": Row(200, EVENTS, event({}), JSON),
    "an event that is a text": Row(200, EVENTS, event(MARK), JSON, logged="a listener failed"),
    "a button without a value": Row(
        200,
        INTERACTIONS,
        interaction("block_actions", actions=[{"type": "button", "action_id": "call:0", "block_id": "b"}]),
    ),
    "a button of somebody else's app": Row(
        200,
        INTERACTIONS,
        interaction(
            "block_actions", actions=[{"type": "button", "action_id": "other", "block_id": "b", "value": MARK}]
        ),
    ),
    "a button with a token that is too long": Row(
        200, INTERACTIONS, press("settings?what=zone&value=Berlin&x=" + "y" * 2_000)
    ),
    "a command that is not ours": Row(200, COMMANDS, command().replace(b"%2Fcareer", b"%2Fother")),
    "an event of the bot's own": Row(200, EVENTS, event(dm(bot_id="B1"), event_id="Ev7"), JSON),
}

NOT_THERE = "at an address that there is not"
MISPLACED = {
    **{
        f"{method} {path}": Row(405, path, method=method, sign=unsigned)
        for method, path in [
            ("GET", EVENTS),
            ("PUT", COMMANDS),
            ("DELETE", INTERACTIONS),
            ("TRACE", EVENTS),
            ("POST", "/healthz"),
            ("POST", "/readyz"),
            ("DELETE", "/metrics"),
            ("POST", "/privacy"),
            ("POST", INSTALL),
            ("POST", REDIRECT),
        ]
    },
    **{
        path: Row(404, path, sign=unsigned, logged=NOT_THERE)
        for path in [
            "/",
            "/SLACK/EVENTS",
            "/slack",
            f"/{MARK}",
            "/slack/events%00",
            "/%2e%2e/.env",
            "/slack%2Fevents/x",
        ]
    },
}

MISGUIDED = {
    "come back without a state": Row(
        400, f"{REDIRECT}?code={MARK}", method="GET", sign=unsigned, says="another browser"
    ),
    "come back with a state that was made up": Row(
        400,
        f"{REDIRECT}?code={MARK}&state={MARK}",
        method="GET",
        sign=unsigned,
        says="too old",
        headers={"Cookie": f"slack-app-oauth-state={MARK}"},
    ),
    "come back with somebody else's state": Row(
        400,
        f"{REDIRECT}?code={MARK}&state={MARK}",
        method="GET",
        sign=unsigned,
        says="another browser",
        headers={"Cookie": "slack-app-oauth-state=mine"},
    ),
    "come back with a code that would be a line of the log": Row(
        400,
        f"{REDIRECT}?code=x%0A{MARK}&state={MARK}",
        method="GET",
        sign=unsigned,
        says="did not work",
        headers={"Cookie": f"slack-app-oauth-state={MARK}"},
    ),
    "come back with an error that is a script": Row(
        400,
        f"{REDIRECT}?error=%3Cscript%3E{MARK}",
        method="GET",
        sign=unsigned,
        says="did not work",
    ),
}

STRANGE = "which has not installed me, was told so"
ACROSS = {
    "a command from where the bot is not": Row(
        200, body=command(team=STRANGER), says="I am not installed", logged=STRANGE
    ),
    "an event from where the bot is not": Row(200, EVENTS, event(dm(), team_id=STRANGER), JSON, logged=STRANGE),
    "a button from where the bot is not": Row(200, INTERACTIONS, press("remind?hours=3", STRANGER), logged=STRANGE),
    "a form from where the bot is not": Row(
        200, INTERACTIONS, form(SET, "Berlin", ADMINS[STRANGER], STRANGER), logged=STRANGE
    ),
    "a button of no workspace": Row(200, INTERACTIONS, press("remind?hours=3", None)),
    "a button of no workspace, with that of a person": Row(
        200, INTERACTIONS, press("remind?hours=3", None, team_id=None, enterprise={"id": "E1"})
    ),
    "a command of no workspace": Row(200, body=command(team="")),
    "an event of no workspace": Row(200, EVENTS, event(dm(), team_id=None), JSON),
    "a form that was opened for another": Row(200, INTERACTIONS, form(SET, "Berlin", GRACE), says="somebody else"),
    **{
        f"digest {do}, of another workspace's channel": Row(
            200, body=command(f"digest {do} <#{CHANNEL}|careers>", team=SECOND)
        )
        for do in ("status", "preview", "pause", "resume", "now", "unsubscribe")
    },
    "a digest's button, in another workspace": Row(
        200, INTERACTIONS, press(f"digest?do=unsubscribe&channel={CHANNEL}", SECOND)
    ),
    "a streak mended from another workspace": Row(200, body=command(f"mend <@{ADA}|ada> out of spite", team=SECOND)),
    "a round answered from another workspace": Row(200, INTERACTIONS, press("round?asked=ASKED&pick=0", SECOND)),
    "a round answered from another channel": Row(
        200, INTERACTIONS, press("round?asked=ASKED&pick=0", channel=ELSEWHERE, user={"id": GRACE})
    ),
    "everything deleted, under the same id in another workspace": Row(
        200, INTERACTIONS, press("privacy?do=delete&sure=yes", SECOND, user={"id": ADA})
    ),
    "an uninstalling that never was": Row(
        200, EVENTS, event({"type": "app_uninstalled"}, event_id="Ev8", event_time=TOMORROW), JSON
    ),
    "a revoked token of the first workspace, told by the second": Row(
        200,
        EVENTS,
        event(
            {"type": "tokens_revoked", "tokens": {"bot": ["U000001BOT"]}},
            event_id="Ev9",
            team_id=SECOND,
            event_time=TOMORROW,
        ),
        JSON,
    ),
}

ROWS = FORGED | STALE | REPLAYED | OVERSIZED | SLOW | MALFORMED | MISPLACED | MISGUIDED | ACROSS


ROWS["one request more than a person may make at once"] = Row(
    200,
    body=command("help", user_id="U9"),
    says="One moment",
    before=tuple(Row(200, body=command("help", user_id="U9", n=f"{n}")) for n in range(20)),
)
