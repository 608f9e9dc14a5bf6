"""The numbers: true, bounded, and the ones that the docs, the alerts and the dashboard speak of."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from prometheus_client import CollectorRegistry

from bot import app
from bot.core.chat import Call, Person, Request
from bot.core.errors import StorageUnavailable
from bot.delivery.outbox import Delivery, Outcome, State, Target, delivery_id
from bot.delivery.pace import Pace, Rate, Scope
from bot.operations.metrics import Metrics, Queue
from bot.storage import outbox
from bot.storage.opening import open_store
from bot.storage.outbox import StoredOutbox, put
from bot.storage.store import Store
from bot.storage.watched import WatchedOutbox, WatchedStore
from tests.conftest import GARDENER, NOW
from tests.operations.conftest import served

MONITORING = Path(__file__).parents[2] / "deploy" / "monitoring"
DIGEST = Delivery(delivery_id("digest", "1"), "digest", Target("discord", "1", "2"), {}, NOW, NOW + timedelta(days=1))


def value(registry: CollectorRegistry, name: str, **labels: str) -> float:
    return registry.get_sample_value(name, labels) or 0.0


async def test_answers_are_counted_by_how_they_ended_and_no_word_of_a_person_becomes_a_label() -> None:
    metrics = Metrics({"tip", "help", "salary"})
    mind = app.dispatcher(GARDENER, observer=metrics.begun)
    for said in ("tip", "salary nonsense nowhere", Call("a button of long ago"), "help"):
        await mind.answer(Request(Person("slack", "w", "ada", "Ada"), said, NOW))

    def count(command: str, outcome: str) -> float:
        return value(metrics.registry, "careerbot_commands_total", command=command, platform="slack", outcome=outcome)

    assert count("tip", "ok") == 1
    assert count("salary", "mistake") + count("other", "mistake") == 2
    assert count("other", "mistake") >= 1
    assert value(metrics.registry, "careerbot_command_seconds_count", platform="slack") == 4


@pytest.mark.parametrize(
    ("state", "after", "told"),
    [
        (State.DELIVERED, timedelta(minutes=1), "delivered"),
        (State.DELIVERED, timedelta(minutes=11), "late"),
        (State.UNKNOWN, timedelta(), "unknown"),
        (State.DROPPED, timedelta(), "dropped"),
        (State.WAITING, timedelta(), "handed_back"),
        (State.DOUBTFUL, timedelta(), "handed_back"),
    ],
)
def test_deliveries_are_counted_by_what_became_of_them(state: State, after: timedelta, told: str) -> None:
    metrics = Metrics(())
    metrics.marked(DIGEST, Outcome(state), NOW + after)
    labels = {"platform": "discord", "kind": "digest", "outcome": told}
    assert value(metrics.registry, "careerbot_deliveries_total", **labels) == 1


async def test_an_outcome_counts_once_it_is_kept_and_what_is_due_is_told(store: Store) -> None:
    metrics, box = Metrics(()), StoredOutbox(store)
    watched = WatchedOutbox(box, metrics.marked)
    await store.run(lambda tx: put(tx, DIGEST))
    later = NOW + timedelta(seconds=90)
    metrics.queue(Queue(*await store.read(lambda tx: outbox.queue(tx, later))), later)
    assert value(metrics.registry, "careerbot_deliveries_due") == 1
    assert value(metrics.registry, "careerbot_queue_age_seconds") == 90
    (mine,) = await watched.claim("me", NOW, NOW + timedelta(minutes=1), ["discord"], set(), 5)
    assert not await watched.mark(mine.delivery, "another", Outcome(State.DELIVERED), NOW)
    assert await watched.mark(mine.delivery, "me", Outcome(State.DELIVERED), NOW)
    labels = {"platform": "discord", "kind": "digest", "outcome": "delivered"}
    assert value(metrics.registry, "careerbot_deliveries_total", **labels) == 1
    metrics.queue(Queue(*await store.read(lambda tx: outbox.queue(tx, later))), later)
    assert value(metrics.registry, "careerbot_deliveries_due") == 0
    assert value(metrics.registry, "careerbot_queue_age_seconds") == 0


async def test_transactions_are_timed_and_those_that_the_database_could_not_do_are_counted() -> None:
    metrics = Metrics(())

    def away(_: Any) -> None:
        raise StorageUnavailable

    async with WatchedStore(open_store("sqlite://"), metrics.transaction) as store:
        await store.read(lambda _: None)
        with pytest.raises(StorageUnavailable):
            await store.run(away)
        with pytest.raises(ZeroDivisionError):
            await store.run(lambda _: 1 // 0)
    assert value(metrics.registry, "careerbot_database_seconds_count", kind="read") == 1
    assert value(metrics.registry, "careerbot_database_seconds_count", kind="run") == 2
    assert value(metrics.registry, "careerbot_database_failures_total", kind="run") == 1


async def test_waits_for_a_turn_are_counted_and_so_is_a_platform_that_says_too_fast() -> None:
    metrics, now = Metrics(()), [0.0]

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    pace = Pace(lambda: now[0], sleep, metrics.paced("slack"), metrics.limited("slack"))
    scope = Scope("a channel", Rate(1, 1.0))
    await pace.turn(scope)
    await pace.turn(scope)
    pace.close(scope, 30.0)
    assert value(metrics.registry, "careerbot_rate_limit_waits_total", platform="slack") == 1
    assert value(metrics.registry, "careerbot_rate_limit_wait_seconds_total", platform="slack") == pytest.approx(1.03)
    assert value(metrics.registry, "careerbot_rate_limited_total", platform="slack") == 1


async def test_what_must_be_asked_for_is_asked_for_every_ten_seconds_and_a_database_that_is_away_hides_nothing() -> (
    None
):
    now = [0.0]
    metrics, looks = Metrics((), lambda: now[0]), [0]

    async def look() -> None:
        looks[0] += 1
        metrics.parts({"database": False})
        metrics.gateways({3: (True, 0.25)})
        raise StorageUnavailable

    metrics.ask(look)
    async with served([metrics.route()]) as (_, address), aiohttp.ClientSession() as session:
        for now[0] in (0.0, 9.0, 10.0):
            async with session.get(f"{address}/metrics") as answer:
                assert answer.status == 200
                assert answer.headers["Content-Type"].startswith("text/plain; version=")
                shown = await answer.text()
    assert looks == [2]
    for line in (
        'careerbot_part_up{part="database"} 0.0',
        'careerbot_gateway_connected{shard="3"} 1.0',
        'careerbot_gateway_latency_seconds{shard="3"} 0.25',
    ):
        assert line in shown
    assert "careerbot_build_info{" in shown


async def test_a_number_that_breaks_is_in_the_log_and_hides_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async def slips() -> None:
        raise RuntimeError("a slip of ours")

    async def looks() -> None:
        metrics.parts({"database": True})

    metrics = Metrics(())
    metrics.ask(slips)
    metrics.ask(looks)
    async with (
        served([metrics.route()]) as (_, address),
        aiohttp.ClientSession() as session,
        session.get(f"{address}/metrics") as answer,
    ):
        assert answer.status == 200
        assert 'careerbot_part_up{part="database"} 1.0' in await answer.text()
    assert "a slip of ours" in caplog.text


# ── what stands in deploy/monitoring ──────────────────────────────────────────────────────────────────────────────────


def known() -> set[str]:
    """Every name that Prometheus sees, those of a histogram's parts too."""
    names = {"process_resident_memory_bytes"}
    for one in Metrics(()).described:
        names |= (
            {f"{one.name}_{part}" for part in ("bucket", "count", "sum")} if one.kind == "histogram" else {one.name}
        )
    return names


