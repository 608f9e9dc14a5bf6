"""`careerbot digests`: the weekly digests at a glance, for whoever runs the bot. It never says who."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bot.core.markup import bare
from bot.core.times import Weekday
from bot.delivery.outbox import Record, State, Target
from bot.digests.port import Subscription
from bot.storage import migrate
from bot.storage.opening import open_store
from bot.storage.overview import Overview, overview
from bot.storage.store import Store

#: Seconds between two looks.
_EVERY = 1.0
#: States in which a digest is still under way, in the order in which they are told.
_OPEN = (State.WAITING, State.SENDING, State.DOUBTFUL)
_WIDTH = 40


async def show(url: str, *, watch: bool, as_json: bool) -> None:
    """Print them; with `watch`, in a terminal, again and again. Raises StoreError or StorageUnavailable."""
    console = Console(highlight=False)
    async with open_store(url, look=True) as store:
        migrate.require(await store.read(migrate.revision))
        if as_json:
            console.out(to_json(await _look(store)), highlight=False)
        elif watch and console.is_terminal:
            await _watch(store, console)
        else:
            console.print(render(await _look(store)))


async def _watch(store: Store, console: Console) -> None:
    with Live(console=console, auto_refresh=False) as live:
        while True:
            live.update(render(await _look(store), bar=True), refresh=True)
            await asyncio.sleep(_EVERY)


async def _look(store: Store) -> Overview:
    now = datetime.now(UTC)
    return await store.read(lambda tx: overview(tx, now))


def render(found: Overview, *, bar: bool = False) -> RenderableType:
    """What is under way, then a row for each subscription. Times are in UTC."""
    lately = _lately(found.lately, bar=bar)
    if not found.subscriptions:
        return Group(lately, "No digest is set up. An admin says in a channel: digest subscribe")
    table = Table(show_lines=True)
    for name in ("Where", "When", "Next, in UTC", "The last ones"):
        table.add_column(name)
    for one, records in found.subscriptions:
        last = "\n".join(map(_told, records)) or "Nothing has been due yet."
        when = f"{Weekday(one.when.weekday).label}s at {one.when.time:%H:%M}\n{one.when.zone}"
        table.add_row(*map(Text, (_where(one.target), when, _next(one), last)))
    return Group(lately, table)


def to_json(found: Overview) -> str:
    """The same for machines; times in UTC, and nothing but ASCII, so that no character acts on a terminal."""
    rows = [_as_data(one, records) for one, records in found.subscriptions]
    lately = {state.value: found.lately.get(state, 0) for state in State}
    return json.dumps({"lately": lately, "subscriptions": rows}, indent=2)


def _lately(lately: Mapping[State, int], *, bar: bool) -> RenderableType:
    total = sum(lately.values())
    if not total:
        return "No digest was due in the last hour."
    over = total - sum(lately.get(state, 0) for state in _OPEN)
    states = ", ".join(f"{many} {state}" for state in State if (many := lately.get(state)))
    said = f"Due in the last hour, or not over yet: {total}. Over: {over}. In all: {states}."
    return Group(said, ProgressBar(total, over, width=_WIDTH)) if bar else said


def _where(target: Target) -> str:
    lines = (target.platform, target.workspace, target.channel if not target.user else "one person")
    return "\n".join(line for line in lines if line)


def _next(one: Subscription) -> str:
    lines = [f"{one.failed} failed in a row"] if one.failed else []
    if one.due is None:
        lines.append("paused" if one.paused else "none: I was taken out")
    else:
        lines += [f"paused up to {one.paused}"] if one.paused else []
        lines.append(f"{one.due:%Y-%m-%d %H:%M}")
    return "\n".join(reversed(lines))


def _told(record: Record) -> str:
    outcome, at = record.outcome, _again(record)
    again = f", again at {at:%H:%M}" if at else ""
    reason = f": {bare(outcome.reason)}" if outcome.reason else ""
    return f"{record.delivery.about['week']} {outcome.state}{again}{reason}"


def _again(record: Record) -> datetime | None:
    """When it is tried again, if it was tried before."""
    return record.outcome.again if record.tries and record.outcome.state in {State.WAITING, State.DOUBTFUL} else None


def _as_data(one: Subscription, records: tuple[Record, ...]) -> dict[str, Any]:
    target, until = one.target, one.paused
    return {
        "platform": target.platform,
        "workspace": target.workspace or None,
        "channel": target.channel or None,
        "zone": one.when.zone,
        "weekday": Weekday(one.when.weekday).name.lower(),
        "time": f"{one.when.time:%H:%M}",
        "next": one.due and one.due.isoformat(),
        "paused": until is not None,
        "paused_until": until.isoformat() if until and until != date.max else None,
        "failed_weeks": one.failed,
        "last": [_delivery(record, private=bool(target.user)) for record in records],
    }


def _delivery(record: Record, *, private: bool) -> dict[str, Any]:
    """private: where it stands says whose it is."""
    outcome, again = record.outcome, _again(record)
    return {
        "week": record.delivery.about["week"],
        "due": record.delivery.due.isoformat(),
        "state": outcome.state.value,
        "reason": outcome.reason,
        "tries": record.tries,
        "again": again and again.isoformat(),
        "ended": record.ended and record.ended.isoformat(),
        "post": None if private else outcome.message or None,
    }
