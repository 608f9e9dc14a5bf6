"""What an operator can count: /metrics, in Prometheus's text form.

The bot below knows nothing of it: it tells observers, whose methods stand here, and what must be asked for is asked for
when somebody looks. Labels take few values: no id, no channel, no word of a person's is ever one.
"""

import asyncio
import logging
import platform
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from bot import __version__
from bot.core.chat import Request
from bot.core.dispatch import Ended
from bot.core.errors import CareerbotError
from bot.delivery.outbox import Delivery, Outcome, State

if TYPE_CHECKING:
    from starlette.requests import Request as WebRequest
    from starlette.routing import Route

METRICS: Final = "/metrics"
# Else each counter comes twice, the second time with the moment of its birth.
disable_created_metrics()  # type: ignore[no-untyped-call] # the library leaves it untyped
_log = logging.getLogger("careerbot")

#: A command that there is no more, or what was no command at all.
_OTHER: Final = "other"
#: A post that stands there so much after it was due is counted as late.
_LATE: Final = timedelta(minutes=10)
#: Seconds from which the log tells of an answer without being asked to debug: people begin to wait.
_SLOW: Final = 1.5
#: Seconds that what is asked for at a look is good for, and that it may take.
_FRESH, _PATIENCE = 10.0, 2.0
_ANSWERS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 3.0, 10.0)
_TRANSACTIONS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 10.0)

Look = Callable[[], Awaitable[None]]
M = TypeVar("M", Counter, Gauge, Histogram)