def used(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:careerbot|process)_\w+", expression))


def labels_of(expression: str) -> Iterator[tuple[str, str]]:
    """Each metric that is picked by labels, and each of these."""
    for name, picked in re.findall(r"\b(careerbot_\w+)\{([^}]*)\}", expression):
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", picked):
            yield name, label


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((MONITORING / "alerts.yaml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_of_every_part_of_a_process_an_alert_says_when_it_is_away() -> None:
    """A number that is there only once a part has been well alerts nobody of one that never was."""
    sources = [file.read_text("utf-8") for file in Path(app.__file__).parent.rglob("*.py")]
    parts = {part for source in sources for part in re.findall(r"\bhealth\.add\(\s*\"(\w+)\"", source)}
    assert {"database", "slack", "discord"} <= parts
    told = {part for rule in alerts() for part in re.findall(r'careerbot_part_up\{part="(\w+)"\}\) == 0', rule["expr"])}
    assert told == parts


def test_every_alert_speaks_of_numbers_that_there_are_and_says_what_to_do() -> None:
    rules = alerts()
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 8
    labels = {one.name: one.labels for one in Metrics(()).described}
    for rule in rules:
        assert used(rule["expr"]), rule["alert"]
        assert used(rule["expr"]) <= known(), rule["alert"]
        assert all(label in labels[name] for name, label in labels_of(rule["expr"])), rule["alert"]
        assert rule["annotations"]["summary"].endswith("."), rule["alert"]
        assert len(rule["annotations"]["runbook"]) > 60, rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}, rule["alert"]


def test_every_panel_of_the_dashboard_shows_numbers_that_there_are_and_none_is_left_out() -> None:
    dashboard = json.loads((MONITORING / "dashboard.json").read_text("utf-8"))
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    shown = set().union(*map(used, expressions))
    assert shown <= known()
    for one in Metrics(()).described:
        assert any(name.startswith(one.name) for name in shown), one.name
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in dashboard["panels"]]
    assert len(set(places)) == len(places)
