"""How a subscription to the digest is put into words. Shared by the steps of its command; itself none."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.core.chat import Call, Choice, Fields, Item, Items, Menu, Part, Reply, Text
from bot.core.markup import quote
from bot.core.times import Weekday
from bot.core.weekly import read_week
from bot.delivery.outbox import Record, State
from bot.digests.compose import SECTIONS
from bot.digests.port import Subscription

_CALLED = {
    "trend": "the trend of the week",
    "tip": "the tip",
    "note": "pay and careers",
    "tool": "the tool",
    "quiz": "the question",
    "people": "who learns here",
}
_OUTCOMES = {
    State.WAITING: "waiting",
    State.SENDING: "under way",
    State.DOUBTFUL: "being looked up",
    State.DELIVERED: "posted",
    State.DROPPED: "left out",
    State.MISSED: "missed",
    State.FAILED: "failed",
    State.UNKNOWN: "unknown",
}
#: How many deliveries `status` tells.
LAST = 10


def when(one: Subscription) -> str:
    """`Mondays at 09:00 (Europe/Berlin)`."""
    return f"{Weekday(one.when.weekday).label}s at {one.when.time:%H:%M} ({one.when.zone})"


def moment(at: datetime, zone: str) -> str:
    """A moment on the place's clock and on everybody's: `Monday 30 November, 09:00 (Europe/Berlin), 08:00 UTC`."""
    local, everywhere = at.astimezone(ZoneInfo(zone)), at.astimezone(UTC)
    said = f"{local:%A} {local.day} {local:%B}, {local:%H:%M} ({zone})"
    if zone == "UTC":
        return said
    day = "" if everywhere.date() == local.date() else f" on {everywhere:%A}"
    return f"{said}, {everywhere:%H:%M} UTC{day}"


def next_one(one: Subscription) -> str:
    if one.due is None:
        return "paused until somebody resumes it"
    pause = f"paused up to {one.paused}; then " if one.paused else ""
    return f"{pause}{moment(one.due, one.when.zone)}"


def fields(one: Subscription) -> Fields:
    left_out = [_CALLED[section] for section in SECTIONS if section in one.off]
    rows = [("When", when(one)), ("Next", next_one(one))]
    if left_out:
        rows.append(("Without", ", ".join(left_out)))
    if one.by_name and not one.target.user:
        rows.append(("Set up by", quote(one.by_name)))
    return Fields(tuple(rows))


def choices(one: Subscription, here: dict[str, str]) -> tuple[Choice | Menu, ...]:
    """What can be done with a subscription. `here`: the arguments that name its channel, or the person's own."""

    def call(do: str, **more: str) -> Call:
        return Call.of("digest", do=do, **here, **more)

    paused = one.paused is not None
    stop = Choice("Resume", call("resume"), "primary") if paused else Choice("Pause", call("pause"))
    sections = tuple(
        Choice(f"{'With' if section in one.off else 'Without'} {_CALLED[section]}", call("edit", section=section))
        for section in SECTIONS
    )
    days = tuple(Choice(f"{day.label}s", call("edit", day=day.name.lower())) for day in Weekday)
    return (
        Choice("Preview", call("preview")),
        stop,
        Choice("Post now", call("now")),
        Choice("Time…", Call("digest", (("do", "edit"), *here.items()), fill="time")),
        Choice("End it", call("unsubscribe"), "danger"),
        Menu("Another day…", days),
        Menu("What is in it…", sections),
    )


def card(title: str, one: Subscription, here: dict[str, str], *said: Part) -> Reply:
    return Reply(title, (*said, fields(one)), choices(one, here))


def history(records: tuple[Record, ...], zone: str) -> tuple[Part, ...]:
    """The last deliveries, each with what became of it and why."""
    if not records:
        return (Text("Nothing has been due yet."),)
    return (Text("**The last ones**"), Items(tuple(_told(record, zone) for record in records)))


def _told(record: Record, zone: str) -> Item:
    due, outcome = record.delivery.due, record.outcome
    local = due.astimezone(ZoneInfo(zone))
    reason = f": {outcome.reason}" if outcome.reason else ""
    link = f" [See it]({outcome.message})" if outcome.message.startswith("https://") else ""
    again = ""
    if outcome.again is not None and outcome.state in {State.WAITING, State.DOUBTFUL} and record.tries:
        again = f" Tried {record.tries} times; again at {outcome.again.astimezone(ZoneInfo(zone)):%H:%M}."
    week = read_week(record.delivery.about["week"]) if "week" in record.delivery.about else local.date()
    return Item(f"Week of {week:%d %b}", f"{_OUTCOMES[outcome.state]}{reason}.{again}{link}")