class Described(NamedTuple):
    """A metric, for the docs. name: as Prometheus knows it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    about: str


class Queue(NamedTuple):
    """What waits in the outbox: how many are due, and since when the first of them is."""

    due: int
    oldest: datetime | None


class Metrics:
    """One process's numbers. commands: the names that may be labels. clock: seconds that only go forward."""

    def __init__(self, commands: Collection[str], clock: Callable[[], float] = time.perf_counter) -> None:
        self.registry = CollectorRegistry()
        self.described: list[Described] = []
        self._commands = frozenset(commands)
        self._clock = clock
        self._looks: list[Look] = []
        self._turn = asyncio.Lock()
        self._looked = float("-inf")
        ProcessCollector(registry=self.registry)
        made = self._make
        build = made(Gauge, "careerbot_build_info", "Which version runs; always 1.", "version", "python")
        build.labels(__version__, platform.python_version()).set(1)
        self._part_up = made(
            Gauge, "careerbot_part_up", "Whether a part of this process is well, as `/readyz` tells it.", "part"
        )
        answered = made(
            Counter,
            "careerbot_commands",
            "Answers, by how they ended: `ok`; `mistake`, of the person’s, and explained to them; `limited`: they "
            "asked too much; `unavailable`: the database was away; `failure`: ours, and the log has it.",
            *("command", "platform", "outcome"),
        )
        seconds = made(
            Histogram, "careerbot_command_seconds", "How long an answer took to make.", "platform", buckets=_ANSWERS
        )
        # Of these there are few, and finding one costs more than counting.
        self._answered, self._seconds = cache(answered.labels), cache(seconds.labels)
        self._deliveries = made(
            Counter,
            "careerbot_deliveries",
            "Tries to say something unasked, by what came of them: `delivered`; `late`: delivered more than 10 minutes "
            "after it was due; `dropped`: nothing to say any more; `missed`; `failed`; `unknown`; `handed_back`: to be "
            "tried again.",
            *("platform", "kind", "outcome"),
        )
        self._due = made(
            Gauge,
            "careerbot_deliveries_due",
            "What is due in the outbox and nobody is at; 10000 means that many or more. Each replica tells the same.",
        )
        self._age = made(
            Gauge,
            "careerbot_queue_age_seconds",
            "For how long the first of those is due; 0 where there is none. Each replica tells the same.",
        )
        self._waits = made(
            Counter,
            "careerbot_rate_limit_waits",
            "Posts that waited for their turn, to keep to the platform’s limits.",
            "platform",
        )
        self._waited = made(Counter, "careerbot_rate_limit_wait_seconds", "How long they waited, together.", "platform")
        self._limited = made(
            Counter, "careerbot_rate_limited", "How often the platform said that posts come too fast (429).", "platform"
        )
        self._gateway = made(
            Gauge, "careerbot_gateway_connected", "Whether a shard of this process hears Discord.", "shard"
        )
        self._latency = made(
            Gauge,
            "careerbot_gateway_latency_seconds",
            "How long Discord took to answer the shard’s last heartbeat.",
            "shard",
        )
        self._database = made(
            Histogram,
            "careerbot_database_seconds",
            "How long a transaction took, with its waiting: `read`, or `run` for one that writes.",
            "kind",
            buckets=_TRANSACTIONS,
        )
        self._failures = made(
            Counter, "careerbot_database_failures", "Transactions that the database could not do.", "kind"
        )
        for kind in ("read", "run"):
            self._failures.labels(kind)  # so that a rate can be told from the first one on

    def _make(self, kind: type[M], name: str, about: str, *labels: str, **more: Any) -> M:
        called = kind.__name__.lower()
        self.described.append(Described(f"{name}_total" if called == "counter" else name, called, labels, about))
        return kind(name, about, labels, registry=self.registry, **more)

    # ── what is told ──────────────────────────────────────────────────────────────────────────────────────────────────

    def begun(self, request: Request) -> Callable[[str, Ended], None]:
        """The dispatcher's observer."""
        start, told_by = self._clock(), request.person.platform

        def ended(command: str, how: Ended) -> None:
            seconds, name = self._clock() - start, command if command in self._commands else _OTHER
            self._answered(name, told_by, how.value).inc()
            self._seconds(told_by).observe(seconds)
            level = logging.INFO if seconds >= _SLOW else logging.DEBUG
            _log.log(level, "%s on %s: %s in %.0f ms", name, told_by, how.value, 1000 * seconds)

        return ended

    def marked(self, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        """A try to deliver has ended so."""
        match outcome.state:
            case State.DELIVERED:
                how = "late" if now - delivery.due > _LATE else "delivered"
            case State.DROPPED | State.MISSED | State.FAILED | State.UNKNOWN as state:
                how = state.value
            case _:
                how = "handed_back"
        self._deliveries.labels(delivery.target.platform, delivery.kind, how).inc()
        level = logging.INFO if how in {"missed", "failed", "unknown"} else logging.DEBUG
        why = f" ({outcome.reason})" if outcome.reason else ""
        _log.log(level, "%s on %s: %s%s", delivery.kind, delivery.target.platform, how, why)

    def paced(self, told_by: str) -> Callable[[float], None]:
        """A platform's pace tells here how many seconds a call has waited for its turn."""
        waits, seconds = self._waits.labels(told_by), self._waited.labels(told_by)

        def waited(time_: float) -> None:
            waits.inc()
            seconds.inc(time_)

        return waited

    def limited(self, told_by: str) -> Callable[[float], None]:
        """And here, that the platform told it to wait."""
        counted = self._limited.labels(told_by)
        return lambda _seconds: counted.inc()

    def transaction(self, kind: str, seconds: float, failed: bool) -> None:
        """The store's observer."""
        self._database.labels(kind).observe(seconds)
        if failed:
            self._failures.labels(kind).inc()

    # ── what is asked for ─────────────────────────────────────────────────────────────────────────────────────────────

    def ask(self, look: Look) -> None:
        """Have this done before the numbers are shown, every ten seconds at most."""
        self._looks.append(look)

    def queue(self, found: Queue, now: datetime) -> None:
        self._due.set(found.due)
        self._age.set(max((now - found.oldest).total_seconds(), 0.0) if found.oldest else 0.0)

    def parts(self, up: Mapping[str, bool]) -> None:
        for part, well in up.items():
            self._part_up.labels(part).set(well)

    def gateways(self, shards: Mapping[int, tuple[bool, float]]) -> None:
        """By shard: whether it is connected, and its latency in seconds."""
        for shard, (connected, latency) in shards.items():
            self._gateway.labels(str(shard)).set(connected)
            self._latency.labels(str(shard)).set(latency)

    def route(self) -> "Route":
        from starlette.responses import Response
        from starlette.routing import Route

        async def show(request: "WebRequest") -> Response:
            del request
            await self.look()
            return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

        return Route(METRICS, show)

    async def look(self) -> None:
        """Ask for what must be asked for; what does not come in time stays as it was."""
        async with self._turn:
            if self._clock() - self._looked < _FRESH:
                return
            await asyncio.gather(*(_in_time(look) for look in self._looks))
            self._looked = self._clock()


async def _in_time(look: Look) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            await look()
    except (CareerbotError, TimeoutError) as error:
        _log.debug("a number could not be had: %s", type(error).__name__)
    except Exception:  # noqa: BLE001 # else one slip would hide all the other numbers
        _log.exception("a number could not be had")
